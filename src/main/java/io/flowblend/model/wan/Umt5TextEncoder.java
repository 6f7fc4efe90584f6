package io.flowblend.model.wan;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.PromptTokenizer;
import io.flowblend.model.TextEncoder;
import io.flowblend.tensor.TensorScope;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Prompts for Wan: tokens of the prompt through {@link Umt5Encoder}, then zeros up to the fixed number of positions. The
 * tokens see each other only, so the padding never enters the encoder.
 */
public final class Umt5TextEncoder implements TextEncoder {
    private final PromptTokenizer tokenizer;
    private final Umt5Encoder encoder;
    private final int positions;

    private Umt5TextEncoder(PromptTokenizer tokenizer, Umt5Encoder encoder, int positions) {
        this.tokenizer = tokenizer;
        this.encoder = encoder;
        this.positions = positions;
    }

    /**
     * @param textEncoderFolder {@code config.json} and safetensors of a {@code UMT5EncoderModel}
     * @param tokenizerFolder holds {@code tokenizer.json}
     * @param positions T, from 1
     */
    public static Umt5TextEncoder load(Path textEncoderFolder, Path tokenizerFolder, int positions) {
        if (positions < 1) {
            throw new IllegalArgumentException("text positions are " + positions + ", expected at least 1");
        }
        PromptTokenizer tokenizer = PromptTokenizer.load(tokenizerFolder);
        try {
            return new Umt5TextEncoder(tokenizer, Umt5Encoder.load(textEncoderFolder), positions);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    @Override
    public Tensor encode(String prompt) {
        long[] ids = tokenizer.ids(prompt, positions);
        long largest = Arrays.stream(ids).max().orElse(0);
        if (largest >= encoder.vocabulary()) {
            throw new InvalidFileException(
                    tokenizer.file(),
                    "gives token id " + largest + ", the text encoder knows " + encoder.vocabulary() + " ids");
        }
        try (TensorScope scope = TensorScope.open()) {
            Tensor encoded = encoder.encode(ids);
            return scope.keep(torch.constant_pad_nd(encoded, 0, 0, 0, (long) positions - ids.length)
                    .unsqueeze(0));
        }
    }

    @Override
    public int positions() {
        return positions;
    }

    @Override
    public int tokens(String prompt) {
        return tokenizer.ids(prompt).length;
    }

    @Override
    public void close() {
        encoder.close();
        tokenizer.close();
    }
}

package io.flowblend.model.t5;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.PromptTokenizer;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.model.TextEncoder;
import io.flowblend.model.text.CleanPrompt;
import io.flowblend.tensor.Devices;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Prompts for a pair: a prompt's tokens through {@link T5Encoder}, up to a fixed number of positions. What stands behind
 * the prompt differs, as in the pipelines of diffusers: with UMT5 (Wan) the tokens see each other only and zeros follow,
 * which the models attend to; with T5 (LTX-Video) padding tokens are encoded with the prompt and masked out afterwards.
 * Before that, for Wan, a prompt is cleaned ({@link CleanPrompt}); for LTX-Video it goes to the tokenizer as it stands.
 */
public final class T5TextEncoder implements TextEncoder {
    private static final int PADDING = 0;

    private final PromptTokenizer tokenizer;
    private final Supplier<T5Encoder> source;
    private final boolean cleansPrompts;
    private final long workingBytes;
    private final int positions;
    /** Present where the encoder stays in memory. */
    private final Optional<T5Encoder> resident;

    private T5TextEncoder(
            PromptTokenizer tokenizer,
            Supplier<T5Encoder> source,
            boolean cleansPrompts,
            long workingBytes,
            Optional<T5Encoder> resident,
            int positions) {
        this.tokenizer = tokenizer;
        this.source = source;
        this.cleansPrompts = cleansPrompts;
        this.workingBytes = workingBytes;
        this.resident = resident;
        this.positions = positions;
    }

    /** As {@link #load(Path, Path, int, Placement, boolean)}, resident, in float32 on the CPU. */
    public static T5TextEncoder load(Path textEncoderFolder, Path tokenizerFolder, int positions) {
        return load(textEncoderFolder, tokenizerFolder, positions, Placement.CPU, true);
    }

    /**
     * @param textEncoderFolder {@code config.json} and safetensors of a {@code UMT5EncoderModel} or {@code T5EncoderModel}
     * @param tokenizerFolder holds {@code tokenizer.json} or {@code spiece.model}
     * @param positions T, from 1
     * @param resident whether the encoder stays in memory; if not, it is loaded for each prompt (from what the system still
     *     has of its files) and freed at once, which leaves its memory to the velocity models
     */
    public static T5TextEncoder load(
            Path textEncoderFolder, Path tokenizerFolder, int positions, Placement placement, boolean resident) {
        if (positions < 1) {
            throw new IllegalArgumentException("text positions are " + positions + ", expected at least 1");
        }
        PromptTokenizer tokenizer = PromptTokenizer.load(tokenizerFolder);
        try {
            Supplier<T5Encoder> source = () -> T5Encoder.load(textEncoderFolder, placement);
            T5Encoder loaded = source.get();
            boolean cleansPrompts = loaded.isUmt5();
            long working = loaded.workingBytes(positions) + (resident ? 0 : loaded.weightBytes());
            if (!resident) {
                loaded.close();
                Devices.giveBackUnused();
            }
            Optional<T5Encoder> kept = resident ? Optional.of(loaded) : Optional.empty();
            return new T5TextEncoder(tokenizer, source, cleansPrompts, working, kept, positions);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    @Override
    public TextEmbeddings encode(String prompt) {
        if (resident.isPresent()) {
            return encode(prompt, resident.get());
        }
        try (T5Encoder encoder = source.get()) {
            return encode(prompt, encoder);
        } finally {
            Devices.giveBackUnused();
        }
    }

    private TextEmbeddings encode(String prompt, T5Encoder encoder) {
        long[] ids = tokenizer.ids(text(prompt), positions);
        long largest = Arrays.stream(ids).max().orElse(0);
        if (largest >= encoder.vocabulary()) {
            throw new InvalidFileException(
                    tokenizer.file(),
                    "gives token id " + largest + ", the text encoder knows " + encoder.vocabulary() + " ids");
        }
        return encoder.isUmt5() ? followedByZeros(ids, encoder) : maskedBehind(ids, encoder);
    }

    private String text(String prompt) {
        return cleansPrompts ? CleanPrompt.of(prompt) : prompt;
    }

    private TextEmbeddings followedByZeros(long[] ids, T5Encoder encoder) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor encoded = encoder.encode(ids);
            return TextEmbeddings.of(scope.keep(torch.constant_pad_nd(encoded, 0, 0, 0, (long) positions - ids.length)
                    .unsqueeze(0)));
        }
    }

    private TextEmbeddings maskedBehind(long[] ids, T5Encoder encoder) {
        try (TensorScope scope = TensorScope.open()) {
            long[] padded = Arrays.copyOf(ids, positions);
            Arrays.fill(padded, ids.length, positions, PADDING);
            float[] mask = new float[positions];
            Arrays.fill(mask, 0, ids.length, 1);
            return new TextEmbeddings(
                    scope.keep(encoder.encode(padded).unsqueeze(0)),
                    Optional.of(scope.keep(TensorData.floats(mask, 1, positions))));
        }
    }

    @Override
    public long workingBytes() {
        return workingBytes;
    }

    @Override
    public int positions() {
        return positions;
    }

    @Override
    public List<String> vocabulary() {
        return tokenizer.words();
    }

    @Override
    public int tokens(String prompt) {
        return tokenizer.ids(text(prompt)).length;
    }

    @Override
    public void close() {
        resident.ifPresent(T5Encoder::close);
        tokenizer.close();
    }
}

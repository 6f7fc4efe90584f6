package io.flowblend.model.torchscript;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.PromptTokenizer;
import io.flowblend.model.ScriptSpec;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.model.TextEncoder;
import io.flowblend.tensor.ScriptModule;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** A text encoder from a TorchScript file, behind a tokenizer; blanks of prompts are collapsed, and they are padded to T positions. */
public final class ScriptTextEncoder implements TextEncoder {
    private final PromptTokenizer tokenizer;
    private final ScriptModule module;
    private final ScriptSpec.Text text;
    private final int positions;

    private ScriptTextEncoder(PromptTokenizer tokenizer, ScriptModule module, ScriptSpec.Text text, int positions) {
        this.tokenizer = tokenizer;
        this.module = module;
        this.text = text;
        this.positions = positions;
    }

    /**
     * @param tokenizerFolder as of {@link PromptTokenizer#open}
     * @param positions T, from 1
     * @throws InvalidFileException if a file cannot be used
     */
    public static ScriptTextEncoder load(Path file, Path tokenizerFolder, ScriptSpec.Text text, int positions) {
        PromptTokenizer tokenizer = PromptTokenizer.open(tokenizerFolder);
        try {
            return new ScriptTextEncoder(tokenizer, ScriptModule.load(file), text, positions);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    @Override
    public TextEmbeddings encode(String prompt) {
        long[] tokens = tokenizer.ids(PromptTokenizer.withoutExtraBlanks(prompt), positions);
        long[] ids = Arrays.copyOf(tokens, positions);
        Arrays.fill(ids, tokens.length, positions, text.padding());
        long[] present = new long[positions];
        float[] mask = new float[positions];
        Arrays.fill(present, 0, tokens.length, 1);
        Arrays.fill(mask, 0, tokens.length, 1);
        try (TensorScope scope = TensorScope.open()) {
            Map<String, Tensor> inputs = new LinkedHashMap<>();
            inputs.put(text.ids(), TensorData.longs(ids, 1, positions));
            text.mask().ifPresent(name -> inputs.put(name, TensorData.longs(present, 1, positions)));
            Tensor embeddings = module.call(inputs);
            if (embeddings.dim() != 3 || embeddings.size(0) != 1 || embeddings.size(1) != positions) {
                throw new InvalidFileException(
                        module.file(),
                        "gives " + ScriptModule.shape(embeddings) + " for " + positions + " tokens, expected [1, "
                                + positions + ", D]");
            }
            return new TextEmbeddings(
                    scope.keep(embeddings), Optional.of(scope.keep(TensorData.floats(mask, 1, positions))));
        }
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
        return tokenizer.ids(PromptTokenizer.withoutExtraBlanks(prompt)).length;
    }

    @Override
    public void close() {
        module.close();
        tokenizer.close();
    }
}

package io.flowblend.model.torchscript;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.model.TextEncoder;
import io.flowblend.tensor.ScriptModule;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A fixed set of prompts, or class labels, instead of a text encoder: a safetensors file whose tensors are named as the
 * prompts and hold their embeddings {@code [n, D]}, n up to T. Zeros follow behind them. The prompt without text, which
 * guidance needs, is all zeros unless the file has one that is named {@code ""}.
 */
public final class PromptTable implements TextEncoder {
    private static final int NAMED_IN_ERRORS = 10;

    private final Weights weights;
    private final Map<String, Tensor> embeddings;
    private final int positions;
    private final long width;

    private PromptTable(Weights weights, Map<String, Tensor> embeddings, int positions, long width) {
        this.weights = weights;
        this.embeddings = embeddings;
        this.positions = positions;
        this.width = width;
    }

    /**
     * @param positions T, from 1
     * @throws InvalidFileException if the file cannot be used
     */
    public static PromptTable load(Path file, int positions) {
        Weights weights = Weights.open(file);
        try (TensorScope scope = TensorScope.open()) {
            Map<String, Tensor> embeddings = new LinkedHashMap<>();
            long width = 0;
            for (String prompt : new TreeSet<>(weights.names())) {
                Tensor rows = weights.own(weights.tensor(prompt));
                if (rows.dim() != 2 || rows.size(0) < 1 || rows.size(0) > positions) {
                    throw new InvalidFileException(
                            file,
                            "tensor '" + prompt + "' has shape " + ScriptModule.shape(rows) + ", expected [1.."
                                    + positions + ", D] ('text-positions' is " + positions + ")");
                }
                width = embeddings.isEmpty() ? rows.size(1) : width;
                if (rows.size(1) != width) {
                    throw new InvalidFileException(
                            file, "tensor '" + prompt + "' has width " + rows.size(1) + ", others have " + width);
                }
                embeddings.put(plain(prompt), rows);
            }
            if (embeddings.keySet().stream().allMatch(String::isEmpty)) {
                throw new InvalidFileException(file, "holds no prompts");
            }
            return new PromptTable(weights, embeddings, positions, width);
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    private static String plain(String prompt) {
        return prompt.strip().replaceAll("\\s+", " ");
    }

    @Override
    public TextEmbeddings encode(String prompt) {
        int count = tokens(prompt);
        float[] mask = new float[positions];
        Arrays.fill(mask, 0, count, 1);
        try (TensorScope scope = TensorScope.open()) {
            Tensor values = torch.zeros(1, positions, width);
            Optional.ofNullable(embeddings.get(plain(prompt)))
                    .ifPresent(rows -> values.select(0, 0).narrow(0, 0, count).copy_(rows));
            return new TextEmbeddings(
                    scope.keep(values), Optional.of(scope.keep(TensorData.floats(mask, 1, positions))));
        }
    }

    @Override
    public int positions() {
        return positions;
    }

    /** Rows of {@code prompt}. */
    @Override
    public int tokens(String prompt) {
        String plain = plain(prompt);
        Tensor rows = embeddings.get(plain);
        if (rows != null) {
            return (int) rows.size(0);
        }
        if (plain.isEmpty()) {
            return positions;
        }
        List<String> known =
                embeddings.keySet().stream().filter(name -> !name.isEmpty()).toList();
        throw new IllegalArgumentException("is not one of the " + known.size() + " that the pair knows: "
                + known.stream()
                        .limit(NAMED_IN_ERRORS)
                        .map(name -> "'" + name + "'")
                        .collect(Collectors.joining(", "))
                + (known.size() > NAMED_IN_ERRORS ? ", ..." : ""));
    }

    @Override
    public List<String> vocabulary() {
        return embeddings.keySet().stream().filter(name -> !name.isEmpty()).toList();
    }

    @Override
    public String example() {
        return embeddings.keySet().stream()
                .filter(name -> !name.isEmpty())
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        weights.close();
    }
}

package io.flowblend.model;

import io.flowblend.tensor.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Prompts as the velocity models read them.
 *
 * @param values {@code [B, T, D]}
 * @param mask {@code [B, T]}, float32, 1 for the positions that a model attends to and 0 for the others; without it a
 *     model attends to all
 */
public record TextEmbeddings(Tensor values, Optional<Tensor> mask) implements AutoCloseable {
    /** Embeddings whose positions are all attended to. */
    public static TextEmbeddings of(Tensor values) {
        return new TextEmbeddings(values, Optional.empty());
    }

    /** These embeddings with a share in their tensors, which the caller has to close. */
    public TextEmbeddings own() {
        TensorScope.own(values);
        mask.ifPresent(TensorScope::own);
        return this;
    }

    @Override
    public void close() {
        values.close();
        mask.ifPresent(Tensor::close);
    }
}

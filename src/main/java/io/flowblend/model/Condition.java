package io.flowblend.model;

import io.flowblend.tensor.TensorScope;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * What a velocity is conditioned on: text embeddings {@code [B, T, D]}, one row of the batch for each row of the
 * latents. It lives for a whole request, so a model may leave with it what it derives from the text alone (projected
 * text, cross-attention keys and values) instead of computing that again at every step.
 */
public final class Condition implements AutoCloseable {
    private final Tensor embeddings;
    private final IdentityHashMap<VelocityModel, List<Tensor>> prepared = new IdentityHashMap<>();

    /** Takes a share in {@code embeddings} until {@link #close()}. */
    public Condition(Tensor embeddings) {
        this.embeddings = TensorScope.own(embeddings);
    }

    public Tensor embeddings() {
        return embeddings;
    }

    public long batch() {
        return embeddings.size(0);
    }

    /** What {@code model} derived from these embeddings, made on first use and kept until {@link #close()}. */
    public List<Tensor> prepared(VelocityModel model, Supplier<List<Tensor>> make) {
        return prepared.computeIfAbsent(model, m -> {
            try (TensorScope scope = TensorScope.open()) {
                List<Tensor> made = make.get();
                made.forEach(TensorScope::own);
                return made;
            }
        });
    }

    @Override
    public void close() {
        prepared.values().forEach(tensors -> tensors.forEach(Tensor::close));
        prepared.clear();
        embeddings.close();
    }
}

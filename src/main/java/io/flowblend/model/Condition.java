package io.flowblend.model;

import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * What a velocity is conditioned on: text, one row of the batch for each row of the latents, and what is known of the
 * video. It lives for a whole request, so a model may leave with it what it derives from the text alone (projected text,
 * cross-attention keys and values) instead of computing that again at every step.
 */
public final class Condition implements AutoCloseable {
    private final TextEmbeddings text;
    private final Scene scene;
    private final Map<VelocityModel, List<Tensor>> prepared = Collections.synchronizedMap(new IdentityHashMap<>());

    /** Takes a share in {@code embeddings [B, T, D]}, all attended to, until {@link #close()}. */
    public Condition(Tensor embeddings) {
        this(TextEmbeddings.of(embeddings), Scene.PLAIN);
    }

    /** Takes a share in {@code text} until {@link #close()}. */
    public Condition(TextEmbeddings text, Scene scene) {
        this.text = text.own();
        this.scene = scene;
    }

    /** Text embeddings {@code [B, T, D]}. */
    public Tensor embeddings() {
        return text.values();
    }

    /** {@code [B, T]}, 1 for the text positions that are attended to; all are where there is none. */
    public Optional<Tensor> textMask() {
        return text.mask();
    }

    public Scene scene() {
        return scene;
    }

    public long batch() {
        return text.values().size(0);
    }

    /** @throws IllegalArgumentException unless the text embeddings are {@code [batch, T, width]} */
    public void requireShape(long batch, long width) {
        Tensor embeddings = embeddings();
        if (embeddings.dim() != 3 || embeddings.size(0) != batch || embeddings.size(2) != width) {
            throw new IllegalArgumentException("text embeddings have shape "
                    + Arrays.toString(TensorData.shape(embeddings)) + ", expected [" + batch + ", T, " + width + "]");
        }
    }

    /**
     * What {@code model} derived from these embeddings, made on first use and kept until {@link #close()}. Two models may
     * ask at the same time, one model may not.
     */
    public List<Tensor> prepared(VelocityModel model, Supplier<List<Tensor>> make) {
        List<Tensor> known = prepared.get(model);
        if (known != null) {
            return known;
        }
        try (TensorScope scope = TensorScope.open()) {
            List<Tensor> made = make.get();
            made.forEach(TensorScope::own);
            prepared.put(model, made);
            return made;
        }
    }

    @Override
    public void close() {
        prepared.values().forEach(tensors -> tensors.forEach(Tensor::close));
        prepared.clear();
        text.close();
    }
}

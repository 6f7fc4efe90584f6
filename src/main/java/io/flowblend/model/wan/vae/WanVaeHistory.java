package io.flowblend.model.wan.vae;

import io.flowblend.tensor.TensorScope;
import java.util.IdentityHashMap;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * What the causal layers remember of the chunks before the present one, for one run over one video: at most two frames a
 * layer, however long the video. Owner of that memory until {@link #close()}.
 */
final class WanVaeHistory implements AutoCloseable {
    private final IdentityHashMap<WanVaeLayer, Tensor> frames = new IdentityHashMap<>();
    private boolean firstChunk = true;

    /** Whether the present chunk is the one with the video's first frame alone. */
    boolean isFirstChunk() {
        return firstChunk;
    }

    void endChunk() {
        firstChunk = false;
    }

    /** The frames that {@code layer} remembered last. */
    Optional<Tensor> of(WanVaeLayer layer) {
        return Optional.ofNullable(frames.get(layer));
    }

    /** Keeps {@code last} for {@code layer} in place of what it remembered before. */
    void remember(WanVaeLayer layer, Tensor last) {
        Tensor before = frames.put(layer, TensorScope.own(last));
        if (before != null) {
            before.close();
        }
    }

    @Override
    public void close() {
        frames.values().forEach(Tensor::close);
        frames.clear();
    }
}

package io.flowblend.model.vae;

import io.flowblend.tensor.TensorScope;
import java.util.IdentityHashMap;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * What the layers of an autoencoder remember of the frames before the present ones, for one run over one video: a few
 * frames a layer, however long the video. Owner of that memory until {@link #close()}.
 */
public class FrameHistory implements AutoCloseable {
    private final IdentityHashMap<Object, Tensor> frames = new IdentityHashMap<>();

    /** The frames that {@code layer} remembered last. */
    public Optional<Tensor> of(Object layer) {
        return Optional.ofNullable(frames.get(layer));
    }

    /** Keeps {@code last} for {@code layer} in place of what it remembered before. */
    public void remember(Object layer, Tensor last) {
        Tensor before = frames.put(layer, TensorScope.own(last));
        if (before != null) {
            before.close();
        }
    }

    /** {@code next} behind the frames that {@code layer} remembered last. */
    public Tensor joined(Object layer, Tensor next) {
        return of(layer)
                .filter(before -> before.size(0) > 0)
                .map(before -> VaeFrames.join(0, before, next))
                .orElse(next);
    }

    @Override
    public void close() {
        frames.values().forEach(Tensor::close);
        frames.clear();
    }
}

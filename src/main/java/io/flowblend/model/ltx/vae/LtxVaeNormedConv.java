package io.flowblend.model.ltx.vae;

import io.flowblend.model.vae.FrameHistory;
import io.flowblend.tensor.TensorScope;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * RMS norm over the channels of each pixel, {@code x / sqrt(mean(x^2) + 1e-8)}, what the noise level does to it, SiLU, then
 * the convolution, behind which noise may be added.
 */
record LtxVaeNormedConv(Optional<LtxVaeModulation> modulation, LtxVaeConv conv, Optional<LtxVaeNoise> noise)
        implements LtxVaeLayer {
    private static final double EPSILON = 1e-8;

    LtxVaeNormedConv(Optional<LtxVaeModulation> modulation, LtxVaeConv conv) {
        this(modulation, conv, Optional.empty());
    }

    @Override
    public Tensor apply(Tensor frames, FrameHistory history) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor normed = frames.mul(inverseLength(frames));
            return scope.keep(noisy(
                    conv.apply(
                            torch.silu_(modulation
                                    .map(change -> change.apply_(normed))
                                    .orElse(normed)),
                            history),
                    history));
        }
    }

    private Tensor noisy(Tensor made, FrameHistory history) {
        return noise.map(plane -> plane.addTo_(made, history)).orElse(made);
    }

    private static Tensor inverseLength(Tensor frames) {
        Tensor length =
                torch.linalg_vector_norm(frames, new Scalar(2.0), new long[] {1}, true, new ScalarTypeOptional());
        return length.square_()
                .div_(new Scalar((double) frames.size(1)))
                .add_(new Scalar(EPSILON))
                .rsqrt_();
    }

    @Override
    public void finish(FrameHistory history, Consumer<Tensor> next) {
        conv.finish(history, made -> next.accept(noisy(made, history)));
    }
}

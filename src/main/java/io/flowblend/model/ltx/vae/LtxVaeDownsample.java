package io.flowblend.model.ltx.vae;

import io.flowblend.model.vae.FrameHistory;
import io.flowblend.model.vae.VaeFrames;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * The step of the 0.9.5 layout to fewer pixels: a causal convolution whose squares of pixels (and pairs of frames) become
 * channels, plus the input's, folded likewise and averaged to as many. Where frames are paired, the first one pairs with
 * itself.
 */
final class LtxVaeDownsample implements LtxVaeLayer {
    private final LtxVaeConv conv;
    private final LtxVaeConfig.Down down;

    private LtxVaeDownsample(LtxVaeConv conv, LtxVaeConfig.Down down) {
        this.conv = conv;
        this.down = down;
    }

    static LtxVaeDownsample read(Weights weights, String name, LtxVaeConfig.Down down) {
        int folded = down.time() * down.side() * down.side();
        return new LtxVaeDownsample(
                LtxVaeConv.read(weights, name + ".conv", down.in(), down.out() / folded, true), down);
    }

    @Override
    public Tensor apply(Tensor frames, FrameHistory history) {
        try (TensorScope scope = TensorScope.open()) {
            boolean pairsFirst = down.time() == 2 && history.of(this).isEmpty();
            Tensor there =
                    pairsFirst ? VaeFrames.join(0, frames.narrow(0, 0, 1), frames) : history.joined(this, frames);
            long odd = there.size(0) % down.time();
            history.remember(this, VaeFrames.last(there, odd));
            Tensor whole = there.narrow(0, 0, there.size(0) - odd);
            if (whole.size(0) == 0) {
                return scope.keep(VaeFrames.empty(frames, 0, down.out()));
            }
            Tensor made = VaeFrames.fold(conv.apply(whole, history), down.time(), down.side());
            Tensor folded = VaeFrames.fold(whole, down.time(), down.side());
            Tensor averaged = folded.reshape(folded.size(0), down.out(), -1, folded.size(2), folded.size(3))
                    .mean(2);
            return scope.keep(VaeFrames.channelsLast(made.add_(averaged)));
        }
    }
}

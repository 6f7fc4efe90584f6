package io.flowblend.model.ltx.vae;

import io.flowblend.model.vae.FrameHistory;
import io.flowblend.model.vae.VaeFrames;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/**
 * Twice the height, the width and the frames: a convolution whose channels become squares of pixels in pairs of frames,
 * plus, in the 0.9.5 layout, the input's, unfolded likewise and repeated to as many channels. The first of all frames made
 * is dropped, so the video's first frame stays one frame.
 */
final class LtxVaeUpsample implements LtxVaeLayer {
    private static final int FACTOR = 2;
    private static final int FOLDED = FACTOR * FACTOR * FACTOR;

    private final LtxVaeConv conv;
    private final LtxVaeConfig.Up up;
    /** Under which the history remembers that the first frame was dropped. */
    private final Object dropped = new Object();

    private LtxVaeUpsample(LtxVaeConv conv, LtxVaeConfig.Up up) {
        this.conv = conv;
        this.up = up;
    }

    static LtxVaeUpsample read(Weights weights, String name, LtxVaeConfig.Up up, boolean causal) {
        long in = (long) up.out() * up.narrowing();
        return new LtxVaeUpsample(LtxVaeConv.read(weights, name + ".conv", in, (long) up.out() * FOLDED, causal), up);
    }

    @Override
    public Tensor apply(Tensor frames, FrameHistory history) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor inputs = history.joined(this, frames);
            return scope.keep(unfolded(conv.apply(frames, history), inputs, history));
        }
    }

    @Override
    public void finish(FrameHistory history, Consumer<Tensor> next) {
        conv.finish(history, made -> next.accept(unfolded(made, history.of(this).orElseThrow(), history)));
    }

    /** {@code made}, enlarged, plus the inputs that belong to it, the oldest of {@code inputs}; remembers the others. */
    private Tensor unfolded(Tensor made, Tensor inputs, FrameHistory history) {
        long count = made.size(0);
        Tensor larger = VaeFrames.channelsLast(VaeFrames.unfold(made, FACTOR, FACTOR));
        if (up.residual()) {
            Tensor enlarged = VaeFrames.unfold(inputs.narrow(0, 0, count), FACTOR, FACTOR);
            larger.add_(enlarged.repeat(1, FOLDED / up.narrowing(), 1, 1));
        }
        history.remember(this, VaeFrames.last(inputs, inputs.size(0) - count));
        if (count == 0 || history.of(dropped).isPresent()) {
            return larger;
        }
        history.remember(dropped, VaeFrames.last(larger, 0));
        return larger.narrow(0, 1, larger.size(0) - 1);
    }
}

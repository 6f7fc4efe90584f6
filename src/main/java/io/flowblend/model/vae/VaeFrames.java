package io.flowblend.model.vae;

import io.flowblend.tensor.TensorScope;
import java.util.Objects;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** Operations on frames {@code [T, C, H, W]} in channels-last order. */
public final class VaeFrames {
    /** Values that one step may use for intermediate results (32 MB), where a frame does not need more by itself. */
    public static final long SCRATCH = 1L << 23;

    private VaeFrames() {}

    /** Makes the output of the frames {@code first .. first + count - 1}. */
    public interface Group {
        Tensor apply(long first, long count);
    }

    /**
     * The output of {@code frames} frames, made in groups that need at most {@link #SCRATCH} intermediate values (or of
     * one frame), so that large frames do not multiply the memory in use.
     */
    public static Tensor inGroups(long frames, long scratchPerFrame, Group group) {
        long most = Math.max(1, SCRATCH / scratchPerFrame);
        try (TensorScope scope = TensorScope.open()) {
            if (most >= frames) {
                return scope.keep(group.apply(0, frames));
            }
            Tensor whole = null;
            for (long first = 0; first < frames; first += most) {
                long count = Math.min(most, frames - first);
                try (TensorScope step = TensorScope.open()) {
                    Tensor part = group.apply(first, count);
                    if (whole == null) {
                        whole = step.keep(empty(part, frames, part.size(1)));
                    }
                    whole.narrow(0, first, count).copy_(part);
                }
            }
            return scope.keep(Objects.requireNonNull(whole));
        }
    }

    /** Uninitialised frames of the height and width of {@code like}. */
    public static Tensor empty(Tensor like, long frames, long channels) {
        return torch.empty(
                new long[] {frames, channels, like.size(2), like.size(3)},
                like.options(),
                new MemoryFormatOptional(MemoryFormat.ChannelsLast));
    }

    public static Tensor channelsLast(Tensor frames) {
        return frames.contiguous(MemoryFormat.ChannelsLast);
    }

    /** Each frame convolved by itself. */
    public static Tensor convolve(Tensor frames, Tensor weight, Tensor bias, long stride, long padding) {
        return torch.conv2d(
                frames,
                weight,
                new TensorOptional(bias),
                new long[] {stride, stride},
                new long[] {padding, padding},
                new long[] {1, 1},
                1);
    }

    public static Tensor join(long dimension, Tensor... parts) {
        return torch.cat(new TensorVector(parts), dimension);
    }

    /**
     * Squares of {@code side} x {@code side} pixels in {@code time} frames as channels, in the order channel, frame, row,
     * column: {@code [time T, C, side H, side W]} to {@code [T, C time side side, H, W]}.
     */
    public static Tensor fold(Tensor frames, long time, long side) {
        return frames.view(
                        frames.size(0) / time,
                        time,
                        frames.size(1),
                        frames.size(2) / side,
                        side,
                        frames.size(3) / side,
                        side)
                .permute(0, 2, 1, 4, 6, 3, 5)
                .flatten(1, 4);
    }

    /** Undoes {@link #fold}. */
    public static Tensor unfold(Tensor folded, long time, long side) {
        long channels = folded.size(1) / (time * side * side);
        return folded.view(folded.size(0), channels, time, side, side, folded.size(2), folded.size(3))
                .permute(0, 2, 1, 5, 3, 6, 4)
                .flatten(5, 6)
                .flatten(3, 4)
                .flatten(0, 1);
    }

    /** A copy of the last {@code count} frames that does not hold on to the memory of the others. */
    public static Tensor last(Tensor frames, long count) {
        return frames.narrow(0, frames.size(0) - count, count).clone();
    }

    public static long pixels(Tensor frames) {
        return frames.size(2) * frames.size(3);
    }
}

package io.flowblend.model.ltx;

import io.flowblend.model.Scene;
import io.flowblend.model.layer.PatchGrid;
import io.flowblend.model.layer.Patches;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Rotary position embedding in seconds and pixels: a token at time t, row h and column w lies at {@code p = (t / 20, h /
 * 2048, w / 2048)}, and its numbers, taken in pairs as complex numbers over all heads together, are turned by {@code
 * (2 p - 1) 10000^u pi / 2}, with D / 6 exponents u from 0 to 1, each for the three axes in turn. What is left of the width
 * stands in front and is not turned.
 *
 * <p>Angles reach 15,708, so that their rounding shows in the result: each step up to them is rounded to float32 where
 * diffusers does. Tables are kept for the videos' sizes used last.
 */
final class LtxRotary implements AutoCloseable {
    private static final double THETA = 10_000;
    private static final double LONGEST_SECONDS = 20;
    private static final double LARGEST_SIDE = 2048;
    private static final int AXES = 3;
    private static final int KEPT = 4;

    private record Key(PatchGrid grid, double secondsPerLatentFrame, double pixelsPerLatent, double secondsPerFrame) {}

    private final LtxConfig config;
    private final Placement placement;
    private final Map<Key, Tensor> tables = new LinkedHashMap<>(16, 0.75f, true);

    LtxRotary(LtxConfig config, Placement placement) {
        this.config = config;
        this.placement = placement;
    }

    /** The turns {@code [N, heads, D / 2]}, complex, of every token of the grid; owned by the caller's scope. */
    synchronized Tensor turns(PatchGrid grid, Scene scene) {
        Key key = new Key(grid, scene.secondsPerLatentFrame(), scene.pixelsPerLatent(), scene.secondsPerFrame());
        Tensor table = tables.get(key);
        if (table == null) {
            if (tables.size() == KEPT) {
                Key oldest = tables.keySet().iterator().next();
                tables.remove(oldest).close();
            }
            table = make(key);
            tables.put(key, table);
        }
        return new Tensor(table);
    }

    private Tensor make(Key key) {
        PatchGrid grid = key.grid();
        Patches patches = config.patches();
        try (TensorScope scope = TensorScope.open()) {
            Tensor times = key.secondsPerFrame() > 0
                    ? causalTimes(grid.frames(), key, patches.frames())
                    : axis(grid.frames(), key.secondsPerLatentFrame(), patches.frames(), LONGEST_SECONDS);
            Tensor rows = axis(grid.height(), key.pixelsPerLatent(), patches.height(), LARGEST_SIDE);
            Tensor columns = axis(grid.width(), key.pixelsPerLatent(), patches.width(), LARGEST_SIDE);
            TensorVector positions = torch.meshgrid(new TensorVector(times, rows, columns), "ij");
            Tensor centred =
                    torch.stack(positions, 3).view(-1, AXES).mul(new Scalar(2L)).sub(new Scalar(1L));
            int exponents = config.width() / (2 * AXES);
            Tensor frequencies = frequencies(exponents);
            Tensor angles = centred.unsqueeze(2)
                    .mul(frequencies)
                    .transpose(1, 2)
                    .reshape(grid.tokens(), (long) AXES * exponents)
                    .to(ScalarType.Double);
            long still = config.width() / 2 - (long) AXES * exponents;
            Tensor cosines = inFront(still, 1.0, angles.cos());
            Tensor sines = inFront(still, 0.0, angles.sin());
            Tensor turns = torch.view_as_complex(torch.stack(new TensorVector(cosines, sines), 2))
                    .view(grid.tokens(), config.heads(), config.headWidth() / 2);
            return TensorScope.own(placement.moved(turns));
        }
    }

    /** {@code 10000^u pi / 2}. */
    private static Tensor frequencies(int exponents) {
        float[] values = TensorData.toFloats(torch.linspace(new Scalar(0.0), new Scalar(1.0), exponents, floats()));
        for (int i = 0; i < exponents; i++) {
            values[i] = (float) Math.pow(THETA, values[i]) * (float) Math.PI / 2;
        }
        return TensorData.floats(values, exponents);
    }

    /** As float32, behind {@code count} times {@code value} in every row. */
    private static Tensor inFront(long count, double value, Tensor rows) {
        return torch.constant_pad_nd(rows.to(ScalarType.Float), new long[] {count, 0}, new Scalar(value));
    }

    /** {@code count} positions along an axis, as shares of {@code longest}. */
    private static Tensor axis(int count, double perLatent, int patch, double longest) {
        return torch.arange(new Scalar(count), floats())
                .mul(new Scalar(perLatent))
                .mul(new Scalar((long) patch))
                .div(new Scalar(longest));
    }

    /** Each at the first frame of its latent: {@code max(0, n k + 1 - n)} frames of a video with n frames a latent. */
    private static Tensor causalTimes(int count, Key key, int patch) {
        long framesPerLatent = Math.round(key.secondsPerLatentFrame() / key.secondsPerFrame());
        return torch.arange(new Scalar(count), floats())
                .mul(new Scalar(framesPerLatent * patch))
                .add(new Scalar(1 - framesPerLatent))
                .clamp_min(new Scalar(0.0))
                .mul(new Scalar(key.secondsPerFrame()))
                .div(new Scalar(LONGEST_SECONDS));
    }

    private static TensorOptions floats() {
        return new TensorOptions(ScalarType.Float);
    }

    @Override
    public synchronized void close() {
        tables.values().forEach(Tensor::close);
        tables.clear();
    }
}

package io.flowblend.model.layer;

import io.flowblend.tensor.TensorData;
import org.bytedeco.pytorch.Tensor;

/** What the time embeddings of diffusers begin with. */
public final class Sinusoids {
    /** Logarithm of the lowest frequency. */
    private static final float SLOWEST = (float) -Math.log(10_000);

    private Sinusoids() {}

    /**
     * Cosines, then sines, of {@code timestep} at geometrically falling frequencies, float32 {@code [1, count]}. A timestep
     * goes up to 1000, so that the rounding of the frequencies shows: each step is rounded to float32 where diffusers does.
     *
     * @param count even
     */
    public static Tensor of(double timestep, int count) {
        int half = count / 2;
        float[] values = new float[count];
        for (int i = 0; i < half; i++) {
            float frequency = (float) Math.exp(SLOWEST * i / half);
            float angle = (float) timestep * frequency;
            values[i] = (float) Math.cos(angle);
            values[half + i] = (float) Math.sin(angle);
        }
        return TensorData.floats(values, 1, count);
    }
}

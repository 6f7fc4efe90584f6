package io.flowblend.tensor;

import org.bytedeco.pytorch.Tensor;

/**
 * Standard normal noise that depends on the seed alone: not on the machine, the thread count or the device.
 *
 * <p>SplitMix64 (Steele, Lea, Flood 2014) in counter form: number n of seed s is {@code mix(mix(s) + (n + 1) * GAMMA)}, so
 * any value can be computed by itself. Pairs of them become normal values by Box and Muller (1958), in
 * {@link StrictMath}, whose results are the same on every JVM.
 */
public final class SeededNoise {
    private static final long GAMMA = 0x9E3779B97F4A7C15L;
    private static final double TWO_POW_MINUS_53 = 0x1.0p-53;

    private SeededNoise() {}

    /** A float32 CPU tensor of {@code shape} with standard normal values drawn for {@code seed}. */
    public static Tensor tensor(long seed, long... shape) {
        long count = 1;
        for (long size : shape) {
            count = Math.multiplyExact(count, size);
        }
        return TensorData.floats(normals(seed, Math.toIntExact(count)), shape);
    }

    /** The first {@code count} standard normal values of {@code seed}. */
    public static float[] normals(long seed, int count) {
        float[] values = new float[count];
        long stream = mix(seed);
        for (int i = 0; i < count; i += 2) {
            double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - uniform(stream, i)));
            double angle = 2 * StrictMath.PI * uniform(stream, i + 1);
            values[i] = (float) (radius * StrictMath.cos(angle));
            if (i + 1 < count) {
                values[i + 1] = (float) (radius * StrictMath.sin(angle));
            }
        }
        return values;
    }

    /** Uniform in [0, 1). */
    private static double uniform(long stream, int index) {
        return (mix(stream + (index + 1L) * GAMMA) >>> 11) * TWO_POW_MINUS_53;
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}

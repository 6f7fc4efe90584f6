package io.flowblend.experiment.paper;

import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.stat.StatUtils;

/**
 * Where the late stage begins: the least of the Frechet distances to a reference set as the share of steps that LARGE makes
 * at the end grows. What the curve looks like is judged by curves over prompts that were drawn with replacement.
 */
public final class LateBoundary {
    private static final double LOW = 2.5;
    private static final double HIGH = 97.5;

    private LateBoundary() {}

    /** Shape of the curve over the late share, as far as it is certain at 95 %. */
    public enum Shape {
        /** It falls to its least point and rises after it. */
        V,
        /** It falls, and is not seen to rise again: more of LARGE never harms. */
        FALLS,
        /** It rises from its least point on, and is not seen to fall before: LARGE at the end does not help. */
        RISES,
        /** No point is certainly above the least one. */
        FLAT;

        private static Shape of(boolean above, boolean after) {
            if (above) {
                return after ? V : FALLS;
            }
            return after ? RISES : FLAT;
        }

        /** For people. */
        public String words() {
            return switch (this) {
                case V -> "a V";
                case FALLS -> "no V: it falls and is not seen to rise again";
                case RISES -> "no V: it rises and is not seen to fall before";
                case FLAT -> "flat: no point is certainly above the least one";
            };
        }
    }

    /**
     * What was found.
     *
     * @param index of the least point
     * @param lowest, highest index of the least point in 95 % of the drawn curves
     */
    public record Found(int index, int lowest, int highest, Shape shape) {}

    /**
     * @param curve distances by rising late share
     * @param drawn the same over prompts that were drawn with replacement, one curve or more
     */
    public static Found find(double[] curve, List<double[]> drawn) {
        if (curve.length == 0 || drawn.isEmpty() || drawn.stream().anyMatch(each -> each.length != curve.length)) {
            throw new IllegalArgumentException("needs a point or more, and drawn curves of as many points");
        }
        int least = least(curve);
        double[] leasts = drawn.stream().mapToDouble(LateBoundary::least).toArray();
        boolean before = false;
        boolean after = false;
        for (int i = 0; i < curve.length; i++) {
            if (i != least && certainlyAbove(i, least, drawn)) {
                before |= i < least;
                after |= i > least;
            }
        }
        return new Found(
                least, (int) quantile(leasts, LOW), (int) Math.ceil(quantile(leasts, HIGH)), Shape.of(before, after));
    }

    private static boolean certainlyAbove(int point, int least, List<double[]> drawn) {
        return quantile(
                        drawn.stream()
                                .mapToDouble(each -> each[point] - each[least])
                                .toArray(),
                        LOW)
                > 0;
    }

    private static double quantile(double[] values, double percent) {
        return StatUtils.percentile(values, percent);
    }

    /** The first of equal ones. */
    private static int least(double[] curve) {
        double least = Arrays.stream(curve).min().orElseThrow();
        int index = 0;
        while (curve[index] != least) {
            index++;
        }
        return index;
    }
}

package io.flowblend.experiment;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The best that a set of policies reaches: those points of (compute, deviation) that no other of them beats in both, and
 * straight lines between neighbours.
 *
 * <p>Not their convex hull: giving some requests LARGE alone and the others SMALL alone has a low mean deviation, but no
 * single video is what was asked for.
 */
public final class Front {
    private final List<Point> corners;

    /** Means of one policy over the same prompts. */
    public record Point(double compute, double deviation) {}

    private Front(List<Point> corners) {
        this.corners = corners;
    }

    /** @param points at least one */
    public static Front of(List<Point> points) {
        return new Front(best(points, Point::compute, Point::deviation));
    }

    /** Of any candidates those that no other beats in both, by rising compute and falling deviation. */
    static <T> List<T> best(List<T> candidates, ToDoubleFunction<T> compute, ToDoubleFunction<T> deviation) {
        List<T> sorted = new ArrayList<>(candidates);
        sorted.sort(Comparator.comparingDouble(compute).thenComparingDouble(deviation));
        List<T> best = new ArrayList<>();
        double least = Double.POSITIVE_INFINITY;
        for (T candidate : sorted) {
            if (deviation.applyAsDouble(candidate) < least) {
                least = deviation.applyAsDouble(candidate);
                best.add(candidate);
            }
        }
        return List.copyOf(best);
    }

    /** Corners by rising compute and falling deviation. */
    public List<Point> corners() {
        return corners;
    }

    /** Least deviation at a compute; NaN below the cheapest corner. */
    public double deviationAt(double compute) {
        if (compute < corners.get(0).compute()) {
            return Double.NaN;
        }
        return between(compute, Point::compute, Point::deviation);
    }

    /** Least compute for a deviation; NaN below what the front reaches. */
    public double computeAt(double deviation) {
        if (deviation < corners.get(corners.size() - 1).deviation()) {
            return Double.NaN;
        }
        return between(-deviation, point -> -point.deviation(), Point::compute);
    }

    /** @param along rises from corner to corner */
    private double between(double at, ToDoubleFunction<Point> along, ToDoubleFunction<Point> wanted) {
        for (int i = 1; i < corners.size(); i++) {
            Point a = corners.get(i - 1);
            Point b = corners.get(i);
            if (at <= along.applyAsDouble(b)) {
                double from = along.applyAsDouble(a);
                double share = Math.max(0, (at - from) / (along.applyAsDouble(b) - from));
                return wanted.applyAsDouble(a) + share * (wanted.applyAsDouble(b) - wanted.applyAsDouble(a));
            }
        }
        return wanted.applyAsDouble(corners.get(corners.size() - 1));
    }
}

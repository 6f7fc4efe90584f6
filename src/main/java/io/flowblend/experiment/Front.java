package io.flowblend.experiment;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The best that a set of policies reaches: the lower left convex hull of (compute, deviation). Between two of its corners
 * one reaches every point by giving a share of the requests to either, so a policy above it is beaten.
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
        List<Point> sorted = new ArrayList<>(points);
        sorted.sort(Comparator.comparingDouble(Point::compute).thenComparingDouble(Point::deviation));
        List<Point> hull = new ArrayList<>();
        for (Point point : sorted) {
            if (!hull.isEmpty()
                    && point.deviation() >= hull.get(hull.size() - 1).deviation()) {
                continue;
            }
            while (hull.size() > 1 && !turnsUp(hull.get(hull.size() - 2), hull.get(hull.size() - 1), point)) {
                hull.remove(hull.size() - 1);
            }
            hull.add(point);
        }
        return new Front(List.copyOf(hull));
    }

    /** Whether b lies below the line from a to c. */
    private static boolean turnsUp(Point a, Point b, Point c) {
        return (b.deviation() - a.deviation()) * (c.compute() - a.compute())
                < (c.deviation() - a.deviation()) * (b.compute() - a.compute());
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

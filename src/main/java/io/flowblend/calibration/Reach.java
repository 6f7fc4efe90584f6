package io.flowblend.calibration;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * How far requests really end: for budgets of predicted deviation, the deviation that 95 % of the requests served within
 * them stay below. Between the points the logarithms are interpolated; beyond them the nearest point's ratio holds.
 *
 * <p>It is measured at some step counts, since with fewer and longer steps the same budget reaches further. A run goes by
 * the most of these that are not more than its own steps, or by the fewest if all are more.
 *
 * @param points by rising step count and, within one, by rising budget; at least one
 */
public record Reach(List<Point> points) {
    /**
     * @param steps of the runs that it was measured on, 1 and up
     * @param budget predicted deviation that may be used, above 0
     * @param deviation that 95 % stay below, above 0
     */
    public record Point(int steps, double budget, double deviation) {
        public Point {
            Calibration.within("reach.steps", steps, 1, 1000);
            Calibration.within("reach.budget", budget, 1e-9, 100);
            Calibration.within("reach.deviation", deviation, 1e-9, 100);
        }
    }

    public Reach {
        points = points.stream().sorted(Comparator.comparingInt(Point::steps)).toList();
        if (points.isEmpty()) {
            throw new IllegalArgumentException("reach must hold at least one point");
        }
        for (int i = 1; i < points.size(); i++) {
            Point last = points.get(i - 1);
            Point point = points.get(i);
            if (last.steps() == point.steps()
                    && !(point.budget() > last.budget() && point.deviation() >= last.deviation())) {
                throw new IllegalArgumentException("reach must rise from point to point, not go from (" + last.budget()
                        + ", " + last.deviation() + ") to (" + point.budget() + ", " + point.deviation() + ")");
            }
        }
    }

    /** The same ratio for every budget and step count. */
    public static Reach times(double ratio) {
        return new Reach(List.of(new Point(1, 1, ratio)));
    }

    /** Deviation that 95 % of the requests of so many steps with this budget stay below. */
    public double of(double budget, int steps) {
        return interpolated(line(steps), budget, Point::budget, Point::deviation);
    }

    /** The largest budget that reaches no further than this in so many steps. */
    public double budgetFor(double deviation, int steps) {
        return interpolated(line(steps), deviation, Point::deviation, Point::budget);
    }

    private static double interpolated(
            List<Point> line, double at, ToDoubleFunction<Point> from, ToDoubleFunction<Point> to) {
        if (at <= 0) {
            return 0;
        }
        int above = 0;
        while (above < line.size() && from.applyAsDouble(line.get(above)) <= at) {
            above++;
        }
        Point low = line.get(Math.max(0, above - 1));
        Point high = line.get(Math.min(line.size() - 1, above));
        if (low.equals(high)) {
            return at * to.applyAsDouble(low) / from.applyAsDouble(low);
        }
        double share =
                Math.log(at / from.applyAsDouble(low)) / Math.log(from.applyAsDouble(high) / from.applyAsDouble(low));
        return to.applyAsDouble(low) * Math.pow(to.applyAsDouble(high) / to.applyAsDouble(low), share);
    }

    /** The points that a run of so many steps goes by. */
    private List<Point> line(int steps) {
        List<Point> line = new ArrayList<>();
        for (Point point : points) {
            boolean another = !line.isEmpty() && line.get(0).steps() != point.steps();
            if (another && point.steps() > steps) {
                break;
            }
            if (another) {
                line.clear();
            }
            line.add(point);
        }
        return line;
    }
}

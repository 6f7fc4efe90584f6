package io.flowblend.calibration;

import java.util.List;

/**
 * How far requests really end: for budgets of predicted deviation, the deviation that 95 % of the requests served within
 * them stay below. Between the points the logarithms are interpolated; beyond them the nearest point's ratio holds.
 *
 * @param points by rising budget, at least one
 */
public record Reach(List<Point> points) {
    /**
     * @param budget predicted deviation that may be used, above 0
     * @param deviation that 95 % stay below, above 0
     */
    public record Point(double budget, double deviation) {
        public Point {
            Calibration.within("reach.budget", budget, 1e-9, 100);
            Calibration.within("reach.deviation", deviation, 1e-9, 100);
        }
    }

    public Reach {
        points = List.copyOf(points);
        if (points.isEmpty()) {
            throw new IllegalArgumentException("reach must hold at least one point");
        }
        for (int i = 1; i < points.size(); i++) {
            Point last = points.get(i - 1);
            Point point = points.get(i);
            if (!(point.budget() > last.budget() && point.deviation() >= last.deviation())) {
                throw new IllegalArgumentException("reach must rise from point to point, not go from (" + last.budget()
                        + ", " + last.deviation() + ") to (" + point.budget() + ", " + point.deviation() + ")");
            }
        }
    }

    /** The same ratio for every budget. */
    public static Reach times(double ratio) {
        return new Reach(List.of(new Point(1, ratio)));
    }

    /** Deviation that 95 % of the requests with this budget stay below. */
    public double of(double budget) {
        if (budget <= 0) {
            return 0;
        }
        int above = 0;
        while (above < points.size() && points.get(above).budget() < budget) {
            above++;
        }
        Point low = points.get(Math.max(0, above - 1));
        Point high = points.get(Math.min(points.size() - 1, above));
        if (low.budget() == high.budget()) {
            return budget * low.deviation() / low.budget();
        }
        double share = Math.log(budget / low.budget()) / Math.log(high.budget() / low.budget());
        return low.deviation() * Math.pow(high.deviation() / low.deviation(), share);
    }

    /** The largest budget that reaches no further than this. */
    public double budgetFor(double deviation) {
        if (deviation <= 0) {
            return 0;
        }
        int above = 0;
        while (above < points.size() && points.get(above).deviation() <= deviation) {
            above++;
        }
        Point low = points.get(Math.max(0, above - 1));
        Point high = points.get(Math.min(points.size() - 1, above));
        if (low.budget() == high.budget()) {
            return deviation * low.budget() / low.deviation();
        }
        double share = Math.log(deviation / low.deviation()) / Math.log(high.deviation() / low.deviation());
        return low.budget() * Math.pow(high.budget() / low.budget(), share);
    }
}

package io.flowblend.learning;

import io.flowblend.calibration.Reach;
import java.util.ArrayList;
import java.util.List;

/** How far the trials of a fit reached, and how many of its promises would have been kept. */
final class Promises {
    /** Share of the requests that a promise is to hold for. */
    private static final double PROMISED = 0.95;

    /** Where no trial tells anything: that of a pair whose promises were never tried. */
    private static final Reach UNMEASURED = Reach.times(1.5);

    /**
     * What is served may differ from what was tried. On {@code digits}, tried with one digit, this is what two digits took
     * for their promises to hold as well.
     */
    private static final double OTHER_KINDS = 2;

    /** A budget whose requests end below this share of it is taken to reach so far. */
    private static final double LEAST = 0.5;

    private final List<Trial> trials;
    private final List<Double> qualities;

    /** @param qualities that were tried, falling budgets */
    Promises(List<Trial> trials, List<Double> qualities) {
        this.trials = List.copyOf(trials);
        this.qualities = List.copyOf(qualities);
    }

    /**
     * For each step count and budget tried, the deviation that 95 % of further requests stay below (split conformal: Vovk et
     * al. 2005), and as much again for those of other kinds.
     */
    Reach reach() {
        return reach(trials);
    }

    private Reach reach(List<Trial> from) {
        List<Reach.Point> points = new ArrayList<>();
        stepCounts().forEach(steps -> points.addAll(points(steps, from)));
        return points.isEmpty() ? UNMEASURED : new Reach(points);
    }

    private List<Integer> stepCounts() {
        return trials.stream().map(Trial::steps).distinct().sorted().toList();
    }

    private List<Reach.Point> points(int steps, List<Trial> from) {
        List<Reach.Point> points = new ArrayList<>();
        double furthest = 0;
        for (int i = qualities.size() - 1; i >= 0; i--) {
            List<Trial.Tried> these = at(from, steps, qualities.get(i));
            if (!these.isEmpty()) {
                double[] actual =
                        these.stream().mapToDouble(Trial.Tried::actual).sorted().toArray();
                int index = Math.min(actual.length, (int) Math.ceil(PROMISED * (actual.length + 1))) - 1;
                double budget = these.get(0).budget();
                furthest = Math.max(furthest, Math.max(LEAST * budget, OTHER_KINDS * actual[index]));
                points.add(new Reach.Point(steps, budget, furthest));
            }
        }
        return points;
    }

    private static List<Trial.Tried> at(List<Trial> from, int steps, double quality) {
        return from.stream()
                .filter(trial -> trial.steps() == steps)
                .flatMap(trial -> trial.tried().stream())
                .filter(tried -> tried.quality() == quality)
                .toList();
    }

    /** By step count and budget; whether one was kept is judged by what the other requests give. */
    List<CalibrationReport.Promise> kept() {
        return stepCounts().stream()
                .flatMap(steps -> qualities.stream().map(quality -> kept(steps, quality)))
                .toList();
    }

    private CalibrationReport.Promise kept(int steps, double quality) {
        int kept = 0;
        for (Trial trial : trials) {
            Reach others = reach(trials.stream()
                    .filter(other -> other.lesson() != trial.lesson())
                    .toList());
            kept += (int) at(List.of(trial), steps, quality).stream()
                    .filter(tried -> tried.actual() <= others.of(tried.budget(), steps))
                    .count();
        }
        List<Trial.Tried> these = at(trials, steps, quality);
        return new CalibrationReport.Promise(
                steps,
                these.stream().mapToDouble(Trial.Tried::budget).average().orElse(Double.NaN),
                these.size(),
                these.stream().mapToDouble(Trial.Tried::cost).average().orElse(Double.NaN),
                these.stream().mapToDouble(Trial.Tried::actual).average().orElse(Double.NaN),
                these.isEmpty() ? Double.NaN : (double) kept / these.size());
    }
}

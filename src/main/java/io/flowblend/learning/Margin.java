package io.flowblend.learning;

import java.util.ArrayList;
import java.util.List;

/** The margin that trials speak for, and how many of their promises would have been kept by it. */
final class Margin {
    /** Share of the requests that a promise is to hold for. */
    private static final double PROMISED = 0.95;

    private static final double LARGEST = 10;

    /** Where no trial tells anything: that of a pair whose margin was never measured. */
    private static final double UNMEASURED = 1.5;

    private final List<Trial> trials;
    private final List<Double> qualities;

    /** @param qualities that were tried */
    Margin(List<Trial> trials, List<Double> qualities) {
        this.trials = List.copyOf(trials);
        this.qualities = List.copyOf(qualities);
    }

    /** Deviation over budget that 95 % of further requests stay below (split conformal: Vovk et al. 2005), 1..10. */
    double value() {
        return of(trials);
    }

    private static double of(List<Trial> trials) {
        double[] ratios = trials.stream()
                .flatMap(trial -> trial.tried().stream())
                .mapToDouble(Trial.Tried::ratio)
                .sorted()
                .toArray();
        if (ratios.length == 0) {
            return UNMEASURED;
        }
        int index = Math.min(ratios.length, (int) Math.ceil(PROMISED * (ratios.length + 1))) - 1;
        return Math.max(1, Math.min(LARGEST, ratios[index]));
    }

    /** By quality; whether one was kept is judged by the margin that the other requests give. */
    List<CalibrationReport.Promise> promises() {
        List<CalibrationReport.Promise> promises = new ArrayList<>();
        for (double quality : qualities) {
            List<Trial.Tried> these = new ArrayList<>();
            int kept = 0;
            for (Trial trial : trials) {
                for (Trial.Tried tried : trial.tried()) {
                    if (tried.quality() == quality) {
                        these.add(tried);
                        kept += tried.ratio() <= of(others(trial)) ? 1 : 0;
                    }
                }
            }
            promises.add(new CalibrationReport.Promise(
                    quality,
                    these.size(),
                    these.stream().mapToDouble(Trial.Tried::cost).average().orElse(Double.NaN),
                    these.stream().mapToDouble(Trial.Tried::budget).average().orElse(Double.NaN),
                    these.stream().mapToDouble(Trial.Tried::actual).average().orElse(Double.NaN),
                    these.isEmpty() ? Double.NaN : (double) kept / these.size()));
        }
        return promises;
    }

    private List<Trial> others(Trial one) {
        return trials.stream().filter(trial -> trial.lesson() != one.lesson()).toList();
    }
}

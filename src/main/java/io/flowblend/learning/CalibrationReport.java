package io.flowblend.learning;

import io.flowblend.calibration.Calibration;
import io.flowblend.divergence.DivergenceCurve;
import io.flowblend.divergence.SigmaBins;
import java.util.List;
import java.util.Locale;

/**
 * What a calibration found, and how far it may be trusted.
 *
 * @param requests that were measured
 * @param seconds that both models ran for it
 * @param calibration what is decided from
 * @param predictions how well parts of what was measured are predicted
 * @param combination how segments add up
 * @param promises kept by the adaptive policy on the held-out prompts, by quality
 */
public record CalibrationReport(
        int requests,
        double seconds,
        Calibration calibration,
        List<Prediction> predictions,
        Combination combination,
        List<Promise> promises) {

    /**
     * @param runs replays in this part
     * @param r2ByCurve share of the deviations' variance that the curve alone explains
     * @param r2ByReadings the same with each request's own divergences
     * @param r2OfMeans of the patterns' mean deviations over the requests
     * @param medianRatio measured over predicted (by readings), median
     * @param ratio95 the same, 95 % of the replays stay below
     */
    public record Prediction(
            String part,
            int runs,
            double r2ByCurve,
            double r2ByReadings,
            double r2OfMeans,
            double medianRatio,
            double ratio95) {}

    /**
     * Deviations of replays with SMALL in several segments, from those of the same request's single segments.
     *
     * @param pNorm best exponent of a p-norm, in steps of 0.05
     * @param r2PNorm with it
     * @param r2Saturating errors that add up and saturate at the ceiling
     */
    public record Combination(int runs, double pNorm, double r2PNorm, double r2Saturating) {}

    /**
     * @param steps of the runs
     * @param budget predicted deviation that was allowed
     * @param requests held-out requests
     * @param meanCost of the adaptive policy over that of LARGE alone, probes included
     * @param meanActual deviation measured
     * @param kept share within what the other held-out prompts reach
     */
    public record Promise(int steps, double budget, int requests, double meanCost, double meanActual, double kept) {}

    /** For people. */
    public String table() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s, %d requests, %.0f s in both models%nrange %.3f, ceiling %.3f%n%n",
                calibration.pair(),
                requests,
                seconds,
                calibration.range(),
                calibration.ceiling()));
        text.append(String.format(
                "%-15s %8s %10s %10s %11s %9s%n",
                "sigma", "readings", "relative L2", "spread", "sensitivity", "response"));
        for (int bin = SigmaBins.COUNT - 1; bin >= 0; bin--) {
            DivergenceCurve.Bin seen = calibration.curve().bins().get(bin);
            text.append(String.format(
                    Locale.ROOT,
                    "%.3f - %.3f   %8d %11.4f %10.4f %11.4f %9.3f%n",
                    SigmaBins.edge(bin + 1),
                    SigmaBins.edge(bin),
                    seen.relativeL2().count(),
                    seen.relativeL2().mean(),
                    Math.sqrt(seen.relativeL2().variance()),
                    calibration.sensitivity().get(bin),
                    calibration.response().get(bin)));
        }
        text.append(String.format(
                "%n%-38s %5s %9s %12s %9s %13s %10s%n",
                "prediction of", "runs", "R2 curve", "R2 readings", "R2 means", "median ratio", "95 % below"));
        for (Prediction part : predictions) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-38s %5d %9.3f %12.3f %9.3f %13.3f %10.3f%n",
                    part.part(),
                    part.runs(),
                    part.r2ByCurve(),
                    part.r2ByReadings(),
                    part.r2OfMeans(),
                    part.medianRatio(),
                    part.ratio95()));
        }
        text.append(String.format(
                Locale.ROOT,
                "%nsegments of %d replays: p-norm %.2f R2 %.3f, sum that saturates R2 %.3f%n%n",
                combination.runs(),
                combination.pNorm(),
                combination.r2PNorm(),
                combination.r2Saturating()));
        text.append(String.format(
                "%5s %-8s %8s %7s %8s %11s %6s%n",
                "steps", "budget", "requests", "cost", "actual", "95 % below", "kept"));
        for (Promise promise : promises) {
            text.append(String.format(
                    Locale.ROOT,
                    "%5d %-8.3f %8d %7.3f %8.3f %11.3f %5.0f%%%n",
                    promise.steps(),
                    promise.budget(),
                    promise.requests(),
                    promise.meanCost(),
                    promise.meanActual(),
                    calibration.reach().of(promise.budget(), promise.steps()),
                    100 * promise.kept()));
        }
        return text.toString();
    }
}

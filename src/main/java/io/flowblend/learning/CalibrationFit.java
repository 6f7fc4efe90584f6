package io.flowblend.learning;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.calibration.Reach;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.TwinRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A calibration from what lessons measured, and how well it predicts what it was not fitted on. Half of the requests and
 * half of the random patterns are held out.
 */
final class CalibrationFit {
    /** Every reading counts alike, and nothing drifts: all were measured in one go. */
    private static final LearningRules EVEN = new LearningRules(1, 1, 1_000_000, 100);

    private static final Reach EXACT = Reach.times(1);
    private static final int FEWEST = 4;

    private final List<MeasuredRequest> fitted = new ArrayList<>();
    private final List<MeasuredRequest> heldOut = new ArrayList<>();
    private final Calibration calibration;
    private final DeviationModel model;

    /**
     * @param measured at least {@value #FEWEST} requests of one pair, under the same conditions
     * @param storedProfile kept as it is
     * @param date ISO 8601
     */
    CalibrationFit(
            String pair,
            List<MeasuredRequest> measured,
            Optional<Calibration.StoredProfile> storedProfile,
            String date) {
        if (measured.size() < FEWEST) {
            throw new IllegalArgumentException("a calibration needs at least " + FEWEST + " requests");
        }
        for (MeasuredRequest request : measured) {
            (isHeldOut(request) ? heldOut : fitted).add(request);
        }
        MeasuredRequest first = measured.get(0);
        PairEvidence known = PairEvidence.unknown(pair, first.fingerprint());
        for (MeasuredRequest request : fitted) {
            known = request.teach(known, EVEN, CalibrationFit::isFitted);
        }
        Calibration learned = known.calibration(first.conditions());
        double range = Math.min(0.99 * learned.ceiling(), Math.max(1e-6, smallAlone()));
        Calibration.Origin origin = new Calibration.Origin(
                String.format(
                        Locale.ROOT,
                        "calibrate: %d prompts, %s, %d steps, guidance %.1f: curve along the LARGE run, sensitivity and"
                                + " ceiling from %d twin runs; %d prompts held out",
                        fitted.size(),
                        first.conditions().solver(),
                        first.conditions().steps(),
                        first.conditions().guidance(),
                        known.twins().size(),
                        heldOut.size()),
                date,
                fitted.size(),
                first.conditions().guidance());
        Calibration plain =
                with(learned, origin, learned.response(), learned.reuseResponse(), range, EXACT, storedProfile);
        this.model = new DeviationModel(plain);
        this.calibration = with(plain, origin, response(false), response(true), range, EXACT, storedProfile);
    }

    static boolean isHeldOut(MeasuredRequest request) {
        // Two by two, since a lesson replays every other segment.
        return request.lesson() / 2 % 2 == 1;
    }

    private static boolean isFitted(MeasuredRequest.Replay replay) {
        return !CalibrationSample.isHeldOut(replay.pattern());
    }

    private static Calibration with(
            Calibration base,
            Calibration.Origin origin,
            List<Double> response,
            List<Double> reuseResponse,
            double range,
            Reach reach,
            Optional<Calibration.StoredProfile> storedProfile) {
        return new Calibration(
                base.pair(),
                base.fingerprint(),
                origin,
                base.curve(),
                base.sensitivity(),
                base.reuseSensitivity(),
                response,
                reuseResponse,
                range,
                base.ceiling(),
                reach,
                1,
                storedProfile);
    }

    /** The fit, whose budgets are taken to reach as far as they say. */
    Calibration calibration() {
        return calibration;
    }

    Calibration reaching(Reach reach) {
        return with(
                calibration,
                calibration.origin(),
                calibration.response(),
                calibration.reuseResponse(),
                calibration.range(),
                reach,
                calibration.storedProfile());
    }

    List<MeasuredRequest> heldOut() {
        return List.copyOf(heldOut);
    }

    private double smallAlone() {
        return fitted.stream()
                .flatMap(request -> request.replays().stream())
                .filter(replay -> replay.pattern().equals(Schedules.SMALL_ALONE))
                .mapToDouble(MeasuredRequest.Replay::deviation)
                .average()
                .orElse(0);
    }

    /**
     * By sigma bin, the slope of a request's log error (measured over what the curve predicts, all its replays together) on
     * the log ratio of its readings to the curve there, across the fitted requests; 0..1.
     *
     * @param reused whether of the replays in which velocities were carried on, and the changes
     */
    private List<Double> response(boolean reused) {
        double[] hardness = fitted.stream()
                .mapToDouble(request -> hardness(request, reused))
                .toArray();
        List<Double> response = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            int index = bin;
            double[] ratios = fitted.stream()
                    .mapToDouble(request -> reused ? logRatioOfChanges(request, index) : logRatio(request, index))
                    .toArray();
            response.add(Math.max(0, Math.min(1, slope(ratios, hardness))));
        }
        return response;
    }

    private double hardness(MeasuredRequest request, boolean reused) {
        double measured = 0;
        double predicted = 0;
        for (MeasuredRequest.Replay replay : request.replays()) {
            if (isFitted(replay) && replay.letters().contains("R") == reused) {
                measured += model.errorFor(Math.min(replay.deviation(), 0.95 * calibrationCeiling()));
                predicted += byCurve(request, replay);
            }
        }
        return predicted > 0 && measured > 0 ? Math.log(measured / predicted) : Double.NaN;
    }

    private double logRatioOfChanges(MeasuredRequest request, int bin) {
        List<Double> sigmas = request.sigmas();
        return IntStream.range(1, request.changes().size())
                .filter(step -> SigmaBins.indexOf(sigmas.get(step)) == bin)
                .mapToDouble(step -> Math.log((request.changes().get(step) + 1e-6)
                        / (model.change(sigmas.get(step - 1), sigmas.get(step)) + 1e-6)))
                .average()
                .orElse(Double.NaN);
    }

    private double calibrationCeiling() {
        // the deviation that an error without end saturates at
        return model.deviation(1e9);
    }

    private double logRatio(MeasuredRequest request, int bin) {
        return request.readings().stream()
                .filter(reading -> SigmaBins.indexOf(request.sigmas().get(reading.step())) == bin)
                .mapToDouble(reading -> Math.log((reading.relativeL2() + 1e-6)
                        / (model.expected(request.sigmas().get(reading.step())) + 1e-6)))
                .average()
                .orElse(Double.NaN);
    }

    /** Least squares; 0 where x does not vary. */
    private static double slope(double[] x, double[] y) {
        int[] both = IntStream.range(0, x.length)
                .filter(i -> Double.isFinite(x[i]) && Double.isFinite(y[i]))
                .toArray();
        double meanX = IntStream.of(both).mapToDouble(i -> x[i]).average().orElse(0);
        double meanY = IntStream.of(both).mapToDouble(i -> y[i]).average().orElse(0);
        double covariance = IntStream.of(both)
                .mapToDouble(i -> (x[i] - meanX) * (y[i] - meanY))
                .sum();
        double variance =
                IntStream.of(both).mapToDouble(i -> Math.pow(x[i] - meanX, 2)).sum();
        return variance < 1e-9 ? 0 : covariance / variance;
    }

    /** Error of a replay for a typical request. */
    private double byCurve(MeasuredRequest request, MeasuredRequest.Replay replay) {
        List<Double> sigmas = request.sigmas();
        double small = 0;
        double reusedSquares = 0;
        int computed = 0;
        for (int step = 0; step < replay.letters().length(); step++) {
            double sigma = sigmas.get(step);
            double next = sigmas.get(step + 1);
            switch (replay.letters().charAt(step)) {
                case 'S' -> small += model.error(sigma, next);
                case 'R' -> reusedSquares += Math.pow(model.reuseError(sigmas.get(computed), sigma, next), 2);
                default -> computed = step;
            }
        }
        return DeviationModel.combined(small, reusedSquares);
    }

    /** Error of a replay by the request's own readings. */
    private double byReadings(MeasuredRequest request, MeasuredRequest.Replay replay) {
        double small = 0;
        double reusedSquares = 0;
        for (TwinRun.CheapStep step : request.cheap(replay)) {
            if (step.reused()) {
                reusedSquares += Math.pow(step.relativeL2() * model.reuseWeight(step.sigma(), step.nextSigma()), 2);
            } else {
                small += step.relativeL2() * model.weight(step.sigma(), step.nextSigma());
            }
        }
        return DeviationModel.combined(small, reusedSquares);
    }

    private record Run(MeasuredRequest request, MeasuredRequest.Replay replay) {}

    /** How well each part of what was measured is predicted. */
    List<CalibrationReport.Prediction> predictions() {
        return List.of(
                prediction("SMALL: fitted patterns, fitted prompts", runs(fitted, true, false)),
                prediction("SMALL: held-out patterns, fitted prompts", runs(fitted, false, false)),
                prediction("SMALL: held-out patterns, held-out prompts", runs(heldOut, false, false)),
                prediction("REUSED: fitted patterns, fitted prompts", runs(fitted, true, true)),
                prediction("REUSED: held-out patterns, fitted prompts", runs(fitted, false, true)),
                prediction("REUSED: held-out patterns, held-out prompts", runs(heldOut, false, true)));
    }

    private static List<Run> runs(List<MeasuredRequest> requests, boolean fittedPatterns, boolean reused) {
        return requests.stream()
                .flatMap(request -> request.replays().stream()
                        .filter(replay -> isFitted(replay) == fittedPatterns
                                && replay.letters().contains("R") == reused)
                        .map(replay -> new Run(request, replay)))
                .toList();
    }

    private CalibrationReport.Prediction prediction(String name, List<Run> runs) {
        double[] ratios = runs.stream()
                .mapToDouble(run -> run.replay().deviation()
                        / Math.max(1e-9, model.deviation(byReadings(run.request(), run.replay()))))
                .sorted()
                .toArray();
        return new CalibrationReport.Prediction(
                name,
                runs.size(),
                r2(runs, run -> model.deviation(byCurve(run.request(), run.replay()))),
                r2(runs, run -> model.deviation(byReadings(run.request(), run.replay()))),
                r2OfMeans(runs),
                ratios.length == 0 ? Double.NaN : ratios[ratios.length / 2],
                ratios.length == 0 ? Double.NaN : ratios[(int) Math.min(ratios.length - 1, 0.95 * ratios.length)]);
    }

    /** Of the patterns' mean deviations over the requests. */
    private double r2OfMeans(List<Run> runs) {
        Map<String, List<Run>> byPattern =
                runs.stream().collect(Collectors.groupingBy(run -> run.replay().pattern()));
        double[] measured = new double[byPattern.size()];
        double[] predicted = new double[byPattern.size()];
        int pattern = 0;
        for (List<Run> same : byPattern.values()) {
            measured[pattern] = mean(same, run -> run.replay().deviation());
            predicted[pattern++] = mean(same, run -> model.deviation(byReadings(run.request(), run.replay())));
        }
        return r2(measured, predicted);
    }

    private static double mean(List<Run> runs, ToDoubleFunction<Run> figure) {
        return runs.stream().mapToDouble(figure).average().orElse(Double.NaN);
    }

    private static double r2(List<Run> runs, ToDoubleFunction<Run> predicted) {
        return r2(
                runs.stream().mapToDouble(run -> run.replay().deviation()).toArray(),
                runs.stream().mapToDouble(predicted).toArray());
    }

    /** Share of the variance that is explained. */
    private static double r2(double[] measured, double[] predicted) {
        double mean = DoubleStream.of(measured).average().orElse(0);
        double total = DoubleStream.of(measured).map(d -> Math.pow(d - mean, 2)).sum();
        double left = IntStream.range(0, measured.length)
                .mapToDouble(i -> Math.pow(measured[i] - predicted[i], 2))
                .sum();
        return total == 0 ? Double.NaN : 1 - left / total;
    }

    /** How a request's own single-segment deviations combine to that of its random patterns. */
    CalibrationReport.Combination combination() {
        List<MeasuredRequest> all = new ArrayList<>(fitted);
        all.addAll(heldOut);
        List<Run> combined = all.stream()
                .flatMap(request -> request.replays().stream()
                        .filter(replay -> !Schedules.SINGLES.contains(replay.pattern())
                                && !replay.letters().contains("R"))
                        .map(replay -> new Run(request, replay)))
                .toList();
        double bestP = 1;
        double bestR2 = Double.NEGATIVE_INFINITY;
        for (int hundredths = 100; hundredths <= 200; hundredths += 5) {
            double p = hundredths / 100.0;
            double r2 = r2(
                    combined,
                    run -> Math.pow(
                            singles(run).stream()
                                    .mapToDouble(d -> Math.pow(d, p))
                                    .sum(),
                            1 / p));
            if (r2 > bestR2) {
                bestR2 = r2;
                bestP = p;
            }
        }
        double ceiling = calibrationCeiling();
        double saturating = r2(
                combined,
                run -> model.deviation(singles(run).stream()
                        .mapToDouble(d -> model.errorFor(Math.min(d, 0.95 * ceiling)))
                        .sum()));
        return new CalibrationReport.Combination(combined.size(), bestP, bestR2, saturating);
    }

    private static List<Double> singles(Run run) {
        return run.request().replays().stream()
                .filter(replay -> Schedules.SINGLES.contains(replay.pattern())
                        && run.replay().pattern().charAt(replay.pattern().indexOf('S')) == 'S')
                .map(MeasuredRequest.Replay::deviation)
                .toList();
    }
}

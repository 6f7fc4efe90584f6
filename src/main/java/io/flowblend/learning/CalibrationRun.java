package io.flowblend.learning;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.CalibrationStore;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.calibration.PairKnowledge;
import io.flowblend.file.InvalidFileException;
import io.flowblend.pipeline.GeneratedVideo;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.Rehearsal;
import io.flowblend.pipeline.VideoOptions;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.pipeline.VideoRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;

/**
 * A whole calibration: lessons, a fit, and its promises put to the test by the adaptive policy on the held-out prompts,
 * from which the margin follows. Killed or out of time, it goes on where it was: what was measured is in a file.
 */
public final class CalibrationRun {
    private static final List<Double> QUALITIES = List.of(0.3, 0.6, 0.8, 0.9, 0.95);

    /** Share of the requests that a promise is to hold for. */
    private static final double PROMISED = 0.95;

    private static final double LARGEST_MARGIN = 10;

    private final VideoPipeline pipeline;
    private final CalibrationStore store;
    private final List<String> prompts;
    private final int lessons;
    private final OptionalInt steps;
    private final MeasurementLog log;
    private final String file;
    private final InstantSource clock;

    /**
     * @param store that {@code pipeline} decides from; holds the new calibration in the end
     * @param prompts that lessons take in turn
     * @param lessons 4 and up
     * @param steps solver steps; empty = the pair's own
     * @param progress file that keeps what was measured
     */
    public CalibrationRun(
            VideoPipeline pipeline,
            CalibrationStore store,
            List<String> prompts,
            int lessons,
            OptionalInt steps,
            Path progress) {
        this.steps = steps;
        this.pipeline = pipeline;
        this.store = store;
        this.prompts = List.copyOf(prompts);
        this.lessons = lessons;
        this.log = new MeasurementLog(progress);
        this.file = progress.toString();
        this.clock = InstantSource.system();
    }

    /**
     * Measures what was not measured yet, and fits.
     *
     * @param budget time after which to stop between two steps
     * @param done hears the share of the lessons that is done
     * @return empty if the time was not enough
     * @throws InvalidFileException if the progress file is that of another calibration
     */
    public Optional<CalibrationReport> run(Duration budget, DoubleConsumer done) throws IOException {
        long start = System.nanoTime();
        BooleanSupplier outOfTime = () -> System.nanoTime() - start > budget.toNanos();
        Map<Integer, MeasuredRequest> measured = new TreeMap<>();
        try (Calibrator calibrator = new Calibrator(
                pipeline,
                prompts,
                steps,
                request -> {
                    log.append(request);
                    measured.put(request.lesson(), request);
                },
                clock)) {
            for (MeasuredRequest request : log.read()) {
                requireOfThisPlan(request, calibrator);
                measured.put(request.lesson(), request);
            }
            for (int lesson = 0; lesson < lessons; lesson++) {
                done.accept((double) lesson / lessons);
                if (!measured.containsKey(lesson)
                        && (outOfTime.getAsBoolean() || calibrator.advance(lesson, outOfTime) < 1)) {
                    return Optional.empty();
                }
            }
        }
        done.accept(1);
        return Optional.of(report(measured.values().stream().limit(lessons).toList()));
    }

    private void requireOfThisPlan(MeasuredRequest found, Calibrator calibrator) {
        VideoRequest expected = calibrator.request(found.lesson());
        if (!found.fingerprint().equals(pipeline.fingerprint())
                || !found.prompt().equals(expected.prompt())
                || found.seed() != expected.seed()
                || !found.conditions().equals(expected.conditions(pipeline.spec()))) {
            throw new InvalidFileException(
                    file,
                    "belongs to a calibration of other models, prompts or settings; name another file or remove it");
        }
    }

    private record Tried(MeasuredRequest request, double quality, double budget, double actual, double cost) {
        double ratio() {
            return actual / budget;
        }
    }

    private CalibrationReport report(List<MeasuredRequest> measured) {
        String pair = pipeline.spec().id();
        Optional<Calibration.StoredProfile> stored = store.find(pair).flatMap(PairKnowledge::storedProfile);
        String date = clock.instant().atZone(ZoneOffset.UTC).toLocalDate().toString();
        CalibrationFit fit = new CalibrationFit(pair, measured, stored, date);
        List<Tried> tried = new ArrayList<>();
        for (MeasuredRequest request : fit.heldOut()) {
            for (double quality : QUALITIES) {
                tried.add(tried(fit.calibration(), request, quality));
            }
        }
        Calibration calibration = fit.withMargin(margin(tried));
        store.replace(pair, PairKnowledge.of(calibration, calibration.fingerprint()));
        return new CalibrationReport(
                measured.size(),
                measured.stream().mapToDouble(MeasuredRequest::seconds).sum(),
                calibration,
                fit.predictions(),
                fit.combination(),
                promises(tried));
    }

    /** One held-out request, served by nothing but the calibration. */
    private Tried tried(Calibration calibration, MeasuredRequest measured, double quality) {
        store.replace(pipeline.spec().id(), PairKnowledge.of(calibration, calibration.fingerprint()));
        VideoRequest request = pipeline.resolve(
                VideoOptions.of(measured.prompt()).withSeed(measured.seed()).withQuality(quality));
        GeneratedVideo video = pipeline.generate(request, PipelineListener.NONE);
        VideoReport report = video.report();
        String again = Lessons.again(report.trace());
        try (Rehearsal rehearsal = pipeline.rehearse(request, List.of(again), false)) {
            rehearsal.advance(() -> false);
            double actual = rehearsal.result().replays().get(0).deviation().orElse(0);
            double budget = new DeviationModel(calibration).promise(quality);
            return new Tried(measured, quality, budget, actual, report.flops() / report.largeOnlyFlops());
        }
    }

    /** Deviation over budget that 95 % of further requests stay below, at the quality where that is most. */
    private static double margin(List<Tried> tried) {
        return QUALITIES.stream()
                .mapToDouble(quality -> margin(tried, quality))
                .max()
                .orElse(1);
    }

    /** At one quality (split conformal: Vovk et al. 2005). */
    private static double margin(List<Tried> tried, double quality) {
        double[] ratios = tried.stream()
                .filter(t -> t.quality() == quality)
                .mapToDouble(Tried::ratio)
                .sorted()
                .toArray();
        if (ratios.length == 0) {
            return 1;
        }
        int index = Math.min(ratios.length, (int) Math.ceil(PROMISED * (ratios.length + 1))) - 1;
        return Math.max(1, Math.min(LARGEST_MARGIN, ratios[index]));
    }

    private static List<CalibrationReport.Promise> promises(List<Tried> tried) {
        List<CalibrationReport.Promise> promises = new ArrayList<>();
        for (double quality : QUALITIES) {
            List<Tried> these =
                    tried.stream().filter(t -> t.quality() == quality).toList();
            long kept = these.stream()
                    .filter(t -> t.ratio() <= margin(others(tried, t)))
                    .count();
            promises.add(new CalibrationReport.Promise(
                    quality,
                    these.size(),
                    these.stream().mapToDouble(Tried::cost).average().orElse(Double.NaN),
                    these.stream().mapToDouble(Tried::budget).average().orElse(Double.NaN),
                    these.stream().mapToDouble(Tried::actual).average().orElse(Double.NaN),
                    these.isEmpty() ? Double.NaN : (double) kept / these.size()));
        }
        return promises;
    }

    private static List<Tried> others(List<Tried> tried, Tried one) {
        return tried.stream()
                .filter(other -> other.request().lesson() != one.request().lesson())
                .toList();
    }
}

package io.flowblend.learning;

import io.flowblend.pipeline.Rehearsal;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.request.VideoRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * The one way in which a pair is measured, whether somebody asked for a calibration or nobody waits: a request is made by
 * LARGE alone with both models run at every step, and replayed with SMALL in each eighth, with SMALL alone, with velocities
 * carried on in every other eighth, and with random patterns of either kind. It costs about 11 runs of LARGE. It can be left
 * between two steps and taken up again.
 */
final class CalibrationSample implements AutoCloseable {
    /** The lessons of calibrations begin with this seed, far from those that tests and benchmarks use. */
    static final long FIRST_SEED = 1000;

    private static final int HELD_OUT_PATTERNS = 2;
    private static final int HALF = 8;

    /** Random patterns: the first half to learn from, the others held out. */
    private static final List<String> POOL = pool(Schedules::random);

    private static final List<String> CARRIED_ON_POOL = pool(Schedules::randomCarriedOn);

    private final VideoPipeline pipeline;
    private final int number;
    private final VideoRequest request;
    private final List<String> patterns;
    private final Rehearsal rehearsal;

    /** @param number of the lesson, 0 and up; its patterns follow from it */
    CalibrationSample(VideoPipeline pipeline, int number, VideoRequest request) {
        this.pipeline = pipeline;
        this.number = number;
        this.request = request;
        this.patterns = patterns(number);
        this.rehearsal = pipeline.rehearse(request, patterns, true);
    }

    /**
     * Each eighth by SMALL, SMALL alone, every other eighth with velocities carried on, and of either kind a random pattern
     * to learn from and {@value #HELD_OUT_PATTERNS} to be tested on.
     */
    static List<String> patterns(int lesson) {
        List<String> patterns = new ArrayList<>(Schedules.SINGLES);
        patterns.add(Schedules.SMALL_ALONE);
        for (int segment = lesson % 2; segment < Schedules.SEGMENTS; segment += 2) {
            patterns.add(Schedules.carriedOn(segment, 1 + lesson / 4 % 4));
        }
        patterns.add(POOL.get(lesson % HALF));
        patterns.add(CARRIED_ON_POOL.get(lesson % HALF));
        for (int i = 0; i < HELD_OUT_PATTERNS; i++) {
            patterns.add(POOL.get(HALF + (HELD_OUT_PATTERNS * lesson + i) % HALF));
            patterns.add(CARRIED_ON_POOL.get(HALF + (HELD_OUT_PATTERNS * lesson + i) % HALF));
        }
        return patterns;
    }

    /** Whether a fit that is tested on its pattern must not learn from it. */
    static boolean isHeldOut(String pattern) {
        return POOL.indexOf(pattern) >= HALF || CARRIED_ON_POOL.indexOf(pattern) >= HALF;
    }

    /** The same few patterns for all prompts, so that the mean of each is known too. */
    private static List<String> pool(Function<RandomGenerator, String> draw) {
        Set<String> pool = new LinkedHashSet<>();
        SplittableRandom random = new SplittableRandom(FIRST_SEED);
        while (pool.size() < 2 * HALF) {
            pool.add(draw.apply(random));
        }
        return List.copyOf(pool);
    }

    int number() {
        return number;
    }

    VideoRequest request() {
        return request;
    }

    /** Goes on until all is measured or it shall give way; says whether all is. */
    boolean advance(BooleanSupplier giveWay) {
        return rehearsal.advance(giveWay);
    }

    /** Share of the work that is done, 0..1. */
    double fractionDone() {
        return rehearsal.fractionDone();
    }

    /** Seconds spent in both models so far. */
    double seconds() {
        return rehearsal.seconds();
    }

    /**
     * What was measured so far: the readings are complete as soon as there is a replay.
     *
     * @param at now, seconds since 1970
     */
    MeasuredRequest measured(long at) {
        Rehearsal.Result result = rehearsal.result();
        List<MeasuredRequest.Reading> readings = result.probes().stream()
                .map(probe -> new MeasuredRequest.Reading(
                        probe.step().index(),
                        probe.divergence().cosine(),
                        probe.divergence().relativeL2(),
                        probe.divergence().l2()))
                .toList();
        List<MeasuredRequest.Replay> replays = new ArrayList<>();
        for (int i = 0; i < result.replays().size(); i++) {
            Rehearsal.Replay replay = result.replays().get(i);
            String pattern = patterns.get(i);
            replay.deviation()
                    .ifPresent(deviation -> replays.add(
                            new MeasuredRequest.Replay(pattern, replay.letters(), Audits.bounded(deviation))));
        }
        return new MeasuredRequest(
                number,
                pipeline.fingerprint(),
                request.prompt(),
                request.seed(),
                request.conditions(pipeline.spec()),
                result.sigmas(),
                readings,
                result.changes(),
                replays,
                at,
                rehearsal.seconds());
    }

    @Override
    public void close() {
        rehearsal.close();
    }
}

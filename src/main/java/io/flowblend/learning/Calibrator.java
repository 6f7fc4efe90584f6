package io.flowblend.learning;

import io.flowblend.pipeline.Rehearsal;
import io.flowblend.pipeline.VideoOptions;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoRequest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Calibrates a pair by lessons. Each makes a video by LARGE alone with both models run at every step, and replays it with
 * SMALL in each eighth, with SMALL alone, and with random patterns. A lesson costs about 10 runs of
 * LARGE. It can be left between two steps and taken up again; what it measured is handed on when it is complete.
 */
public final class Calibrator implements AutoCloseable {
    /** Lessons begin with this seed, far from those that tests and benchmarks use. */
    public static final long FIRST_SEED = 1000;

    private static final int HELD_OUT_PATTERNS = 2;
    private static final int HALF = 8;

    /** Random patterns: the first half to learn from, the others held out. */
    private static final List<String> POOL = pool(Schedules::random);

    private static final List<String> CARRIED_ON_POOL = pool(Schedules::randomCarriedOn);

    private final VideoPipeline pipeline;
    private final List<String> prompts;
    private final OptionalInt steps;
    private final Consumer<MeasuredRequest> learned;
    private final InstantSource clock;
    private @Nullable Lesson underWay;

    private record Lesson(int number, VideoRequest request, List<String> patterns, Rehearsal rehearsal) {}

    /**
     * @param steps solver steps; empty = the pair's own
     * @param learned is given what each lesson measured
     */
    Calibrator(
            VideoPipeline pipeline,
            List<String> prompts,
            OptionalInt steps,
            Consumer<MeasuredRequest> learned,
            InstantSource clock) {
        this.steps = steps;
        this.pipeline = pipeline;
        this.prompts = List.copyOf(prompts);
        this.learned = learned;
        this.clock = clock;
    }

    /**
     * Goes on with a lesson until it is learned or shall give way.
     *
     * @param number of the lesson, 0 and up; its prompt and seed follow from it
     * @return share of it that is done, 0..1; 1 once it is learned
     */
    public double advance(int number, BooleanSupplier giveWay) {
        Lesson lesson = lesson(number);
        boolean done = false;
        try {
            if (!lesson.rehearsal().advance(giveWay)) {
                return Math.min(0.999, lesson.rehearsal().fractionDone());
            }
            done = true;
            learned.accept(measured(lesson));
            return 1;
        } catch (RuntimeException e) {
            done = true;
            throw e;
        } finally {
            if (done) {
                close();
            }
        }
    }

    private Lesson lesson(int number) {
        if (underWay == null || underWay.number() != number) {
            close();
            VideoRequest request = request(number);
            List<String> patterns = patterns(number);
            underWay = new Lesson(number, request, patterns, pipeline.rehearse(request, patterns, true));
        }
        return underWay;
    }

    VideoRequest request(int lesson) {
        VideoOptions options = VideoOptions.of(prompts.get(lesson % prompts.size()))
                .withSeed(FIRST_SEED + lesson)
                .withSchedule("LLL");
        return pipeline.resolve(steps.isPresent() ? options.withSteps(steps.getAsInt()) : options);
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

    /** Whether nothing is to be learned from a pattern. */
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

    private MeasuredRequest measured(Lesson lesson) {
        Rehearsal.Result result = lesson.rehearsal().result();
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
            String pattern = lesson.patterns().get(i);
            replay.deviation()
                    .ifPresent(deviation -> replays.add(
                            new MeasuredRequest.Replay(pattern, replay.letters(), Lessons.bounded(deviation))));
        }
        return new MeasuredRequest(
                lesson.number(),
                pipeline.fingerprint(),
                lesson.request().prompt(),
                lesson.request().seed(),
                lesson.request().conditions(pipeline.spec()),
                result.sigmas(),
                readings,
                result.changes(),
                replays,
                clock.instant().getEpochSecond(),
                lesson.rehearsal().seconds());
    }

    /** Lets go of what is under way. */
    @Override
    public void close() {
        if (underWay != null) {
            underWay.rehearsal().close();
            underWay = null;
        }
    }
}

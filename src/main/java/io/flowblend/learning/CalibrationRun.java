package io.flowblend.learning;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.calibration.PairState;
import io.flowblend.evidence.BucketEvidence;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.file.InvalidFileException;
import io.flowblend.pipeline.GenerationFailedException;
import io.flowblend.pipeline.Rehearsal;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A whole calibration: lessons, a fit, and its promises put to the test by the adaptive policy on the prompts that were
 * held out, from which follows how far its budgets reach. The pair is served by it once all this is done; until then a pair that is not
 * ADAPTIVE learns from each lesson at once. It can be left between two steps, and goes on from its notebook.
 */
public final class CalibrationRun implements AutoCloseable {
    /** At which a fit is tried out, so that its budgets halve from one to the next. */
    private static final List<Double> QUALITIES = List.of(0.2, 0.6, 0.8, 0.9, 0.95, 0.975, 0.9875);

    /** Cost of a lesson and of a trial, in runs of LARGE, roughly; for the progress. */
    private static final double LESSON_RUNS = 11;

    private static final double TRIAL_RUNS = 2;

    /** Below this, half as many steps are no longer a video. */
    private static final int FEWEST_STEPS = 4;

    private final VideoPipeline pipeline;
    private final EvidenceStore store;
    private final CalibrationPlan plan;
    private final OptionalInt steps;
    private final MeasurementLog notebook;
    private final Supplier<LearningRules> rules;
    private final InstantSource clock;
    private final Measurements measured;
    private @Nullable CalibrationSample lesson;
    private @Nullable CalibrationFit fit;
    private @Nullable Rehearsal trial;
    private int tried;
    private @Nullable CalibrationReport report;

    /**
     * Reads what the notebook holds.
     *
     * @param store that {@code pipeline} decides from; holds the new calibration in the end
     * @param plan with prompts
     * @param steps solver steps; empty = the pair's own
     * @param rules by which single lessons are judged
     * @throws InvalidFileException if the notebook is that of another calibration
     */
    public CalibrationRun(
            VideoPipeline pipeline,
            EvidenceStore store,
            CalibrationPlan plan,
            OptionalInt steps,
            MeasurementLog notebook,
            Supplier<LearningRules> rules,
            InstantSource clock) {
        this.pipeline = pipeline;
        this.store = store;
        this.plan = plan;
        this.steps = steps;
        this.notebook = notebook;
        this.rules = rules;
        this.clock = clock;
        this.measured = new Measurements(notebook);
        measured.lessons().forEach(this::requireOfThisPlan);
    }

    private void requireOfThisPlan(MeasuredRequest found) {
        VideoRequest expected = request(found.lesson());
        if (!found.fingerprint().equals(pipeline.fingerprint())
                || !found.prompt().equals(expected.prompt())
                || found.seed() != expected.seed()
                || !found.conditions().equals(expected.conditions(pipeline.spec()))) {
            throw new InvalidFileException(
                    notebook.name(),
                    "belongs to a calibration of other models, prompts or settings; name another file or remove it");
        }
    }

    /** The request of a lesson: the prompts in turn, each time with another seed. */
    private VideoRequest request(int number) {
        return request(number, steps);
    }

    private VideoRequest request(int number, OptionalInt steps) {
        VideoOptions options = VideoOptions.of(
                        plan.prompts().get(number % plan.prompts().size()))
                .withSeed(CalibrationSample.FIRST_SEED + number)
                .withSchedule("LLL");
        return pipeline.resolve(steps.isPresent() ? options.withSteps(steps.getAsInt()) : options);
    }

    /**
     * Measures what was not measured yet, and in the end serves the pair by it.
     *
     * @param giveWay asked after each step; what was begun then waits for the next call
     * @return whether all is done
     * @throws GenerationFailedException if the large model fails, or SMALL failed everywhere
     */
    public boolean advance(BooleanSupplier giveWay) {
        try {
            for (int number = learned(); number < plan.lessons(); number = learned()) {
                if (!learn(number, giveWay)) {
                    return false;
                }
            }
            CalibrationFit fitted = fit();
            for (int number = tried;
                    number < fitted.heldOut().size() * tryOutSteps().size();
                    number++) {
                if (!tryOut(number, giveWay)) {
                    return false;
                }
                tried++;
            }
            if (report == null) {
                report = serve(fitted);
            }
            return true;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Lessons that are learned, from the first on without a gap. */
    public int learned() {
        int number = 0;
        while (measured.hasLesson(number)) {
            number++;
        }
        return Math.min(number, plan.lessons());
    }

    /** Share of the work that is done, 0..1; 1 only once the pair is served by it. */
    public double fractionDone() {
        if (report != null) {
            return 1;
        }
        double lessons = learned() + (lesson == null ? 0 : lesson.fractionDone());
        double trials = tried + (trial == null ? 0 : trial.fractionDone());
        int planned = plan.lessons() / 2 * tryOutSteps().size();
        double all = LESSON_RUNS * plan.lessons() + TRIAL_RUNS * planned;
        return Math.min(0.999, (LESSON_RUNS * lessons + TRIAL_RUNS * trials) / all);
    }

    /** What was found; empty until all is done. */
    public Optional<CalibrationReport> report() {
        return Optional.ofNullable(report);
    }

    private boolean learn(int number, BooleanSupplier giveWay) {
        CalibrationSample now = lesson == null ? new CalibrationSample(pipeline, number, request(number)) : lesson;
        lesson = now;
        if (!now.advance(giveWay)) {
            return false;
        }
        MeasuredRequest found = now.measured(now());
        measured.add(found);
        close();
        Conditions conditions = found.conditions();
        store.update(plan.pair(), known -> {
            PairEvidence before = known.boundTo(found.fingerprint(), found.at());
            return before.state(conditions) == PairState.ADAPTIVE
                    ? before
                    : found.teach(before, rules.get(), replay -> !CalibrationSample.isHeldOut(replay.pattern()));
        });
        return true;
    }

    private CalibrationFit fit() {
        if (fit != null) {
            return fit;
        }
        List<MeasuredRequest> lessons =
                measured.lessons().stream().limit(plan.lessons()).toList();
        if (lessons.stream().allMatch(request -> request.readings().isEmpty())) {
            throw new GenerationFailedException(
                    "non_finite_output",
                    "The small model gave no finite velocity in any lesson; nothing was measured.");
        }
        Optional<Calibration.StoredProfile> stored = store.find(plan.pair()).flatMap(PairEvidence::storedProfile);
        String date = clock.instant().atZone(ZoneOffset.UTC).toLocalDate().toString();
        CalibrationFit fitted = new CalibrationFit(plan.pair(), lessons, stored, date);
        fit = fitted;
        return fitted;
    }

    /** Step counts that a fit is tried out at: the lessons' own, and half of that, where the same budgets reach further. */
    private List<Integer> tryOutSteps() {
        int own = steps.orElse(pipeline.spec().sampling().steps());
        boolean onlyOwn = own / 2 < FEWEST_STEPS
                || pipeline.spec().sampling().fixedSteps().isPresent();
        return onlyOwn ? List.of(own) : List.of(own, own / 2);
    }

    /** Trials of this fit and plan; those of another, from before an update say, do not count. */
    private List<Trial> trials() {
        return measured.trials().stream()
                .filter(trial -> trial.isOf(fit().calibration()))
                .filter(trial -> trial.lesson() < plan.lessons())
                .filter(trial -> tryOutSteps().contains(trial.steps()))
                .toList();
    }

    /** The request of a held-out lesson at one of the step counts, served by nothing but the fit. */
    private boolean tryOut(int number, BooleanSupplier giveWay) {
        List<Integer> stepCounts = tryOutSteps();
        int lesson = fit().heldOut().get(number / stepCounts.size()).lesson();
        int steps = stepCounts.get(number % stepCounts.size());
        if (trials().stream().anyMatch(found -> found.lesson() == lesson && found.steps() == steps)) {
            return true;
        }
        Calibration calibration = fit().calibration();
        Rehearsal now = trial == null
                ? pipeline.rehearse(request(lesson, OptionalInt.of(steps)), calibration, QUALITIES)
                : trial;
        trial = now;
        if (!now.advance(giveWay)) {
            return false;
        }
        DeviationModel model = new DeviationModel(calibration);
        List<Rehearsal.Replay> replays = now.result().replays();
        List<Trial.Tried> all = new ArrayList<>();
        for (int i = 0; i < QUALITIES.size(); i++) {
            double quality = QUALITIES.get(i);
            Rehearsal.Replay replay = replays.get(i);
            replay.deviation()
                    .ifPresent(actual -> all.add(new Trial.Tried(
                            quality, model.promise(quality, steps), Audits.bounded(actual), replay.cost())));
        }
        measured.add(new Trial(lesson, steps, calibration.range(), calibration.ceiling(), all));
        close();
        return true;
    }

    private CalibrationReport serve(CalibrationFit fitted) {
        Promises promises = new Promises(trials(), QUALITIES);
        Calibration calibration = fitted.reaching(promises.reach());
        store.update(plan.pair(), before -> served(before.boundTo(calibration.fingerprint(), now()), calibration));
        List<MeasuredRequest> lessons =
                measured.lessons().stream().limit(plan.lessons()).toList();
        return new CalibrationReport(
                lessons.size(),
                lessons.stream().mapToDouble(MeasuredRequest::seconds).sum(),
                calibration,
                fitted.predictions(),
                fitted.combination(),
                promises.kept());
    }

    /** What was read in other buckets and what happened stays; twin runs and audits of earlier promises go. */
    private static PairEvidence served(PairEvidence before, Calibration found) {
        PairEvidence fresh = PairEvidence.of(found, found.fingerprint());
        return new PairEvidence(
                fresh.pair(),
                fresh.fingerprint(),
                fresh.shipped(),
                fresh.storedProfile(),
                merged(before, fresh),
                fresh.twins(),
                fresh.audits(),
                fresh.auditDrift(),
                before.history());
    }

    private static Map<String, BucketEvidence> merged(PairEvidence before, PairEvidence fresh) {
        Map<String, BucketEvidence> buckets = new HashMap<>(before.buckets());
        buckets.putAll(fresh.buckets());
        return buckets;
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    /** Lets go of what is under way. */
    @Override
    public void close() {
        if (lesson != null) {
            lesson.close();
            lesson = null;
        }
        if (trial != null) {
            trial.close();
            trial = null;
        }
    }
}

package io.flowblend.learning;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.control.Decision;
import io.flowblend.control.Reason;
import io.flowblend.control.RequestControl;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.control.plan.StepErrors;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.PromiseSample;
import io.flowblend.evidence.TwinRun;
import io.flowblend.replay.Branch;
import io.flowblend.replay.Replay;
import io.flowblend.replay.Replayer;
import io.flowblend.replay.RunReadings;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.Trace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;

/**
 * The one way in which a pair is measured, whether somebody asked for a calibration or nobody waits: a request is made by
 * LARGE alone, with SMALL beside it at every step if readings are wanted, and again by schedules that use the other sources
 * (twin runs), by the stored profile, and by the adaptive policy as it would decide now, at several budgets (promise
 * samples). A sample is never judged by what was learned from itself. It can be left between two steps.
 */
final class CalibrationSample implements AutoCloseable {
    /** Predicted deviations at which the adaptive policy is tried, each about twice the one before. */
    private static final List<Double> BUDGETS = List.of(0.008, 0.015, 0.03, 0.06, 0.12, 0.2, 0.35);

    /** Those at which its schedule is tried as it is fixed beforehand for a speedup. */
    private static final List<Double> FIXED_BUDGETS = List.of(0.03, 0.12, 0.35);

    /** Any speedup: the schedule is fixed beforehand, and the budget says which. */
    private static final double SOME_SPEEDUP = 2;

    private static final String STORED = "stored profile";
    private static final double MOST_DEVIATION = 100;
    private static final double EXPECTED_COST = 0.6;

    private final Replayer pair;
    private final int number;
    private final VideoRequest request;
    private final Optional<Calibration> known;
    private final Map<String, Trial> trials = new LinkedHashMap<>();
    private final Replay replay;

    /** The adaptive policy as it decided a request. */
    private record Trial(VideoRequest request, RequestControl control) {}

    /** What a sample measures. */
    record Kind(boolean readings, boolean twins, boolean promises) {
        /** All of it. */
        static final Kind WHOLE = new Kind(true, true, true);

        /** What sources do. */
        static final Kind SOURCES = new Kind(true, true, false);

        /** How far the adaptive policy reaches. */
        static final Kind PROMISES = new Kind(false, false, true);
    }

    /**
     * @param number of the sample, 0 and up; its schedules follow from it
     * @param known what is known of the pair without this sample; empty before anything is
     */
    CalibrationSample(Replayer pair, int number, VideoRequest request, Optional<Calibration> known, Kind kind) {
        this.pair = pair;
        this.number = number;
        this.request = request;
        this.known = known;
        List<Branch> branches = new ArrayList<>();
        if (kind.twins()) {
            SampleSchedules.of(number, request.steps())
                    .forEach((name, schedule) ->
                            branches.add(Branch.deciding(name, spec -> twin(spec, schedule), EXPECTED_COST)));
            Schedule stored = Schedule.parse("LSL", request.steps(), pair.storedProfile());
            branches.add(Branch.deciding(STORED, spec -> StaticPolicy.of(stored, Reason.SCHEDULE), EXPECTED_COST));
        }
        known.filter(calibration -> kind.promises()).ifPresent(calibration -> {
            VideoRequest fixed = request.withSpeedup(SOME_SPEEDUP);
            BUDGETS.forEach(budget -> branches.add(trial("adaptive", request, calibration, budget)));
            FIXED_BUDGETS.forEach(budget -> branches.add(trial("fixed", fixed, calibration, budget)));
        });
        this.replay = pair.replay(request, branches, kind.readings());
    }

    private SwitchPolicy twin(SamplingSpec spec, Schedule schedule) {
        return StaticPolicy.of(
                schedule,
                Reason.SCHEDULE,
                known.map(calibration ->
                        new StepErrors(calibration, spec.schedule().sigmas())));
    }

    private Branch trial(String kind, VideoRequest tried, Calibration calibration, double budget) {
        String name = kind + " " + budget;
        return Branch.deciding(
                name,
                spec -> {
                    RequestControl control = pair.trial(tried, calibration, budget);
                    trials.put(name, new Trial(tried, control));
                    return control;
                },
                EXPECTED_COST);
    }

    int number() {
        return number;
    }

    VideoRequest request() {
        return request;
    }

    /** Goes on until all is measured or it shall give way; says whether all is. */
    boolean advance(BooleanSupplier giveWay) {
        return replay.advance(giveWay);
    }

    /** Share of the work that is done, 0..1. */
    double fractionDone() {
        return replay.fractionDone();
    }

    /** Seconds spent in both models so far. */
    double seconds() {
        return replay.seconds();
    }

    /**
     * What was measured; once all is.
     *
     * @param at now, seconds since 1970
     */
    MeasuredSample measured(long at) {
        Replay.Result result = replay.result();
        Conditions conditions = pair.conditions(request);
        List<TwinRun> twins = new ArrayList<>();
        List<PromiseSample> promises = new ArrayList<>();
        double stored = Double.NaN;
        for (Replay.Outcome outcome : result.outcomes()) {
            if (outcome.deviation().isEmpty()) {
                continue;
            }
            double deviation = bounded(outcome.deviation().getAsDouble());
            stored = outcome.branch().equals(STORED) ? deviation : stored;
            Trial trial = trials.get(outcome.branch());
            if (trial != null) {
                promise(conditions, trial, deviation, at).ifPresent(promises::add);
            }
            result.readings().ifPresent(run -> twin(conditions, run, outcome.decisions(), deviation, at)
                    .ifPresent(twins::add));
        }
        return new MeasuredSample(
                number,
                pair.fingerprint(),
                request.prompt(),
                request.seed(),
                conditions,
                new Trace(result.large()).sigmas(),
                result.readings().map(SampleReadings::of).orElse(List.<AnchorReading>of()),
                twins,
                promises,
                stored,
                at,
                replay.seconds());
    }

    private static Optional<TwinRun> twin(
            Conditions conditions, RunReadings run, List<Decision> decisions, double deviation, long at) {
        List<TwinRun.Step> steps = SampleReadings.injected(run, decisions);
        boolean known = steps.stream().allMatch(step -> Double.isFinite(step.residual()));
        return steps.isEmpty() || !known
                ? Optional.empty()
                : Optional.of(new TwinRun(conditions, steps, deviation, at));
    }

    private Optional<PromiseSample> promise(Conditions conditions, Trial trial, double deviation, long at) {
        OptionalDouble predicted = trial.control().predictedDeviation();
        if (predicted.isEmpty() || predicted.getAsDouble() <= 0) {
            return Optional.empty();
        }
        String mix = pair.mix(trial.request(), known.orElseThrow());
        return Optional.of(new PromiseSample(
                conditions.bucket(),
                new PromiseCurve.Sample(
                        request.steps(), mix, Math.min(MOST_DEVIATION, predicted.getAsDouble()), deviation),
                at));
    }

    /** A deviation that can be learned from. */
    static double bounded(double deviation) {
        return Double.isFinite(deviation) ? Math.min(MOST_DEVIATION, deviation) : MOST_DEVIATION;
    }

    @Override
    public void close() {
        replay.close();
    }
}

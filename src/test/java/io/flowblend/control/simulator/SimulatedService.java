package io.flowblend.control.simulator;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.ControlLimits;
import io.flowblend.control.Decision;
import io.flowblend.control.MoveCosts;
import io.flowblend.control.Policies;
import io.flowblend.control.PolicyRequest;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.RequestControl;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.control.plan.StepErrors;
import io.flowblend.evidence.Calibrations;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.PromiseSample;
import io.flowblend.evidence.RequestReadings;
import io.flowblend.evidence.TwinRun;
import io.flowblend.learning.CalibrationPlan;
import io.flowblend.learning.LearningSettings;
import io.flowblend.learning.SampleReadings;
import io.flowblend.learning.SampleSchedules;
import io.flowblend.replay.RunReadings;
import io.flowblend.tuning.Profiles;
import io.flowblend.tuning.TuningProfile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The service around a simulated pair, made of the product's own parts: samples and promise samples as a calibration takes
 * them, the product's fits and states, a shipped profile, requests that are learned from. Only the models are simulated.
 */
public final class SimulatedService {
    private static final double SMALL_COST = 0.15;
    private static final List<Double> BUDGETS = List.of(0.008, 0.015, 0.03, 0.06, 0.12, 0.2, 0.35);
    /** Gains of the samples' schedules are those of the last fit. */
    private static final int SAMPLES_PER_FIT = 8;

    private static final StoredProfile STORED = new StoredProfile(0.25, 0.25);

    private final SimulatedPair pair;
    private final TuningProfile profile;
    private final LearningRules rules;
    private final Calibrations calibrations = new Calibrations();
    private final Policies policies = new Policies();
    private PairEvidence evidence = PairEvidence.unknown("simulated", "");
    private Optional<Calibration> fitted = Optional.empty();
    private int samples;
    private long time;

    public SimulatedService(SimulatedPair pair, TuningProfile profile) {
        this.pair = pair;
        this.profile = profile;
        this.rules = LearningSettings.rules(profile.learning());
    }

    /** With a calibration at these step counts, the first of which is that of the samples. */
    public static SimulatedService calibrated(Scenario scenario, TuningProfile profile, int... stepCounts) {
        SimulatedService service = new SimulatedService(new SimulatedPair(scenario, 1), profile);
        service.calibrate(12, stepCounts);
        return service;
    }

    /** The same with another profile. */
    public SimulatedService with(TuningProfile other) {
        SimulatedService service = new SimulatedService(pair, other);
        service.evidence = evidence;
        return service;
    }

    public static TuningProfile profile(String name) {
        return Profiles.open(Optional.empty(), name).inForce().active();
    }

    /** With guidance LARGE's conditional pass alone is half a step. */
    public MoveCosts costs() {
        return new MoveCosts(SMALL_COST, pair.scenario().guidance() == 1 ? 1 : 0.5);
    }

    public SimulatedPair pair() {
        return pair;
    }

    public PairEvidence evidence() {
        return evidence;
    }

    private Conditions conditions(int steps) {
        return new Conditions(pair.scenario().guidance(), steps, "euler", 64 * 64, 17, false);
    }

    public PairState state() {
        return evidence.state(conditions(40));
    }

    /** As a calibration run does: one half of the samples for the sources, the other for promises at each step count. */
    public void calibrate(long seed, int... stepCounts) {
        SimulatedPair.Prompts prompts = pair.prompts(seed);
        for (int i = 0; i < CalibrationPlan.USUAL / 2; i++) {
            sample(prompts.next(), stepCounts[0]);
        }
        for (int i = 0; i < CalibrationPlan.USUAL / 2; i++) {
            SimulatedPair.Prompt prompt = prompts.next();
            for (int steps : stepCounts) {
                promise(prompt, steps);
            }
        }
    }

    /** Learns what the sources do on one prompt. */
    public void sample(SimulatedPair.Prompt prompt, int steps) {
        double[] sigmas = VectorRun.sigmas(steps);
        double[] reference = VectorRun.reference(pair, prompt, sigmas);
        RunReadings run = readings(prompt, sigmas);
        Conditions conditions = conditions(steps);
        if (samples % SAMPLES_PER_FIT == 1) {
            fitted = Optional.of(calibrations.of(evidence, conditions));
        }
        Optional<StepErrors> errors = fitted.map(known -> new StepErrors(known, sigmas));
        List<TwinRun> twins = new ArrayList<>();
        for (Schedule schedule : SampleSchedules.of(samples++, steps).values()) {
            VectorRun.Finished twin =
                    VectorRun.run(pair, prompt, sigmas, StaticPolicy.of(schedule, Reason.SCHEDULE, errors));
            List<Decision> decisions =
                    twin.readings().stream().map(Reading::decision).toList();
            List<TwinRun.Step> injected = SampleReadings.injected(run, decisions);
            if (!injected.isEmpty() && injected.stream().allMatch(step -> Double.isFinite(step.residual()))) {
                twins.add(new TwinRun(conditions, injected, twin.deviation(reference), time));
            }
        }
        List<Double> levels = Arrays.stream(sigmas).boxed().toList();
        evidence = evidence.learned(
                        new RequestReadings(conditions, levels, SampleReadings.of(run), List.of(), time), rules)
                .learned(twins, List.of(), time, rules);
    }

    private RunReadings readings(SimulatedPair.Prompt prompt, double[] sigmas) {
        int steps = sigmas.length - 1;
        Map<Source, double[][]> unknown = new EnumMap<>(Source.class);
        unknown.put(Source.REUSED, new double[steps][]);
        unknown.put(Source.SMALL, new double[steps][]);
        boolean guided = pair.scenario().guidance() != 1;
        double[][] conditional = new double[steps][];
        if (guided) {
            unknown.put(Source.GUIDANCE_REUSED, conditional);
        }
        double[] squares = new double[steps];
        double[] x = prompt.noise().clone();
        for (int step = 0; step < steps; step++) {
            double[] large = pair.large(prompt, x, sigmas[step]);
            squares[step] = VectorAnchor.dot(large, large);
            unknown.get(Source.REUSED)[step] = large;
            unknown.get(Source.SMALL)[step] = VectorAnchor.difference(large, pair.small(prompt, x, sigmas[step]));
            if (guided) {
                conditional[step] = VectorAnchor.difference(large, pair.conditional(prompt, x, sigmas[step]));
            }
            for (int i = 0; i < x.length; i++) {
                x[i] += (sigmas[step + 1] - sigmas[step]) * large[i];
            }
        }
        Map<Source, double[][]> products = new EnumMap<>(Source.class);
        unknown.forEach((source, w) -> products.put(
                source,
                Arrays.stream(w)
                        .map(a -> Arrays.stream(w)
                                .mapToDouble(b -> VectorAnchor.dot(a, b))
                                .toArray())
                        .toArray(double[][]::new)));
        return new RunReadings(Arrays.copyOf(sigmas, steps), products, squares);
    }

    /** Learns what the adaptive policy comes to on one prompt. */
    public void promise(SimulatedPair.Prompt prompt, int steps) {
        double[] sigmas = VectorRun.sigmas(steps);
        double[] reference = VectorRun.reference(pair, prompt, sigmas);
        Conditions conditions = conditions(steps);
        Calibration known = calibrations.of(evidence, conditions);
        PolicyRequest request =
                request(PairState.ADAPTIVE, Optional.of(known), steps, PolicyRequest.Goal.ofQuality(0.5), 1);
        List<PromiseSample> promises = new ArrayList<>();
        for (double budget : BUDGETS) {
            RequestControl control = policies.trial(request, budget);
            double deviation = VectorRun.run(pair, prompt, sigmas, control).deviation(reference);
            double predicted = control.predictedDeviation().orElse(0);
            if (predicted > 0) {
                promises.add(new PromiseSample(
                        conditions.bucket(),
                        new PromiseCurve.Sample(steps, policies.mix(request), predicted, deviation),
                        time));
            }
        }
        evidence = evidence.learned(List.of(), promises, time, rules);
    }

    private PolicyRequest request(
            PairState state, Optional<Calibration> known, int steps, PolicyRequest.Goal goal, long turn) {
        ControlLimits limits = profile.limits();
        return new PolicyRequest(
                "adaptive",
                "",
                VectorRun.sigmas(steps),
                goal,
                limits,
                new PolicyRequest.Knowledge(state, known, "", STORED),
                costs(),
                turn,
                turn % profile.exploreEvery() == 0);
    }

    /** The request as the service would see it now. */
    public PolicyRequest request(int steps, double quality, long turn) {
        Conditions conditions = conditions(steps);
        PairState state = evidence.state(conditions);
        Optional<Calibration> known =
                state == PairState.COLD ? Optional.empty() : Optional.of(calibrations.of(evidence, conditions));
        return request(state, known, steps, PolicyRequest.Goal.ofQuality(quality), turn);
    }

    /** Serves one request by models that may be others than those that were calibrated. */
    public VectorRun.Finished serve(
            SimulatedPair models, SimulatedPair.Prompt prompt, int steps, double quality, long turn) {
        RequestControl control = policies.create(request(steps, quality, turn));
        return VectorRun.run(models, prompt, VectorRun.sigmas(steps), control);
    }

    /** Serves one request and learns from what its steps read. */
    public VectorRun.Finished serveAndLearn(
            SimulatedPair models, SimulatedPair.Prompt prompt, int steps, double quality, long turn) {
        VectorRun.Finished run = serve(models, prompt, steps, quality, turn);
        List<AnchorReading> read = run.readings().stream()
                .flatMap(reading -> reading.sources().stream())
                .filter(AnchorReading::isFinite)
                .toList();
        List<RequestReadings.Probe> probes = run.readings().stream()
                .filter(reading -> reading.divergence().isPresent())
                .map(reading -> new RequestReadings.Probe(
                        reading.step().sigma(), reading.divergence().orElseThrow()))
                .toList();
        List<Double> levels = Arrays.stream(VectorRun.sigmas(steps)).boxed().toList();
        evidence = evidence.learned(new RequestReadings(conditions(steps), levels, read, probes, ++time), rules);
        return run;
    }
}

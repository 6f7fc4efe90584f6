package io.flowblend.control;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.divergence.VelocityDivergence;
import java.util.Optional;
import java.util.OptionalDouble;

/** Makes the policy of a request. */
public final class Policies {
    private Policies() {}

    /**
     * @throws IllegalArgumentException saying what was expected, if policy or schedule cannot be done
     */
    public static RequestControl create(PolicyRequest request) {
        int steps = request.steps();
        double early = request.stored().early();
        double late = request.stored().late();
        return switch (request.policy()) {
            case "adaptive" -> adaptive(request);
            case "static" -> fixed(request, StaticPolicy.of(request.schedule(), steps, early, late));
            case "large" -> fixed(request, StaticPolicy.of("LLL", steps, early, late));
            case "small" -> fixed(request, StaticPolicy.of("SSS", steps, early, late));
            default -> throw new IllegalArgumentException(
                    "policy must be adaptive, static, large or small, not '" + request.policy() + "'");
        };
    }

    private static RequestControl fixed(PolicyRequest request, StaticPolicy policy) {
        boolean allLarge = true;
        for (int step = 0; step < request.steps(); step++) {
            allLarge &= policy.role(step) == Role.LARGE;
        }
        return control(request, policy, usableModel(request), allLarge ? OptionalDouble.of(0) : OptionalDouble.empty());
    }

    private static RequestControl adaptive(PolicyRequest request) {
        Optional<Fallback.Cause> distrust = distrust(request);
        if (distrust.isPresent()) {
            return learning(request, distrust.get());
        }
        DeviationModel model = usableModel(request).orElseThrow();
        AdaptivePolicy policy = new AdaptivePolicy(
                model, request.profile(), request.sigmas(), request.quality(), request.smallCost(), request.stored());
        SwitchPolicy shown = request.profile().shadow() ? new ShadowPolicy(policy) : policy;
        return new RequestControl(
                shown,
                Optional.of(model),
                policy::factors,
                OptionalDouble.of(model.promise(request.quality(), request.steps())));
    }

    /** LARGE serves what was never seen; the stored profile what it was measured for, or what the curve no longer fits. */
    private static RequestControl learning(PolicyRequest request, Fallback.Cause cause) {
        boolean measured =
                request.calibration().flatMap(Calibration::storedProfile).isPresent();
        boolean known = cause == Fallback.Cause.DRIFT || cause == Fallback.Cause.STALE_FINGERPRINT;
        int steps = request.steps();
        StaticPolicy schedule = measured || known
                ? StaticPolicy.storedProfile(
                        new Fallback(cause, 0, Fallback.Target.STORED_PROFILE),
                        steps,
                        request.stored().early(),
                        request.stored().late())
                : StaticPolicy.large(new Fallback(cause, 0, Fallback.Target.LARGE), steps);
        LearningPolicy policy = new LearningPolicy(
                schedule,
                request.calibration(),
                request.sigmas(),
                request.profile().learningProbes());
        return control(
                request,
                policy,
                usableModel(request),
                schedule.hasSmall() ? OptionalDouble.empty() : OptionalDouble.of(0));
    }

    private static RequestControl control(
            PolicyRequest request, SwitchPolicy policy, Optional<DeviationModel> model, OptionalDouble promise) {
        SwitchPolicy shown = request.profile().shadow() ? new ShadowPolicy(policy) : policy;
        return new RequestControl(shown, model, () -> Factors.TYPICAL, promise);
    }

    private static Optional<DeviationModel> usableModel(PolicyRequest request) {
        return request.calibration()
                .filter(calibration -> calibration.fits(request.fingerprint()))
                .map(DeviationModel::new);
    }

    /** Why the calibration cannot decide this run, if it cannot. */
    private static Optional<Fallback.Cause> distrust(PolicyRequest request) {
        if (request.calibration().isEmpty()) {
            return Optional.of(Fallback.Cause.NOT_CALIBRATED);
        }
        Calibration calibration = request.calibration().get();
        if (!calibration.fits(request.fingerprint())) {
            return Optional.of(Fallback.Cause.STALE_FINGERPRINT);
        }
        switch (request.state()) {
            case COLD -> {
                return Optional.of(Fallback.Cause.NOT_CALIBRATED);
            }
            case LEARNING -> {
                return Optional.of(Fallback.Cause.TOO_FEW_SAMPLES);
            }
            case DRIFTED -> {
                return Optional.of(Fallback.Cause.DRIFT);
            }
            case ADAPTIVE -> {
                // What follows looks at the steps of this run.
            }
        }
        DeviationModel model = new DeviationModel(calibration);
        for (int step = request.profile().headSteps(request.steps()); step < request.steps(); step++) {
            if (model.samples(request.sigmas()[step]) < request.profile().minSamples()) {
                return Optional.of(Fallback.Cause.TOO_FEW_SAMPLES);
            }
        }
        return Optional.empty();
    }

    /**
     * Cost of the run, in large steps, if every probe reads what the curve says; probes included.
     */
    public static double plannedCost(PolicyRequest request) {
        RequestControl control = create(request);
        double cost = 0;
        for (int index = 0; index < request.steps(); index++) {
            Step step = request.step(index);
            Decision decision = control.decide(step);
            cost += switch (decision.role()) {
                case LARGE -> 1;
                case SMALL -> request.smallCost();
                case REUSED -> 0;
            };
            if (decision.probe()) {
                cost += request.smallCost();
                double expected =
                        usableModel(request).map(m -> m.expected(step.sigma())).orElse(0.0);
                control.observe(Reading.of(step, new VelocityDivergence(0, expected, 0)));
            }
        }
        return cost;
    }

    /**
     * The highest quality, in hundredths, whose planned cost is at most that of LARGE alone divided by the speedup; 0 if none
     * is that cheap. Tried from the top: a probe more or less makes the cost not quite monotone, which would lead a
     * bisection astray.
     *
     * @param request an adaptive one; its own quality does not matter
     * @param speedup 1 and up
     */
    public static double qualityForSpeedup(PolicyRequest request, double speedup) {
        if (!(speedup >= 1)) {
            throw new IllegalArgumentException("speedup must be 1 or more, not " + speedup);
        }
        double allowed = request.steps() / speedup;
        for (int hundredths = 100; hundredths > 0; hundredths--) {
            double quality = hundredths / 100.0;
            if (plannedCost(request.withQuality(quality)) <= allowed) {
                return quality;
            }
        }
        return 0;
    }
}

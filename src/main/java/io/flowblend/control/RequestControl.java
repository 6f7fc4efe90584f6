package io.flowblend.control;

import io.flowblend.calibration.DeviationModel;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * A policy for one request, with what every policy needs around it: LARGE to the end once the small model failed, and
 * account of the deviation that the steps made so far lead to.
 */
public final class RequestControl implements SwitchPolicy {
    private final SwitchPolicy policy;
    private final Optional<DeviationModel> model;
    private final Optional<SpentError> spent;
    private final Supplier<Factors> factors;
    private final OptionalDouble promise;
    private boolean anyCheap;
    private Optional<Fallback> failure = Optional.empty();

    /**
     * @param model empty if nothing can be predicted for the models as they are
     * @param promise deviation that was promised, where one was
     */
    RequestControl(
            SwitchPolicy policy, Optional<DeviationModel> model, Supplier<Factors> factors, OptionalDouble promise) {
        this.policy = policy;
        this.model = model;
        this.spent = model.map(SpentError::new);
        this.factors = factors;
        this.promise = promise;
    }

    @Override
    public Decision decide(Step step) {
        Decision decision = failure.isPresent() ? Decision.large(Reason.SMALL_FAILED) : policy.decide(step);
        spent.ifPresent(sum -> sum.add(step, decision.role()));
        anyCheap |= decision.role() != Role.LARGE;
        return decision;
    }

    @Override
    public void observe(Reading reading) {
        boolean usable = reading.divergence().filter(d -> d.isFinite()).isPresent();
        if (usable) {
            policy.observe(reading);
        } else if (failure.isEmpty()) {
            failure = Optional.of(
                    new Fallback(Fallback.Cause.SMALL_FAILED, reading.step().index(), Fallback.Target.LARGE));
            spent.ifPresent(SpentError::smallFailed);
        }
    }

    @Override
    public Optional<Fallback> fallback() {
        return failure.isPresent() ? failure : policy.fallback();
    }

    /** rho that the probes so far speak for; 1 if the policy has no opinion. */
    public double requestFactor() {
        return factors.get().small();
    }

    @Override
    public boolean wantsMotion() {
        return policy.wantsMotion();
    }

    @Override
    public double extrapolation() {
        return policy.extrapolation();
    }

    @Override
    public void advanced(VelocityChange motion) {
        policy.advanced(motion);
    }

    /**
     * Deviation from LARGE alone that 95 % of such requests stay below; empty where the policy promises none, or no longer
     * does because the stored profile took over.
     */
    public OptionalDouble promisedDeviation() {
        boolean takenOver = policy.fallback()
                .filter(fallback -> fallback.to() == Fallback.Target.STORED_PROFILE)
                .isPresent();
        return takenOver ? OptionalDouble.empty() : promise;
    }

    /** Deviation predicted for the steps decided so far; empty if the pair has no usable calibration. */
    public OptionalDouble predictedDeviation() {
        if (!anyCheap) {
            return OptionalDouble.of(0);
        }
        return model.map(m -> OptionalDouble.of(m.deviation(spent.orElseThrow().total(factors.get()))))
                .orElse(OptionalDouble.empty());
    }
}

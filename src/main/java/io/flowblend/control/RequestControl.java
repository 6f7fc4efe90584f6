package io.flowblend.control;

import io.flowblend.calibration.Calibration;
import io.flowblend.control.plan.ErrorLedger;
import io.flowblend.control.plan.RequestDifficulty;
import io.flowblend.control.plan.StepErrors;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A policy for one request, with what every policy needs around it: LARGE to the end once SMALL has failed, and account of
 * the deviation that the steps made so far lead to.
 */
public final class RequestControl implements SwitchPolicy {
    private final SwitchPolicy policy;
    private final Optional<Promise> promise;
    private final Optional<StepErrors> errors;
    private final RequestDifficulty difficulty;
    private final Optional<ErrorLedger> executed;
    private final Optional<Fallback> fallback;
    private boolean onlyLarge = true;
    private Optional<Fallback> failure = Optional.empty();

    /**
     * @param errors what the calibration says about the run; empty if nothing can be predicted for the models as they are
     * @param difficulty how hard the request is, as the policy finds out
     */
    RequestControl(
            SwitchPolicy policy, Optional<Promise> promise, Optional<StepErrors> errors, RequestDifficulty difficulty) {
        this(policy, promise, errors, difficulty, Optional.empty());
    }

    /** @param fallback that the request begins under */
    RequestControl(
            SwitchPolicy policy,
            Optional<Promise> promise,
            Optional<StepErrors> errors,
            RequestDifficulty difficulty,
            Optional<Fallback> fallback) {
        this.fallback = fallback;
        this.policy = policy;
        this.promise = promise;
        this.errors = errors;
        this.difficulty = difficulty;
        this.executed = errors.map(ErrorLedger::new);
    }

    @Override
    public Decision decide(Step step) {
        return failure.map(cause -> Decision.large(Reason.NON_FINITE).under(cause))
                .orElseGet(() -> policy.decide(step));
    }

    @Override
    public void observe(Reading reading) {
        Move made = reading.decision().move();
        onlyLarge &= made.isLarge();
        executed.filter(ledger -> made.isLarge() || ledger.knows(made)).ifPresent(ledger -> ledger.add(made));
        if (failure.isPresent()) {
            return;
        }
        if (reading.smallFailed()) {
            failure = Optional.of(
                    new Fallback(Fallback.Cause.SMALL_FAILED, reading.step().index(), Fallback.Target.LARGE));
        } else {
            policy.observe(reading);
        }
    }

    /** The fallback that the request began under, if any. */
    public Optional<Fallback> fallsBack() {
        return fallback;
    }

    /** What is promised; empty where nothing is. */
    public Optional<Promise> promise() {
        return promise;
    }

    /** Deviation predicted for the steps made so far; empty if the pair has no usable calibration. */
    public OptionalDouble predictedDeviation() {
        if (onlyLarge) {
            return OptionalDouble.of(0);
        }
        Optional<Calibration> calibration = errors.map(StepErrors::calibration);
        return calibration
                .map(known ->
                        OptionalDouble.of(known.deviation(executed.orElseThrow().total(difficulty))))
                .orElse(OptionalDouble.empty());
    }
}

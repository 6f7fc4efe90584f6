package io.flowblend.control.rival;

import io.flowblend.control.Fallback;
import io.flowblend.control.Reading;
import io.flowblend.control.SwitchPolicy;
import java.util.Optional;

/** A policy that never compares the two models: it decides from the motion of the run, and falls back to nothing. */
abstract class UnprobedPolicy implements SwitchPolicy {
    @Override
    public final void observe(Reading reading) {
        // Without probes there is only a failing SMALL to hear of, and the loop lets LARGE make that step.
    }

    @Override
    public final Optional<Fallback> fallback() {
        return Optional.empty();
    }

    /** The caches take a velocity as it was. */
    @Override
    public final double extrapolation() {
        return 0;
    }

    @Override
    public final boolean wantsMotion() {
        return true;
    }
}

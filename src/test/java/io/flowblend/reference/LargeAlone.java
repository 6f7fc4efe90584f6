package io.flowblend.reference;

import io.flowblend.control.Decision;
import io.flowblend.control.Fallback;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import java.util.Optional;

/** What diffusers does: one model makes every step. */
final class LargeAlone implements SwitchPolicy {
    @Override
    public Decision decide(Step step) {
        return Decision.large(Reason.SCHEDULE);
    }

    @Override
    public void observe(Reading reading) {
        throw new AssertionError("nothing is probed");
    }

    @Override
    public Optional<Fallback> fallback() {
        return Optional.empty();
    }
}

package io.flowblend.sampling;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.control.Decision;
import io.flowblend.control.Reading;
import io.flowblend.control.Step;
import io.flowblend.divergence.VelocityDivergence;
import java.util.List;
import java.util.Optional;

/**
 * One line of a trace.
 *
 * @param reading what the step showed to the policy. The readings of all lines restore a policy
 * @param largeSeconds time in the large model's forward, 0 if it did not run
 * @param smallSeconds time in the small model's forward, 0 if it did not run; on a probe by models on two devices
 *     it is the same time as the large one's
 * @param flops total floating point operations of all forwards of the step, guidance included
 */
public record StepRecord(Reading reading, double largeSeconds, double smallSeconds, double flops) {
    /** Index and noise levels. */
    public Step step() {
        return reading.step();
    }

    /** What the step did and why; where SMALL failed, what was done instead. */
    public Decision decision() {
        return reading.decision();
    }

    /** What a probe measured. */
    public Optional<VelocityDivergence> divergence() {
        return reading.divergence();
    }

    /** What the unknown parts of the tracked sources were. */
    public List<AnchorReading> sources() {
        return reading.sources();
    }
}

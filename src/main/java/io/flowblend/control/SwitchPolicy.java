package io.flowblend.control;

/**
 * Decides what each step of one request does. Called in the order of the steps: {@link #decide} before a step,
 * {@link #observe} after it. Deterministic: the same calls give the same answers, so a policy is restored by giving a new
 * one the readings of the steps that were made.
 */
public interface SwitchPolicy {
    Decision decide(Step step);

    /** What the step that was just decided showed. */
    void observe(Reading reading);
}

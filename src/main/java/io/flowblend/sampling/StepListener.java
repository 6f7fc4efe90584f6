package io.flowblend.sampling;

/** Hears of every step as soon as it is made. An exception from it ends the run between two steps. */
@FunctionalInterface
public interface StepListener {
    StepListener NONE = step -> {};

    void onStep(StepRecord step);
}

package io.flowblend.pipeline;

import io.flowblend.control.Promise;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What the controller makes of a finished video's readings under some tuning profile; nothing is run.
 *
 * @param schedule one letter a step
 * @param compute cost of the steps over that of LARGE alone
 * @param promise empty where nothing is promised
 * @param predictedDeviation empty if the pair has no usable calibration
 */
public record DecidedAgain(
        String schedule, double compute, Optional<Promise> promise, OptionalDouble predictedDeviation) {}

package io.flowblend.pipeline;

import io.flowblend.control.Promise;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a quality comes to for one request, if its readings are as usual; nothing is run.
 *
 * @param quality 0..1
 * @param schedule one letter a step
 * @param compute cost of the steps over that of LARGE alone
 * @param seconds of the whole video, its waiting apart, by this worker's own figures; empty until it has any
 * @param promise empty where nothing is promised
 */
public record PlannedQuality(
        double quality, String schedule, double compute, OptionalDouble seconds, Optional<Promise> promise) {}

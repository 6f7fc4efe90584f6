package io.flowblend.pipeline;

import io.flowblend.request.RequestResolver;
import io.flowblend.request.VideoRequest;
import java.util.OptionalDouble;

/** What speedups lead to on this worker. */
record Speedups(PairPolicies policies) implements RequestResolver.SpeedupKnob {
    @Override
    public OptionalDouble quality(VideoRequest request) {
        return policies.planForSpeedup(request)
                .map(planned -> OptionalDouble.of(planned.quality()))
                .orElse(OptionalDouble.empty());
    }

    @Override
    public double largest(VideoRequest request) {
        return policies.largestSpeedup(request);
    }
}

package io.flowblend.api.wire;

import io.flowblend.control.Fallback;

/**
 * That the controller gave up deciding.
 *
 * @param reason for example {@code too_few_samples}
 * @param step index of the first step that {@code to} decided
 * @param to {@code stored_profile} or {@code large}
 */
public record FallbackObject(String reason, int step, String to) {
    public static FallbackObject of(Fallback fallback) {
        return new FallbackObject(Values.lower(fallback.cause()), fallback.step(), Values.lower(fallback.to()));
    }
}

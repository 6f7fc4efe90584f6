package io.flowblend.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.flowblend.api.security.Caller;
import io.flowblend.api.wire.ApiError;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    private static final Caller ALICE = new Caller("alice", Caller.Role.USER);
    private static final Caller BOB = new Caller("bob", Caller.Role.USER);

    private long nanos;

    @Test
    void refusesMoreThanAMinutesWorthAndSaysWhenTheNextIsTaken() {
        RateLimit limit = new RateLimit(6, () -> nanos);
        for (int i = 0; i < 6; i++) {
            limit.take(ALICE);
        }
        ApiError refused = assertThrows(ApiError.class, () -> limit.take(ALICE));
        assertEquals(429, refused.status());
        assertEquals(Map.of("Retry-After", "10"), refused.headers());
        limit.take(BOB);

        nanos += Duration.ofSeconds(10).toNanos();
        limit.take(ALICE);
        assertThrows(ApiError.class, () -> limit.take(ALICE));

        nanos += Duration.ofHours(1).toNanos();
        for (int i = 0; i < 6; i++) {
            limit.take(ALICE);
        }
        assertThrows(ApiError.class, () -> limit.take(ALICE));
    }

    @Test
    void takesEverythingWithoutALimit() {
        RateLimit limit = new RateLimit(0, () -> nanos);
        for (int i = 0; i < 1000; i++) {
            limit.take(ALICE);
        }
    }
}

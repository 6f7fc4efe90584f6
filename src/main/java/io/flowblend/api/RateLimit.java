package io.flowblend.api;

import io.flowblend.api.security.Caller;
import io.flowblend.api.wire.ApiError;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * How many videos a key may ask for: a bucket a key, which holds a minute's worth of tokens and fills evenly; each request
 * takes one. There are as many buckets as keys are configured.
 */
@ApplicationScoped
public class RateLimit {
    private static final double MINUTE = Duration.ofMinutes(1).toNanos();

    private final int perMinute;
    private final LongSupplier nanos;
    private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

    @Inject
    RateLimit(FlowBlendConfig config) {
        this(config.queue().requestsPerMinute(), System::nanoTime);
    }

    /** @param perMinute 0: without a limit */
    RateLimit(int perMinute, LongSupplier nanos) {
        this.perMinute = perMinute;
        this.nanos = nanos;
    }

    /**
     * Takes a token.
     *
     * @throws ApiError 429 if none is left
     */
    void take(Caller caller) {
        if (perMinute == 0) {
            return;
        }
        double missing = buckets.computeIfAbsent(caller.name(), name -> new Bucket(perMinute, nanos.getAsLong()))
                .take(nanos.getAsLong());
        if (missing > 0) {
            long seconds =
                    (long) Math.ceil(missing / perMinute * Duration.ofMinutes(1).toSeconds());
            throw ApiError.of(429, "rate_limit_exceeded", "This key may ask for " + perMinute + " videos a minute.")
                    .with("Retry-After", Long.toString(Math.max(1, seconds)));
        }
    }

    private final class Bucket {
        private double tokens;
        private long at;

        Bucket(double tokens, long at) {
            this.tokens = tokens;
            this.at = at;
        }

        /** Takes a token; says what is missing for one if there is none, else 0. */
        synchronized double take(long now) {
            tokens = Math.min(perMinute, tokens + (now - at) / MINUTE * perMinute);
            at = now;
            if (tokens < 1) {
                return 1 - tokens;
            }
            tokens--;
            return 0;
        }
    }
}

package io.flowblend.api.security;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Slows down whoever tries keys: an address that sent {@link #MOST} wrong ones within a minute has its unknown keys refused
 * unseen until that minute is over. A key that was right from that address before still is, so that those who share an
 * address with a guesser (behind a proxy) can go on.
 */
final class WrongKeys {
    static final int MOST = 20;
    static final Duration PERIOD = Duration.ofMinutes(1);

    /** Addresses and keys that are remembered. */
    private static final int REMEMBERED = 10_000;

    private final LongSupplier nanos;
    private final Map<String, Count> wrong = bounded();
    private final Map<String, Boolean> right = bounded();

    private record Count(long since, int times) {}

    /** @param nanos a clock that never steps */
    WrongKeys(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Whether a key from {@code address} is looked at. */
    synchronized boolean isHeard(String address, String token) {
        Count count = wrong.get(address);
        return count == null
                || count.times() < MOST
                || nanos.getAsLong() - count.since() >= PERIOD.toNanos()
                || right.containsKey(place(address, token));
    }

    synchronized void right(String address, String token) {
        right.put(place(address, token), true);
    }

    synchronized void wrong(String address) {
        long now = nanos.getAsLong();
        wrong.compute(
                address,
                (same, count) -> count == null || now - count.since() >= PERIOD.toNanos()
                        ? new Count(now, 1)
                        : new Count(count.since(), count.times() + 1));
    }

    /** A key is remembered by its hash alone. */
    private static String place(String address, String token) {
        return address + " " + ApiKeys.hashOf(token);
    }

    private static <T> Map<String, T> bounded() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
                return size() > REMEMBERED;
            }
        };
    }
}

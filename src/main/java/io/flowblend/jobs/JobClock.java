package io.flowblend.jobs;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The time, by three clocks. {@link #now()} is the wall clock, for what people read. {@link #steady()} runs on from where
 * the wall clock stood at the start, whatever becomes of that: the queue waits by it. {@link #checked()} follows the wall
 * clock backwards at once and forwards only after it has stood by a step for {@link #CONFIRMATION}: videos expire by it, so
 * that a wrong clock deletes nothing.
 */
final class JobClock {
    /** A step that is not worth a word, and the longest that is followed at once. */
    static final Duration TOLERANCE = Duration.ofMinutes(1);
    /** How long the wall clock has to stand by a step ahead. */
    static final Duration CONFIRMATION = Duration.ofHours(6);

    private static final System.Logger LOG = System.getLogger(JobClock.class.getName());

    private final Clock wall;
    private final Steady steady;
    /** What the checked time is ahead of the steady time. */
    private Duration offset = Duration.ZERO;

    private @Nullable Instant aheadSince;

    JobClock(Clock wall) {
        this(wall, System::nanoTime);
    }

    /** @param nanos a clock that never steps, from any origin */
    JobClock(Clock wall, LongSupplier nanos) {
        this.wall = wall;
        this.steady = new Steady(wall.instant(), nanos, nanos.getAsLong());
    }

    /** The wall clock, as exact as the database keeps it. */
    Instant now() {
        return wall.instant().truncatedTo(ChronoUnit.MICROS);
    }

    Clock steady() {
        return steady;
    }

    /** Goes on from when the service was last seen: what the wall clock is ahead of that has to be confirmed too. */
    synchronized void resume(Instant lastSeen) {
        Duration away = Duration.between(lastSeen, steady.instant());
        if (away.compareTo(CONFIRMATION) > 0) {
            offset = away.negated();
        }
    }

    synchronized Instant checked() {
        Instant time = steady.instant();
        Duration ahead = Duration.between(time.plus(offset), wall.instant());
        if (ahead.compareTo(TOLERANCE) <= 0) {
            offset = offset.plus(ahead);
            aheadSince = null;
        } else if (aheadSince == null) {
            aheadSince = time;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The clock is ahead by {0} s of what the service saw pass. If it is right, videos expire by it in {1} hours",
                    ahead.toSeconds(),
                    CONFIRMATION.toHours());
        } else if (Duration.between(aheadSince, time).compareTo(CONFIRMATION) >= 0) {
            offset = offset.plus(ahead);
            aheadSince = null;
        }
        return time.plus(offset).truncatedTo(ChronoUnit.MICROS);
    }

    private static final class Steady extends Clock {
        private final Instant origin;
        private final LongSupplier nanos;
        private final long first;

        Steady(Instant origin, LongSupplier nanos, long first) {
            this.origin = origin;
            this.nanos = nanos;
            this.first = first;
        }

        @Override
        public Instant instant() {
            return origin.plusNanos(nanos.getAsLong() - first);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}

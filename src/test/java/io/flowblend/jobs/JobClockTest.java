package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class JobClockTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private Instant wall = START;
    private long nanos = 17;
    private final JobClock clock = new JobClock(new Wall(), () -> nanos);

    private void pass(Duration time) {
        wall = wall.plus(time);
        nanos += time.toNanos();
    }

    @Test
    void allClocksAgreeWhileNobodyPutsTheWallClock() {
        for (int day = 0; day < 30; day++) {
            pass(Duration.ofDays(1));
            assertEquals(wall, clock.now());
            assertEquals(wall, clock.steady().instant());
            assertEquals(wall, clock.checked());
        }
    }

    @Test
    void theSteadyClockKnowsNoSteps() {
        pass(Duration.ofHours(1));
        wall = wall.minus(Duration.ofDays(100));
        assertEquals(START.plus(Duration.ofHours(1)), clock.steady().instant());
    }

    @Test
    void theCheckedClockGoesBackAtOnce() {
        wall = wall.minus(Duration.ofHours(1));
        assertEquals(wall, clock.checked());
    }

    @Test
    void theCheckedClockGoesAheadOnlyWhereTheWallClockStandsByIt() {
        wall = wall.plus(Duration.ofDays(8));
        assertEquals(START, clock.checked());
        pass(JobClock.CONFIRMATION.minusSeconds(1));
        assertEquals(START.plus(JobClock.CONFIRMATION).minusSeconds(1), clock.checked());
        pass(Duration.ofSeconds(1));
        assertEquals(wall, clock.checked());
    }

    @Test
    void aStepAheadThatIsTakenBackWasNeverThere() {
        wall = wall.plus(Duration.ofDays(8));
        clock.checked();
        pass(Duration.ofHours(5));
        wall = wall.minus(Duration.ofDays(8));
        assertEquals(wall, clock.checked());
        pass(Duration.ofHours(2));
        assertEquals(wall, clock.checked());
    }

    @Test
    void followsAClockThatDrifts() {
        for (int i = 0; i < 100; i++) {
            pass(Duration.ofMinutes(1));
            wall = wall.plusSeconds(5);
            assertEquals(wall, clock.checked());
        }
    }

    @Test
    void aLongTimeAwayHasToBeConfirmedToo() {
        Instant lastSeen = START.minus(Duration.ofDays(8));
        clock.resume(lastSeen);
        assertEquals(lastSeen, clock.checked());
        pass(JobClock.CONFIRMATION);
        assertEquals(wall, clock.checked());
    }

    @Test
    void aShortTimeAwayIsTaken() {
        clock.resume(START.minus(Duration.ofHours(1)));
        assertTrue(!clock.checked().isBefore(START));
    }

    private final class Wall extends Clock {
        @Override
        public Instant instant() {
            return wall;
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

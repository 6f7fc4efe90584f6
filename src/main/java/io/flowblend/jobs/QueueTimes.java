package io.flowblend.jobs;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How long things take, by what was measured on the last videos. */
final class QueueTimes {
    /** Runs that the speed of the queue is measured on. */
    private static final int MEASURED_RUNS = 20;

    /** When to come back to a full queue whose speed was not measured yet. */
    private static final Duration UNMEASURED_WAIT = Duration.ofSeconds(30);

    private final JobReader reader;
    private final JobClock clock;

    QueueTimes(JobReader reader, JobClock clock) {
        this.reader = reader;
        this.clock = clock;
    }

    Duration oldestWait() {
        return reader.oldestWaiting()
                .map(since -> notNegative(Duration.between(since, clock.now())))
                .orElse(Duration.ZERO);
    }

    Optional<Duration> expectedRemaining(VideoJob job) {
        return switch (job.status()) {
            case COMPLETED, FAILED -> Optional.empty();
            case QUEUED -> runTime()
                    .map(time -> time.multipliedBy(job.queuePosition().orElse(1)));
            case IN_PROGRESS -> {
                Duration elapsed = notNegative(Duration.between(job.startedAt().orElse(job.createdAt()), clock.now()));
                yield job.progress() > 0
                        ? Optional.of(elapsed.multipliedBy(100 - job.progress()).dividedBy(job.progress()))
                        : runTime().map(time -> notNegative(time.minus(elapsed)));
            }
        };
    }

    /** When the video that is nearest to its end makes room. */
    Duration nextPlace() {
        Duration wait = reader.inProgress().stream()
                .flatMap(job -> expectedRemaining(job).stream())
                .min(Duration::compareTo)
                .or(this::runTime)
                .orElse(UNMEASURED_WAIT);
        return wait.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : wait;
    }

    private Optional<Duration> runTime() {
        List<Duration> times = reader.recentRunTimes(MEASURED_RUNS);
        return times.stream()
                .map(QueueTimes::notNegative)
                .reduce(Duration::plus)
                .map(sum -> sum.dividedBy(times.size()));
    }

    private static Duration notNegative(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : duration;
    }
}

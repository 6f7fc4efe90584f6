package io.flowblend.api;

import io.flowblend.api.security.Caller;
import io.flowblend.api.wire.ApiError;
import io.flowblend.jobs.JobObserver;
import io.flowblend.jobs.VideoJob;
import io.flowblend.jobs.VideoJobs;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Clients that wait for the end of a video, none of them on a thread. Ends in this process are told at once; those in
 * others are looked for now and then.
 */
@ApplicationScoped
public class VideoWaiters implements JobObserver {
    private static final Logger LOG = Logger.getLogger(VideoWaiters.class);
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** Until a video is cancelled whose client is gone: a service that shuts down closes connections too. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final Instance<VideoJobs> jobs;
    private final Places places;
    private final Map<String, Queue<CompletableFuture<Void>>> waiting = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "waiters");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean stopping;

    VideoWaiters(Instance<VideoJobs> jobs, FlowBlendConfig config) {
        this.jobs = jobs;
        int most = config.queue().waitingClients();
        int mostOfKey = config.queue().waitingClientsPerKey();
        this.places = new Places(most, mostOfKey == 0 ? most : mostOfKey);
        Future<?> unused =
                timer.scheduleWithFixedDelay(this::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    void stop(@Observes ShutdownEvent shutdown) {
        stopping = true;
        timer.shutdownNow();
    }

    /**
     * Takes a place for a client that is going to wait.
     *
     * @throws ApiError 429 if as many as the limit wait already
     */
    void enter(Caller caller) {
        if (!places.enter(caller.name())) {
            throw ApiError.of(
                            429,
                            "too_many_waiting",
                            "As many clients as the limit wait for their videos; queue it by POST /v1/videos instead.")
                    .with("Retry-After", "10");
        }
    }

    /** Gives the place back. */
    void leave(Caller caller) {
        places.leave(caller.name());
    }

    /** Clients that wait. */
    int count() {
        return places.count();
    }

    /** Is done when {@code job} is final or gone. */
    CompletionStage<Void> end(VideoJob job) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        waiting.compute(job.id(), (id, others) -> {
            Queue<CompletableFuture<Void>> all = others == null ? new ConcurrentLinkedQueue<>() : others;
            all.add(end);
            return all;
        });
        if (jobs.get().isOver(job.id())) {
            ring(job.id());
        }
        return end;
    }

    /** Cancels a video that only its client wanted, which is gone. */
    void abandoned(VideoJob job) {
        try {
            Future<?> unused = timer.schedule(() -> cancel(job), GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debugf("%s stays in the queue: it is the service that went away", job.id());
        }
    }

    @Override
    public void finished(VideoJob job) {
        ring(job.id());
    }

    private void cancel(VideoJob job) {
        if (!stopping) {
            try {
                jobs.get().cancel(job.owner(), job.id());
            } catch (RuntimeException e) {
                LOG.warnf(e, "%s could not be cancelled, its client is gone", job.id());
            }
        }
    }

    private void look() {
        try {
            waiting.keySet().stream().filter(id -> jobs.get().isOver(id)).forEach(this::ring);
        } catch (RuntimeException e) {
            LOG.debug("The videos that clients wait for could not be looked at", e);
        }
    }

    private void ring(String id) {
        Queue<CompletableFuture<Void>> ended = waiting.remove(id);
        if (ended != null) {
            ended.forEach(end -> end.complete(null));
        }
    }
}

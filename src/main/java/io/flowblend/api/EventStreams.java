package io.flowblend.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.api.EventStream.State;
import io.flowblend.api.security.Caller;
import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.PreviewEvent;
import io.flowblend.jobs.JobObserver;
import io.flowblend.jobs.PreviewBoard;
import io.flowblend.jobs.VideoJob;
import io.flowblend.jobs.VideoJobs;
import io.flowblend.sampling.StepRecord;
import io.quarkus.runtime.ShutdownEvent;
import io.vertx.core.Vertx;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Clients that follow videos, none of them on a thread. What this process makes is told at once; what waits, or is made by
 * another process, is looked at twice a second, all of it by one statement.
 */
@ApplicationScoped
public class EventStreams implements JobObserver {
    private static final Logger LOG = Logger.getLogger(EventStreams.class);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration ASK_AGAIN = Duration.ofSeconds(5);
    private static final int NONE_SHOWN = -1;
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);

    private final Instance<VideoJobs> jobs;
    private final RunningVideos running;
    private final Instance<VideoService> service;
    private final ObjectMapper mapper;
    private final Vertx vertx;
    private final PreviewBoard board;
    private final Places places;
    private final int mostOfKey;
    private final Duration patience;
    private final Map<String, Set<EventStream>> readers = new ConcurrentHashMap<>();
    /** The newest state of each video that this process makes and somebody follows, until it is shown. */
    private final Map<String, VideoJob> news = new ConcurrentHashMap<>();

    /** The step before which the last preview of each video was made that was shown; on the timer's thread only. */
    private final Map<String, Integer> shown = new HashMap<>();

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "events");
        thread.setDaemon(true);
        return thread;
    });

    EventStreams(
            Instance<VideoJobs> jobs,
            RunningVideos running,
            Instance<VideoService> service,
            ObjectMapper mapper,
            Vertx vertx,
            PreviewBoard board,
            FlowBlendConfig config) {
        this.board = board;
        this.jobs = jobs;
        this.running = running;
        this.service = service;
        this.mapper = mapper;
        this.vertx = vertx;
        this.mostOfKey = config.events().streamsPerKey();
        this.patience = config.events().patience();
        this.places = new Places(config.events().streams(), mostOfKey);
        every(LOOK, this::look);
        every(LOOK, this::showPreviews);
        every(ASK_AGAIN, () -> readers.keySet().forEach(this::ask));
        every(HEARTBEAT, () -> readers.values().forEach(all -> all.forEach(EventStream::beat)));
    }

    private void every(Duration interval, Runnable work) {
        Future<?> unused = timer.scheduleWithFixedDelay(
                () -> guarded(work), interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.debug("The videos that clients follow could not be looked at", e);
        }
    }

    void stop(@Observes ShutdownEvent shutdown) {
        timer.shutdownNow();
        readers.values().forEach(all -> all.forEach(EventStream::stop));
    }

    /**
     * Begins to tell the sender of {@code exchange} what happens to {@code job}.
     *
     * @param lastEventId of the last event that it was told of, empty if of none
     * @param previews steps between two previews that it wants; empty: none
     * @return done when the stream is over
     * @throws ApiError 429 if there is no place for another stream
     */
    CompletionStage<Void> open(
            RoutingContext exchange, Caller caller, VideoJob job, String lastEventId, OptionalInt previews) {
        if (!places.enter(caller.name())) {
            throw ApiError.of(
                            429,
                            "too_many_streams",
                            "One key may have " + mostOfKey + " event streams open; close one, or ask by GET instead.")
                    .with("Retry-After", "10");
        }
        HttpServerRequestInternal request = (HttpServerRequestInternal) exchange.request();
        EventStream stream = new EventStream(request, vertx, mapper, patience, lastEventId, previews);
        exchange.addEndHandler(ended -> stream.close());
        stream.open();
        readers.compute(job.id(), (id, others) -> {
            Set<EventStream> all = others == null ? ConcurrentHashMap.newKeySet() : others;
            all.add(stream);
            return all;
        });
        stream.show(state(job));
        if (previews.isPresent() && !job.isFinal()) {
            soon(() -> ask(job.id()));
        }
        return stream.end().whenComplete((over, failure) -> {
            places.leave(caller.name());
            readers.computeIfPresent(job.id(), (id, all) -> {
                all.remove(stream);
                return all.isEmpty() ? null : all;
            });
        });
    }

    /** Streams that are open. */
    int count() {
        return places.count();
    }

    @Override
    public void started(VideoJob job) {
        hear(job);
    }

    @Override
    public void step(VideoJob job, StepRecord step) {
        hear(job);
    }

    @Override
    public void finished(VideoJob job) {
        hear(job);
    }

    /** The worker goes on at once: what is new is shown by the thread of this class, the newest state only. */
    private void hear(VideoJob job) {
        if (readers.containsKey(job.id()) && news.put(job.id(), job) == null) {
            soon(() -> {
                VideoJob newest = news.remove(job.id());
                if (newest != null) {
                    show(newest);
                }
            });
        }
    }

    private void soon(Runnable work) {
        try {
            timer.execute(() -> guarded(work));
        } catch (RejectedExecutionException e) {
            LOG.debug("The service stops; the streams are ended");
        }
    }

    /** Goes on asking for the previews that clients of a video want, if any does. */
    private void ask(String id) {
        readers.getOrDefault(id, Set.of()).stream()
                .flatMapToInt(stream -> stream.previews().stream())
                .min()
                .ifPresent(every -> board.ask(id, every, Instant.now()));
    }

    private void showPreviews() {
        readers.forEach((id, all) -> {
            List<EventStream> wanting =
                    all.stream().filter(stream -> stream.previews().isPresent()).toList();
            if (!wanting.isEmpty()) {
                board.newest(id, shown.getOrDefault(id, NONE_SHOWN)).ifPresent(picture -> {
                    shown.put(id, picture.nextStep());
                    PreviewEvent event = PreviewEvent.of(picture);
                    wanting.forEach(stream -> stream.preview(event));
                });
            }
        });
        shown.keySet().retainAll(readers.keySet());
    }

    private void look() {
        Set<String> gone = new HashSet<>(readers.keySet());
        if (gone.isEmpty()) {
            return;
        }
        for (VideoJob job : jobs.get().findAll(List.copyOf(gone))) {
            gone.remove(job.id());
            if (!running.isHere(job)) {
                show(job);
            }
        }
        // Deleted: whoever comes back is told that there is no such video.
        gone.forEach(id -> readers.getOrDefault(id, Set.of()).forEach(EventStream::stop));
    }

    private void show(VideoJob job) {
        State state = state(job);
        readers.getOrDefault(job.id(), Set.of()).forEach(stream -> stream.show(state));
    }

    private State state(VideoJob job) {
        return new State(job, running.trace(job), job.isFinal() ? service.get().view(job) : "");
    }
}

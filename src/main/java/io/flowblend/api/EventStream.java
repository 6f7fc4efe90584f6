package io.flowblend.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.api.wire.PreviewEvent;
import io.flowblend.api.wire.StepEvent;
import io.flowblend.jobs.VideoJob;
import io.flowblend.sampling.Trace;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One client that follows one video by server-sent events. What it has to be told follows from what the video is and from how
 * many of its steps it was told of, so nothing is kept for a client that reads slowly; one that has read nothing for too long
 * is let go.
 *
 * <p>The id of an event is the attempt and the number of its steps that are told by then: that is where a client goes on that
 * comes back with it. A video that began anew has another attempt, and is told from its first step.
 */
final class EventStream {
    /** Id of the last event: a client that comes back with it has been told everything. */
    static final String END = "end";

    private static final Pattern POSITION = Pattern.compile("(\\d{1,18})-(\\d{1,9})");
    /** Milliseconds until a browser that lost the stream comes back. */
    private static final String OPENING = "retry: 2000\n\n";

    private static final String HEARTBEAT = ":\n\n";
    private static final long NOT_BEGUN = 0;
    private static final int UNTOLD = -1;
    private static final long NO_TIMER = -1;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Context context;
    private final Vertx vertx;
    private final ObjectMapper mapper;
    private final Duration patience;
    private final OptionalInt previews;
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    // What follows is touched on the context only.
    private @Nullable State now;
    private @Nullable PreviewEvent picture;
    private long attempt;
    private int steps;
    private int position = UNTOLD;
    private int progress = UNTOLD;
    private boolean waiting;
    private long timer = NO_TIMER;

    /**
     * What a video is.
     *
     * @param shown the object that is told at the end
     */
    record State(VideoJob job, Trace trace, Object shown) {}

    /**
     * @param patience how long the client may leave what was sent to it unread
     * @param lastEventId of the last event that it was told of, empty if of none
     * @param previews steps between two previews that it wants; empty: none
     */
    EventStream(
            HttpServerRequestInternal request,
            Vertx vertx,
            ObjectMapper mapper,
            Duration patience,
            String lastEventId,
            OptionalInt previews) {
        this.previews = previews;
        this.request = request;
        this.response = request.response();
        this.context = request.context();
        this.vertx = vertx;
        this.mapper = mapper;
        this.patience = patience;
        Matcher last = POSITION.matcher(lastEventId);
        if (last.matches()) {
            attempt = Long.parseLong(last.group(1));
            steps = Integer.parseInt(last.group(2));
        }
    }

    /** Begins the answer. */
    void open() {
        context.runOnContext(begin -> {
            response.setChunked(true)
                    .putHeader("Content-Type", "text/event-stream;charset=UTF-8")
                    .putHeader("X-Accel-Buffering", "no");
            write(OPENING);
        });
    }

    /** Is done when the stream is over, whoever ended it. */
    CompletionStage<Void> end() {
        return end;
    }

    /** Tells what is new; on any thread. */
    void show(State state) {
        context.runOnContext(show -> {
            now = state;
            tell();
        });
    }

    /** Steps between two previews that the client wants; empty: none. */
    OptionalInt previews() {
        return previews;
    }

    /** Tells what the video is coming to; on any thread. One that was not read in time gives way to the next. */
    void preview(PreviewEvent newest) {
        context.runOnContext(show -> {
            picture = newest;
            tell();
        });
    }

    /** Shows that the stream is alive. */
    void beat() {
        context.runOnContext(beat -> {
            if (!end.isDone() && !waiting) {
                write(HEARTBEAT);
            }
        });
    }

    /** Ends the stream; the client comes back and goes on where it was. */
    void stop() {
        context.runOnContext(stop -> {
            if (!end.isDone()) {
                response.end();
                close();
            }
        });
    }

    private void tell() {
        State state = now;
        while (state != null && !end.isDone() && !waiting && tellNext(state)) {
            if (response.writeQueueFull()) {
                waitUntilRead();
            }
        }
    }

    /** Writes the next event, if there is one. */
    private boolean tellNext(State state) {
        VideoJob job = state.job();
        if (job.status() == VideoJob.Status.QUEUED) {
            int place = job.queuePosition().orElse(1);
            boolean moved = place != position;
            if (moved) {
                position = place;
                write("queued", id(), Map.of("position", place));
            }
            return moved;
        }
        long begun = job.startedAt().map(Instant::toEpochMilli).orElse(NOT_BEGUN);
        if (begun != attempt) {
            attempt = begun;
            steps = 0;
            position = UNTOLD;
            progress = UNTOLD;
        }
        if (steps < state.trace().steps().size()) {
            StepEvent event = StepEvent.of(state.trace().steps().get(steps));
            steps++;
            write("step", id(), event);
            return true;
        }
        PreviewEvent seen = picture;
        if (seen != null && !job.isFinal()) {
            picture = null;
            write("preview", id(), seen);
            return true;
        }
        if (job.progress() > progress) {
            progress = job.progress();
            write("progress", id(), Map.of("progress", progress));
            return true;
        }
        if (job.isFinal()) {
            write(job.status() == VideoJob.Status.COMPLETED ? "completed" : "failed", END, state.shown());
            response.end();
            close();
        }
        return false;
    }

    private String id() {
        return attempt + "-" + steps;
    }

    private void waitUntilRead() {
        waiting = true;
        timer = vertx.setTimer(patience.toMillis(), late -> drop());
        response.drainHandler(read -> {
            vertx.cancelTimer(timer);
            waiting = false;
            tell();
        });
    }

    private void drop() {
        if (request.version() == HttpVersion.HTTP_2) {
            response.reset();
        } else {
            request.connection().close();
        }
        close();
    }

    /** Notes that the stream is over. */
    void close() {
        vertx.cancelTimer(timer);
        end.complete(null);
    }

    private void write(String name, String id, Object data) {
        try {
            write("event: " + name + "\nid: " + id + "\ndata: " + mapper.writeValueAsString(data) + "\n\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an event could not be written", e);
        }
    }

    private void write(String text) {
        response.write(text);
    }
}

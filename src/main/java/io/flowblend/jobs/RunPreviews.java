package io.flowblend.jobs;

import io.flowblend.pipeline.Previews;
import io.flowblend.video.Frames;
import io.flowblend.video.Preview;
import java.io.IOException;
import java.util.Base64;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The previews of one attempt: made while somebody asks for them and as long as they take no more than a share of the time. One
 * that cannot be made costs a message, not the video, and is the last one.
 */
final class RunPreviews implements Previews, AutoCloseable {
    /** Most of an attempt's time that previews may take, from the second one on. */
    private static final double MOST_OF_TIME = 0.05;

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final int LONGEST_SIDE = 256;
    private static final System.Logger LOG = System.getLogger(RunPreviews.class.getName());

    private final PreviewBoard board;
    private final JobClock clock;
    private final String id;
    private final long begun = System.nanoTime();
    private long looked = begun - LOOK_NANOS;
    private OptionalInt every = OptionalInt.empty();
    private boolean wasAsked;
    private boolean failed;
    private int lastStep = Integer.MIN_VALUE / 2;
    private long took;
    private long spent;

    RunPreviews(PreviewBoard board, JobClock clock, String id) {
        this.board = board;
        this.clock = clock;
        this.id = id;
    }

    @Override
    public void offer(int nextStep, Supplier<Frames> picture) {
        try {
            look();
            long start = System.nanoTime();
            boolean due = every.isPresent() && nextStep - lastStep >= every.getAsInt();
            if (failed || !due || spent + took > MOST_OF_TIME * (start - begun)) {
                return;
            }
            byte[] jpeg = Preview.jpeg(picture.get(), LONGEST_SIDE);
            board.put(id, new PreviewBoard.Picture(nextStep, Base64.getEncoder().encodeToString(jpeg)));
            lastStep = nextStep;
            took = System.nanoTime() - start;
            spent += took;
        } catch (RuntimeException | IOException e) {
            failed = true;
            LOG.log(System.Logger.Level.WARNING, "Video " + id + " has no further previews", e);
        }
    }

    private void look() {
        long now = System.nanoTime();
        if (!failed && now - looked >= LOOK_NANOS) {
            looked = now;
            every = board.asked(id, clock.now());
            wasAsked |= every.isPresent();
        }
    }

    @Override
    public void close() {
        if (wasAsked) {
            try {
                board.forget(id);
            } catch (Jdbc.DatabaseException e) {
                LOG.log(System.Logger.Level.DEBUG, "The previews of a video are left until it is deleted", e);
            }
        }
    }
}

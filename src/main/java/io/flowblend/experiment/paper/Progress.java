package io.flowblend.experiment.paper;

import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Says how far long work is, and how long the rest of it takes at the pace so far. */
public final class Progress {
    private static final double NANOS = 1e-9;

    private final Consumer<String> hears;
    private final LongSupplier nanoTime;
    private String work = "";
    private int first;
    private long start;

    /** @param hears one line after each piece of work */
    public Progress(Consumer<String> hears, LongSupplier nanoTime) {
        this.hears = hears;
        this.nanoTime = nanoTime;
        this.start = nanoTime.getAsLong();
    }

    /** One more piece is made; pieces that were made by an earlier call do not count for the pace. */
    void made(String name, int done, int all) {
        long now = nanoTime.getAsLong();
        if (!work.equals(name)) {
            work = name;
            first = done - 1;
        }
        double each = (now - start) * NANOS / (done - first);
        hears.accept(String.format(
                Locale.ROOT, "%s: %d of %d, %.0f s left", name, done, all, Math.ceil(each * (all - done))));
        if (done == all) {
            start = now;
        }
    }
}

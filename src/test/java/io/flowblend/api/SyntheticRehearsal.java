package io.flowblend.api;

import io.flowblend.pipeline.Rehearsal;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A rehearsal of four steps, each of which needs a permit, that teaches nothing. */
final class SyntheticRehearsal implements Rehearsal {
    private static final int STEPS = 4;

    private final Semaphore permits;
    private int done;

    SyntheticRehearsal(Semaphore permits) {
        this.permits = permits;
    }

    @Override
    public boolean advance(BooleanSupplier giveWay) {
        while (done < STEPS && !giveWay.getAsBoolean()) {
            if (tryAcquire()) {
                done++;
            }
        }
        return done == STEPS;
    }

    private boolean tryAcquire() {
        try {
            return permits.tryAcquire(5, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public double fractionDone() {
        return (double) done / STEPS;
    }

    @Override
    public double seconds() {
        return done;
    }

    @Override
    public Result result() {
        return new Result(List.of(1.0, 0.5, 0.0), List.of(), List.of(), List.of(), 0);
    }

    @Override
    public void close() {}
}

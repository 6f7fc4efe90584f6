package io.flowblend.api;

import io.flowblend.control.Step;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.pipeline.Rehearsal;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** A rehearsal of four pieces, each of which needs a permit. Its eight steps diverge alike, and deviations add up. */
final class SyntheticRehearsal implements Rehearsal {
    private static final int PIECES = 4;
    private static final int STEPS = 8;

    private final Semaphore permits;
    private final List<String> schedules;
    private final boolean probed;
    private int done;

    /** @param schedules in eighths */
    SyntheticRehearsal(Semaphore permits, List<String> schedules, boolean probed) {
        this.permits = permits;
        this.schedules = schedules;
        this.probed = probed;
    }

    @Override
    public boolean advance(BooleanSupplier giveWay) {
        while (done < PIECES && !giveWay.getAsBoolean()) {
            if (tryAcquire()) {
                done++;
            }
        }
        return done == PIECES;
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
        return (double) done / PIECES;
    }

    @Override
    public double seconds() {
        return done;
    }

    @Override
    public Result result() {
        if (done < PIECES) {
            return new Result(List.of(), List.of(), List.of(), List.of(), 0);
        }
        List<Double> sigmas = IntStream.rangeClosed(0, STEPS)
                .mapToObj(step -> 1 - (double) step / STEPS)
                .toList();
        List<Probe> probes = IntStream.range(0, probed ? STEPS : 0)
                .mapToObj(step -> new Probe(
                        new Step(step, STEPS, sigmas.get(step), sigmas.get(step + 1)),
                        new VelocityDivergence(0.02, 0.2, 0.2)))
                .toList();
        return new Result(
                sigmas,
                probes,
                Collections.nCopies(STEPS, 0.1),
                schedules.stream().map(SyntheticRehearsal::replay).toList(),
                0);
    }

    private static Replay replay(String schedule) {
        long small = schedule.chars().filter(letter -> letter == 'S').count();
        return new Replay(schedule, 1 - 0.1 * small, OptionalDouble.of(0.05 * small));
    }

    @Override
    public void close() {}
}

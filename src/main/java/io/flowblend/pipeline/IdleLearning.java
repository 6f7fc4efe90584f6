package io.flowblend.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Learns about the pairs while no video is waiting, one piece at a time and within each pair's budget: twin runs on the
 * prompts of finished videos until the pair is ADAPTIVE, audits of finished videos from then on.
 */
public final class IdleLearning implements AutoCloseable {
    private final List<PairLessons> pairs;
    private final ReentrantLock oneAtATime = new ReentrantLock();
    private volatile boolean closed;

    IdleLearning(List<PairLessons> pairs) {
        this.pairs = List.copyOf(pairs);
    }

    /** Has nothing to learn. */
    static IdleLearning none() {
        return new IdleLearning(List.of());
    }

    /**
     * Learns one thing on the calling thread, or a part of it.
     *
     * @param giveWay asked after each step; once it says so, what was begun waits for the next call
     * @return time it took; empty if there was nothing to learn, or another thread is learning
     */
    public Optional<Duration> learnOnce(BooleanSupplier giveWay) {
        if (closed || giveWay.getAsBoolean() || !oneAtATime.tryLock()) {
            return Optional.empty();
        }
        try {
            List<LearningNeed> needs = pairs.stream().map(PairLessons::need).toList();
            OptionalInt turn = LearningNeed.next(needs);
            if (turn.isEmpty()) {
                return Optional.empty();
            }
            long start = System.nanoTime();
            pairs.get(turn.getAsInt()).learn(needs.get(turn.getAsInt()).work(), () -> closed || giveWay.getAsBoolean());
            return Optional.of(Duration.ofNanos(System.nanoTime() - start));
        } finally {
            oneAtATime.unlock();
        }
    }

    /** Ends what is under way and waits until it has ended. */
    @Override
    public void close() {
        closed = true;
        oneAtATime.lock();
        try {
            pairs.forEach(PairLessons::close);
        } finally {
            oneAtATime.unlock();
        }
    }
}

package io.flowblend.learning;

import io.flowblend.evidence.EvidenceStore;
import io.flowblend.replay.FinishedVideo;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.replay.Replayer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Learns about the pairs while no video is waiting, one piece at a time and within each pair's budget: samples of the
 * requests of finished videos where the pair is not ADAPTIVE yet, audits of finished videos where it is.
 */
public final class IdleLearning implements FinishedVideos, AutoCloseable {
    private final Map<String, PairLearner> pairs = new ConcurrentSkipListMap<>();
    private final EvidenceStore evidence;
    private final Supplier<LearningSettings> settings;
    private final InstantSource clock;
    private final ReentrantLock oneAtATime = new ReentrantLock();
    private volatile boolean closed;

    /** @param settings asked anew before anything is learned */
    public IdleLearning(EvidenceStore evidence, Supplier<LearningSettings> settings, InstantSource clock) {
        this.evidence = evidence;
        this.settings = settings;
        this.clock = clock;
    }

    /** Remembers a video that was just made. */
    @Override
    public void finished(Replayer pair, FinishedVideo video) {
        pairs.computeIfAbsent(pair.pair(), id -> new PairLearner(pair, evidence, settings, clock))
                .finished(video);
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
            List<PairLearner> known = List.copyOf(pairs.values());
            List<LearningNeed> needs = known.stream().map(PairLearner::need).toList();
            OptionalInt turn = LearningNeed.next(needs);
            if (turn.isEmpty()) {
                return Optional.empty();
            }
            long start = System.nanoTime();
            known.get(turn.getAsInt()).learn(needs.get(turn.getAsInt()).work(), () -> closed || giveWay.getAsBoolean());
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
            pairs.values().forEach(PairLearner::close);
        } finally {
            oneAtATime.unlock();
        }
    }
}

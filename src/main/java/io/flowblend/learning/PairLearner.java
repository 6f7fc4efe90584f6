package io.flowblend.learning;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.control.Decision;
import io.flowblend.control.StaticPolicy;
import io.flowblend.evidence.Audit;
import io.flowblend.evidence.Calibrations;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.replay.Branch;
import io.flowblend.replay.FinishedVideo;
import io.flowblend.replay.Replay;
import io.flowblend.replay.Replayer;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What is to be learned about one pair from its latest videos. These are remembered for as long as the process lives:
 * after a restart new ones come. A bucket that is not ADAPTIVE, or that promises nothing for runs of so few steps, gets
 * samples, one that is gets audits, one in which nothing comes of it is left alone for longer and longer.
 */
final class PairLearner implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PairLearner.class.getName());

    /** Videos that wait to be learned from; older ones make room. */
    private static final int WAITING = 32;

    private static final double USUAL_COVERAGE = 0.95;

    private final Replayer pair;
    private final EvidenceStore evidence;
    private final Supplier<LearningSettings> settings;
    private final InstantSource clock;
    private final Deque<VideoRequest> measurable = new ArrayDeque<>();
    private final Deque<FinishedVideo> auditable = new ArrayDeque<>();
    private final Calibrations calibrations = new Calibrations();
    private final Patience patience = new Patience();
    private double served;
    private double learned;
    private double auditsDue;
    private int samples;
    private @Nullable Piece underWay;

    /** What is learned at a time; it can be left between two steps. */
    private interface Piece extends AutoCloseable {
        LearningNeed.Work work();

        VideoRequest request();

        boolean advance(BooleanSupplier giveWay);

        double seconds();

        /** Learns what was measured since the last call. */
        void take();

        /** Whether it came to anything, once all is done. */
        boolean isWorthIt();

        @Override
        void close();
    }

    PairLearner(Replayer pair, EvidenceStore evidence, Supplier<LearningSettings> settings, InstantSource clock) {
        this.pair = pair;
        this.evidence = evidence;
        this.settings = settings;
        this.clock = clock;
    }

    /** Remembers a video that was just made. Every so many that promised something, by the audit share, one is audited. */
    synchronized void finished(FinishedVideo video) {
        served += video.trace().steps().stream()
                .mapToDouble(line -> line.largeSeconds() + line.smallSeconds())
                .sum();
        if (!patience.accepts(bucket(video.request()))) {
            return;
        }
        push(measurable, video.request());
        if (isAuditable(video)) {
            auditsDue += settings.get().auditShare();
            if (auditsDue >= 1) {
                auditsDue -= 1;
                push(auditable, video);
            }
        }
    }

    private static <T> void push(Deque<T> waiting, T newest) {
        if (waiting.size() == WAITING) {
            waiting.removeLast();
        }
        waiting.addFirst(newest);
    }

    private String bucket(VideoRequest request) {
        return pair.conditions(request).bucket();
    }

    /** Nothing while the store fails, since it could not be kept. */
    LearningNeed need() {
        Optional<Predicate<VideoRequest>> settled = settled();
        synchronized (this) {
            return new LearningNeed(
                    underWay == null ? LearningNeed.Work.NONE : underWay.work(),
                    settled.map(is -> (int)
                                    measurable.stream().filter(is.negate()).count())
                            .orElse(0),
                    settled.map(is -> (int) auditable.stream()
                                    .filter(video -> is.test(video.request()))
                                    .count())
                            .orElse(0),
                    served,
                    learned,
                    settings.get().budget());
        }
    }

    /** Which requests run where nothing is missing; empty while the store fails. */
    private Optional<Predicate<VideoRequest>> settled() {
        try {
            Optional<PairEvidence> known = evidence.find(pair.pair()).filter(about -> about.fits(pair.fingerprint()));
            return Optional.of(
                    request -> known.filter(about -> isSettled(about, request)).isPresent());
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "nothing is learned about " + name() + ": what is known is away", e);
            return Optional.empty();
        }
    }

    /** Whether the pair is ADAPTIVE, and promises can be made for runs of so many steps. */
    private boolean isSettled(PairEvidence known, VideoRequest request) {
        Conditions conditions = pair.conditions(request);
        if (known.state(conditions) != PairState.ADAPTIVE || request.steps() < SampleSchedules.FEWEST_STEPS) {
            return known.state(conditions) == PairState.ADAPTIVE;
        }
        Calibration calibration = calibrations.of(known, conditions);
        return calibration
                .promises()
                .line(request.steps(), pair.mix(request, calibration), USUAL_COVERAGE)
                .isPresent();
    }

    /** Goes on with what is under way, or begins something new, until it is done, over the budget, or shall give way. */
    void learn(LearningNeed.Work work, BooleanSupplier giveWay) {
        Optional<Piece> found = piece(work);
        if (found.isEmpty()) {
            return;
        }
        Piece piece = found.get();
        double before = piece.seconds();
        double budgeted = budgeted();
        boolean ended = true;
        boolean worthIt = false;
        try {
            ended = piece.advance(() -> giveWay.getAsBoolean() || piece.seconds() - before >= budgeted);
            piece.take();
            worthIt = piece.isWorthIt();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "nothing was learned from a request of " + name(), e);
        } finally {
            account(piece.seconds() - before);
            if (ended) {
                end(piece, worthIt);
            }
        }
    }

    private String name() {
        return pair.pair();
    }

    private synchronized void account(double seconds) {
        learned += seconds;
    }

    private synchronized void end(Piece piece, boolean worthIt) {
        close();
        String bucket = bucket(piece.request());
        if (worthIt) {
            patience.succeeded(bucket);
        } else if (patience.failed(bucket)) {
            LOG.log(System.Logger.Level.WARNING, "learning about {0} rests in the bucket {1}", name(), bucket);
            measurable.removeIf(request -> bucket(request).equals(bucket));
            auditable.removeIf(video -> bucket(video.request()).equals(bucket));
        }
    }

    /** Seconds until the budget is used up. */
    private synchronized double budgeted() {
        double budget = settings.get().budget();
        return budget >= 1 ? Double.POSITIVE_INFINITY : (budget * (served + learned) - learned) / (1 - budget);
    }

    private Optional<Piece> piece(LearningNeed.Work work) {
        Optional<Predicate<VideoRequest>> settled = settled();
        synchronized (this) {
            if (underWay == null && settled.isPresent()) {
                underWay = work == LearningNeed.Work.AUDIT
                        ? taken(auditable, video -> settled.get().test(video.request()))
                                .map(AuditPiece::new)
                                .orElse(null)
                        : taken(measurable, settled.get().negate())
                                .map(SamplePiece::new)
                                .orElse(null);
            }
            return Optional.ofNullable(underWay);
        }
    }

    private static <T> Optional<T> taken(Deque<T> waiting, Predicate<T> wanted) {
        for (Iterator<T> all = waiting.iterator(); all.hasNext(); ) {
            T next = all.next();
            if (wanted.test(next)) {
                all.remove();
                return Optional.of(next);
            }
        }
        return Optional.empty();
    }

    /** Whether something was promised of a video that could fail. */
    private static boolean isAuditable(FinishedVideo video) {
        return video.promise().filter(promise -> promise.deviation() > 0).isPresent()
                && video.predictedDeviation().orElse(0) > 0
                && !video.trace().schedule().isLarge();
    }

    /** A video that is made again, by the decisions of its trace and by LARGE alone. */
    private final class AuditPiece implements Piece {
        private final FinishedVideo video;
        private final Replay replay;

        AuditPiece(FinishedVideo video) {
            this.video = video;
            List<Decision> decisions =
                    video.trace().steps().stream().map(StepRecord::decision).toList();
            this.replay = pair.replay(
                    video.request(),
                    List.of(Branch.deciding("as served", spec -> StaticPolicy.of(decisions), 1)),
                    false);
        }

        @Override
        public LearningNeed.Work work() {
            return LearningNeed.Work.AUDIT;
        }

        @Override
        public VideoRequest request() {
            return video.request();
        }

        @Override
        public boolean advance(BooleanSupplier giveWay) {
            return replay.advance(giveWay);
        }

        @Override
        public double seconds() {
            return replay.seconds();
        }

        @Override
        public void take() {
            LearningRules rules = settings.get().rules();
            deviation().ifPresent(actual -> {
                Audit audit = new Audit(
                        pair.conditions(request()),
                        mix(),
                        video.promise().orElseThrow().deviation(),
                        video.predictedDeviation().orElseThrow(),
                        CalibrationSample.bounded(actual),
                        now());
                PairLearner.this.learn(known -> known.learned(audit, rules));
            });
        }

        private String mix() {
            return evidence.find(pair.pair())
                    .map(known -> pair.mix(request(), calibrations.of(known, pair.conditions(request()))))
                    .orElse("");
        }

        private OptionalDouble deviation() {
            List<Replay.Outcome> outcomes = replay.result().outcomes();
            return outcomes.isEmpty() ? OptionalDouble.empty() : outcomes.get(0).deviation();
        }

        @Override
        public boolean isWorthIt() {
            return deviation().isPresent();
        }

        @Override
        public void close() {
            replay.close();
        }
    }

    /** A sample of a finished video's request. */
    private final class SamplePiece implements Piece {
        private final CalibrationSample sample;
        private Optional<MeasuredSample> measured = Optional.empty();

        SamplePiece(VideoRequest request) {
            Conditions conditions = pair.conditions(request);
            Optional<Calibration> known = evidence.find(pair.pair())
                    .filter(about -> about.fits(pair.fingerprint()))
                    .filter(about -> about.bucket(conditions.bucket()).requests() > 0)
                    .map(about -> calibrations.of(about, conditions));
            this.sample = new CalibrationSample(pair, samples++, request, known, CalibrationSample.Kind.WHOLE);
        }

        @Override
        public LearningNeed.Work work() {
            return LearningNeed.Work.SAMPLE;
        }

        @Override
        public VideoRequest request() {
            return sample.request();
        }

        @Override
        public boolean advance(BooleanSupplier giveWay) {
            boolean ended = sample.advance(giveWay);
            measured = ended ? Optional.of(sample.measured(now())) : Optional.empty();
            return ended;
        }

        @Override
        public double seconds() {
            return sample.seconds();
        }

        @Override
        public void take() {
            LearningRules rules = settings.get().rules();
            measured.ifPresent(found -> PairLearner.this.learn(known -> found.teach(known, rules)));
        }

        @Override
        public boolean isWorthIt() {
            return measured.filter(found -> !found.twins().isEmpty()).isPresent();
        }

        @Override
        public void close() {
            sample.close();
        }
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    /** A failing store costs the sample. */
    private void learn(UnaryOperator<PairEvidence> change) {
        try {
            evidence.update(name(), known -> change.apply(known.boundTo(pair.fingerprint(), now())));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a sample of " + name() + " is lost: it could not be stored", e);
        }
    }

    @Override
    public synchronized void close() {
        if (underWay != null) {
            underWay.close();
            underWay = null;
        }
    }
}

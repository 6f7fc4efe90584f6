package io.flowblend.learning;

import io.flowblend.calibration.PairState;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.TwinRun;
import io.flowblend.pipeline.Rehearsal;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.VideoRequest;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What is to be learned about one pair from its latest videos. These are remembered for as long as the process lives:
 * after a restart new ones come. A bucket that is not ADAPTIVE gets lessons, one that is gets audits, one in which nothing
 * comes of it is left alone for longer and longer.
 */
final class PairLearner implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PairLearner.class.getName());

    /** Videos that wait to be learned from; older ones make room. */
    private static final int WAITING = 32;

    private final VideoPipeline pipeline;
    private final EvidenceStore calibrations;
    private final Supplier<LearningSettings> settings;
    private final InstantSource clock;
    private final Deque<VideoRequest> rehearsable = new ArrayDeque<>();
    private final Deque<Finished> auditable = new ArrayDeque<>();
    private final Patience patience = new Patience();
    private double served;
    private double learned;
    private double auditsDue;
    private int lessons;
    private @Nullable Piece underWay;

    private record Finished(VideoRequest request, VideoReport report) {}

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

    PairLearner(
            VideoPipeline pipeline,
            EvidenceStore calibrations,
            Supplier<LearningSettings> settings,
            InstantSource clock) {
        this.pipeline = pipeline;
        this.calibrations = calibrations;
        this.settings = settings;
        this.clock = clock;
    }

    /** Remembers a video that was just made. Every so many that promised something, by the audit share, one is audited. */
    synchronized void finished(VideoRequest request, VideoReport report) {
        served += report.trace().steps().stream()
                .mapToDouble(line -> line.largeSeconds() + line.smallSeconds())
                .sum();
        if (!patience.accepts(bucket(request))) {
            return;
        }
        push(rehearsable, request);
        if (Audits.auditable(report)) {
            auditsDue += settings.get().auditShare();
            if (auditsDue >= 1) {
                auditsDue -= 1;
                push(auditable, new Finished(request, report));
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
        return request.conditions(pipeline.spec()).bucket();
    }

    /** Nothing while the store fails, since it could not be kept. */
    LearningNeed need() {
        Optional<Predicate<VideoRequest>> adaptive = adaptive();
        synchronized (this) {
            return new LearningNeed(
                    underWay == null ? LearningNeed.Work.NONE : underWay.work(),
                    adaptive.map(is -> (int)
                                    rehearsable.stream().filter(is.negate()).count())
                            .orElse(0),
                    adaptive.map(is -> (int) auditable.stream()
                                    .filter(video -> is.test(video.request()))
                                    .count())
                            .orElse(0),
                    served,
                    learned,
                    settings.get().budget());
        }
    }

    /** Which requests run where the pair is ADAPTIVE; empty while the store fails. */
    private Optional<Predicate<VideoRequest>> adaptive() {
        try {
            Optional<PairEvidence> known =
                    calibrations.find(pipeline.spec().id()).filter(about -> about.fits(pipeline.fingerprint()));
            return Optional.of(request -> known.map(about -> about.state(request.conditions(pipeline.spec())))
                    .filter(state -> state == PairState.ADAPTIVE)
                    .isPresent());
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "nothing is learned about " + name() + ": what is known is away", e);
            return Optional.empty();
        }
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
        return pipeline.spec().id();
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
            rehearsable.removeIf(request -> bucket(request).equals(bucket));
            auditable.removeIf(video -> bucket(video.request()).equals(bucket));
        }
    }

    /** Seconds until the budget is used up. */
    private synchronized double budgeted() {
        double budget = settings.get().budget();
        return budget >= 1 ? Double.POSITIVE_INFINITY : (budget * (served + learned) - learned) / (1 - budget);
    }

    private Optional<Piece> piece(LearningNeed.Work work) {
        Optional<Predicate<VideoRequest>> adaptive = adaptive();
        synchronized (this) {
            if (underWay == null && adaptive.isPresent()) {
                underWay = work == LearningNeed.Work.AUDIT
                        ? taken(auditable, video -> adaptive.get().test(video.request()))
                                .map(AuditPiece::new)
                                .orElse(null)
                        : taken(rehearsable, adaptive.get().negate())
                                .map(LessonPiece::new)
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

    /** A video that is made again. */
    private final class AuditPiece implements Piece {
        private final Finished video;
        private final Rehearsal rehearsal;

        AuditPiece(Finished video) {
            this.video = video;
            this.rehearsal = pipeline.rehearse(
                    video.request(), List.of(Audits.again(video.report().trace())), false);
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
            return rehearsal.advance(giveWay);
        }

        @Override
        public double seconds() {
            return rehearsal.seconds();
        }

        @Override
        public void take() {
            if (rehearsal.result().replays().isEmpty()) {
                return;
            }
            LearningRules rules = settings.get().rules();
            Audits.audit(request().conditions(pipeline.spec()), video.report(), rehearsal.result(), now())
                    .ifPresent(audit -> PairLearner.this.learn(known -> known.learned(audit, rules)));
        }

        @Override
        public boolean isWorthIt() {
            return rehearsal.result().replays().stream()
                    .anyMatch(replay -> replay.deviation().isPresent());
        }

        @Override
        public void close() {
            rehearsal.close();
        }
    }

    /** A lesson, learned from replay by replay; no pattern is held out, since nothing is tested on them. */
    private final class LessonPiece implements Piece {
        private final CalibrationSample lesson;
        private int taken;

        LessonPiece(VideoRequest request) {
            this.lesson = new CalibrationSample(pipeline, lessons++, request);
        }

        @Override
        public LearningNeed.Work work() {
            return LearningNeed.Work.TWINS;
        }

        @Override
        public VideoRequest request() {
            return lesson.request();
        }

        @Override
        public boolean advance(BooleanSupplier giveWay) {
            return lesson.advance(giveWay);
        }

        @Override
        public double seconds() {
            return lesson.seconds();
        }

        @Override
        public void take() {
            MeasuredRequest measured = lesson.measured(now());
            List<MeasuredRequest.Replay> fresh =
                    measured.replays().subList(taken, measured.replays().size());
            if (fresh.isEmpty()) {
                return;
            }
            boolean first = taken == 0;
            taken += fresh.size();
            LearningRules rules = settings.get().rules();
            List<TwinRun> twins = measured.twins(fresh::contains);
            PairLearner.this.learn(known -> {
                PairEvidence after = first ? known.learned(measured.requestReadings(), rules) : known;
                for (TwinRun twin : twins) {
                    after = after.learned(twin, rules);
                }
                return after;
            });
        }

        @Override
        public boolean isWorthIt() {
            // What carrying on does is told even by a pair whose SMALL always fails; it never becomes ADAPTIVE by that.
            return taken > 0 && !lesson.measured(now()).readings().isEmpty();
        }

        @Override
        public void close() {
            lesson.close();
        }
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    /** A failing store costs the lesson. */
    private void learn(UnaryOperator<PairEvidence> lesson) {
        try {
            calibrations.update(name(), known -> lesson.apply(known.boundTo(pipeline.fingerprint(), now())));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a lesson about " + name() + " is lost: it could not be stored", e);
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

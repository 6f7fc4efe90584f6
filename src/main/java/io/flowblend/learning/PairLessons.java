package io.flowblend.learning;

import io.flowblend.calibration.CalibrationStore;
import io.flowblend.calibration.Conditions;
import io.flowblend.calibration.LearningRules;
import io.flowblend.calibration.PairKnowledge;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.RequestReadings;
import io.flowblend.calibration.TwinRun;
import io.flowblend.pipeline.Rehearsal;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.pipeline.VideoRequest;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What is to be learned about one pair from its latest videos. These are remembered for as long as the process lives:
 * after a restart new ones come.
 */
final class PairLessons implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PairLessons.class.getName());

    /** Videos that wait to be learned from; older ones make room. */
    private static final int WAITING = 32;

    private final VideoPipeline pipeline;
    private final CalibrationStore calibrations;
    private final Supplier<LearningSettings> settings;
    private final InstantSource clock;
    private final Deque<VideoRequest> rehearsable = new ArrayDeque<>();
    private final Deque<Finished> auditable = new ArrayDeque<>();
    private double served;
    private double learned;
    private double auditsDue;
    private int lessons;
    private @Nullable Lesson underWay;

    private record Finished(VideoRequest request, VideoReport report) {}

    /** @param audited the video that is audited; empty for twin runs */
    private record Lesson(VideoRequest request, Rehearsal rehearsal, Optional<VideoReport> audited) {
        LearningNeed.Work work() {
            return audited.isPresent() ? LearningNeed.Work.AUDIT : LearningNeed.Work.TWINS;
        }
    }

    PairLessons(
            VideoPipeline pipeline,
            CalibrationStore calibrations,
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
        push(rehearsable, request);
        if (Lessons.auditable(report)) {
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

    LearningNeed need() {
        PairState state = pipeline.state();
        synchronized (this) {
            return new LearningNeed(
                    state,
                    underWay == null ? LearningNeed.Work.NONE : underWay.work(),
                    rehearsable.size(),
                    auditable.size(),
                    served,
                    learned,
                    settings.get().budget());
        }
    }

    /** Goes on with what is under way, or begins something new, until it is done, over the budget, or shall give way. */
    void learn(LearningNeed.Work work, BooleanSupplier giveWay) {
        Lesson lesson = lesson(work);
        double before = lesson.rehearsal().seconds();
        double budgeted = budgeted();
        boolean ended = true;
        try {
            ended = lesson.rehearsal()
                    .advance(() -> giveWay.getAsBoolean() || lesson.rehearsal().seconds() - before >= budgeted);
            if (ended) {
                take(lesson);
            }
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "nothing was learned from a request of " + lesson.request().pair(),
                    e);
        } finally {
            account(lesson.rehearsal().seconds() - before);
            if (ended) {
                close();
            }
        }
    }

    private synchronized void account(double seconds) {
        learned += seconds;
    }

    /** Seconds until the budget is used up. */
    private synchronized double budgeted() {
        double budget = settings.get().budget();
        return budget >= 1 ? Double.POSITIVE_INFINITY : (budget * (served + learned) - learned) / (1 - budget);
    }

    private synchronized Lesson lesson(LearningNeed.Work work) {
        if (underWay == null) {
            underWay =
                    work == LearningNeed.Work.AUDIT ? audit(auditable.removeFirst()) : twins(rehearsable.removeFirst());
        }
        return underWay;
    }

    private Lesson audit(Finished video) {
        String again = Lessons.again(video.report().trace());
        Rehearsal rehearsal = pipeline.rehearse(video.request(), List.of(again), false);
        return new Lesson(video.request(), rehearsal, Optional.of(video.report()));
    }

    /** SMALL alone and random patterns each time, and every other segment in turn. */
    private Lesson twins(VideoRequest request) {
        List<String> schedules = new ArrayList<>();
        schedules.add(Schedules.SMALL_ALONE);
        SplittableRandom random = new SplittableRandom(request.seed());
        schedules.add(Schedules.random(random));
        schedules.add(Schedules.randomCarriedOn(random));
        schedules.add(Schedules.randomCarriedOn(random));
        for (int segment = lessons % 2; segment < Schedules.SEGMENTS; segment += 2) {
            schedules.add(Schedules.SINGLES.get(segment));
        }
        lessons++;
        return new Lesson(request, pipeline.rehearse(request, schedules, true), Optional.empty());
    }

    private void take(Lesson lesson) {
        long at = clock.instant().getEpochSecond();
        Conditions conditions = lesson.request().conditions(pipeline.spec());
        Rehearsal.Result result = lesson.rehearsal().result();
        LearningRules rules = settings.get().rules();
        if (lesson.audited().isPresent()) {
            Lessons.audit(conditions, lesson.audited().get(), result, at)
                    .ifPresent(audit -> learn(at, before -> before.learned(audit, rules)));
            return;
        }
        RequestReadings readings = Lessons.readings(conditions, result, at);
        List<TwinRun> twins = Lessons.twins(conditions, result, at);
        learn(at, before -> {
            PairKnowledge after = before.learned(readings, rules);
            for (TwinRun twin : twins) {
                after = after.learned(twin, rules);
            }
            return after;
        });
    }

    /** A failing store costs the lesson. */
    private void learn(long at, UnaryOperator<PairKnowledge> lesson) {
        try {
            calibrations.update(pipeline.spec().id(), known -> lesson.apply(known.boundTo(pipeline.fingerprint(), at)));
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "a lesson about " + pipeline.spec().id() + " is lost: it could not be stored",
                    e);
        }
    }

    @Override
    public synchronized void close() {
        if (underWay != null) {
            underWay.rehearsal().close();
            underWay = null;
        }
    }
}

package io.flowblend.jobs;

import io.flowblend.calibration.CalibrationStore;
import io.flowblend.calibration.Conditions;
import io.flowblend.calibration.LearningRules;
import io.flowblend.calibration.PairKnowledge;
import io.flowblend.calibration.RequestReadings;
import io.flowblend.calibration.TwinRun;
import io.flowblend.learning.Lessons;
import io.flowblend.learning.Schedules;
import io.flowblend.pipeline.GenerationFailedException;
import io.flowblend.pipeline.InvalidRequestException;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.pipeline.Rehearsal;
import io.flowblend.pipeline.VideoOptions;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoRequest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A calibration by rehearsals: each lesson makes one prompt by LARGE alone, with SMALL beside it at every step, and then
 * again with SMALL in one segment after the other, in all of them, and in a random pattern.
 */
public final class RehearsalCourse implements Course, AutoCloseable {
    private final PipelineCatalog catalog;
    private final CalibrationStore calibrations;
    private final Map<String, List<String>> examples;
    private final Supplier<LearningRules> rules;
    private final Clock clock;
    private @Nullable UnderWay underWay;

    private record UnderWay(Plan plan, int lesson, VideoRequest request, Rehearsal rehearsal) {
        boolean is(Plan otherPlan, int otherLesson) {
            return plan.equals(otherPlan) && lesson == otherLesson;
        }
    }

    /**
     * @param examples prompts by pair, for plans without any
     * @param rules by which what is learned is judged
     */
    public RehearsalCourse(
            PipelineCatalog catalog,
            CalibrationStore calibrations,
            Map<String, List<String>> examples,
            Supplier<LearningRules> rules,
            Clock clock) {
        this.catalog = catalog;
        this.calibrations = calibrations;
        this.examples = Map.copyOf(examples);
        this.rules = rules;
        this.clock = clock;
    }

    @Override
    public void check(Plan plan) {
        List<String> prompts = prompts(plan);
        VideoPipeline pipeline = pipeline(plan);
        for (int i = 0; i < prompts.size(); i++) {
            try {
                pipeline.resolve(VideoOptions.of(prompts.get(i)));
            } catch (InvalidRequestException e) {
                throw new InvalidRequestException("prompts", "prompts[" + i + "]: " + e.getMessage());
            }
        }
    }

    @Override
    public synchronized double advance(Plan plan, int lesson, BooleanSupplier giveWay) {
        UnderWay now = underWay;
        if (now == null || !now.is(plan, lesson)) {
            close();
            now = begin(plan, lesson);
            underWay = now;
        }
        boolean done;
        try {
            done = now.rehearsal().advance(giveWay);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        if (!done) {
            return Math.min(0.99, now.rehearsal().fractionDone());
        }
        learn(now);
        close();
        return 1;
    }

    private UnderWay begin(Plan plan, int lesson) {
        List<String> prompts = prompts(plan);
        VideoPipeline pipeline = pipeline(plan);
        VideoRequest request = pipeline.resolve(
                VideoOptions.of(prompts.get(lesson % prompts.size())).withSeed(lesson));
        List<String> schedules = new ArrayList<>(Schedules.SINGLES);
        schedules.add(Schedules.SMALL_ALONE);
        schedules.add(Schedules.random(new Random(lesson)));
        return new UnderWay(plan, lesson, request, pipeline.rehearse(request, schedules, true));
    }

    private void learn(UnderWay lesson) {
        VideoPipeline pipeline = pipeline(lesson.plan());
        long at = clock.instant().getEpochSecond();
        Conditions conditions = lesson.request().conditions(pipeline.spec());
        Rehearsal.Result result = lesson.rehearsal().result();
        RequestReadings readings = Lessons.readings(conditions, result, at);
        List<TwinRun> twins = Lessons.twins(conditions, result, at);
        LearningRules judged = rules.get();
        calibrations.update(lesson.plan().pair(), before -> {
            PairKnowledge after = before.boundTo(pipeline.fingerprint(), at).learned(readings, judged);
            for (TwinRun twin : twins) {
                after = after.learned(twin, judged);
            }
            return after;
        });
    }

    private VideoPipeline pipeline(Plan plan) {
        return catalog.find(plan.pair())
                .orElseThrow(() -> new GenerationFailedException(
                        "model_not_found", "The model '" + plan.pair() + "' is no longer served."));
    }

    private List<String> prompts(Plan plan) {
        List<String> prompts =
                plan.prompts().isEmpty() ? examples.getOrDefault(plan.pair(), List.of()) : plan.prompts();
        if (prompts.isEmpty()) {
            throw new InvalidRequestException(
                    "prompts", "prompts are needed: there are no examples for the pair '" + plan.pair() + "'.");
        }
        return prompts;
    }

    /** Frees what is held of a lesson that is under way. */
    @Override
    public synchronized void close() {
        if (underWay != null) {
            underWay.rehearsal().close();
            underWay = null;
        }
    }
}

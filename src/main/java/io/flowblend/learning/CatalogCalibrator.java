package io.flowblend.learning;

import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.LearningRules;
import io.flowblend.pipeline.GenerationFailedException;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Calibrates the pairs of a catalog. */
public final class CatalogCalibrator implements Calibrator, AutoCloseable {
    private final PipelineCatalog catalog;
    private final EvidenceStore calibrations;
    private final Prompts prompts;
    private final Supplier<LearningRules> rules;
    private final InstantSource clock;
    private String underWay = "";
    private @Nullable CalibrationRun run;

    /** Prompts that suit a pair, for plans without any. */
    @FunctionalInterface
    public interface Prompts {
        /** The best first, {@code most} of them or fewer; none if there is none that suits the pair. */
        List<String> of(String pair, int most);
    }

    /** @param rules by which what is learned is judged */
    public CatalogCalibrator(
            PipelineCatalog catalog,
            EvidenceStore calibrations,
            Prompts prompts,
            Supplier<LearningRules> rules,
            InstantSource clock) {
        this.catalog = catalog;
        this.calibrations = calibrations;
        this.prompts = prompts;
        this.rules = rules;
        this.clock = clock;
    }

    @Override
    public CalibrationPlan complete(CalibrationPlan plan) {
        VideoPipeline pipeline = pipeline(plan);
        if (plan.prompts().isEmpty()) {
            List<String> found = prompts.of(plan.pair(), plan.lessons()).stream()
                    .filter(prompt -> isPossible(pipeline, prompt))
                    .toList();
            if (found.isEmpty()) {
                throw new InvalidRequestException(
                        "prompts",
                        "prompts are needed: no request of the pair '" + plan.pair() + "' is kept to take them from.");
            }
            return plan.withPrompts(found);
        }
        return checked(pipeline, plan);
    }

    /**
     * The plan, if the pair can make videos of all its prompts.
     *
     * @throws InvalidRequestException naming the first prompt that it cannot
     */
    public static CalibrationPlan checked(VideoPipeline pipeline, CalibrationPlan plan) {
        for (int i = 0; i < plan.prompts().size(); i++) {
            try {
                pipeline.resolve(VideoOptions.of(plan.prompts().get(i)));
            } catch (InvalidRequestException e) {
                throw new InvalidRequestException("prompts", "prompts[" + i + "]: " + e.getMessage());
            }
        }
        return plan;
    }

    /** A client's prompt may have been right for other settings only. */
    private static boolean isPossible(VideoPipeline pipeline, String prompt) {
        try {
            pipeline.resolve(VideoOptions.of(prompt));
            return true;
        } catch (InvalidRequestException e) {
            return false;
        }
    }

    @Override
    public synchronized Progress advance(CalibrationPlan plan, MeasurementLog notebook, BooleanSupplier giveWay) {
        CalibrationRun now = run;
        if (now == null || !underWay.equals(notebook.name())) {
            close();
            now = new CalibrationRun(pipeline(plan), calibrations, plan, OptionalInt.empty(), notebook, rules, clock);
            run = now;
            underWay = notebook.name();
        }
        boolean ended = true;
        try {
            ended = now.advance(giveWay);
            return new Progress(now.learned(), now.fractionDone());
        } finally {
            if (ended) {
                close();
            }
        }
    }

    private VideoPipeline pipeline(CalibrationPlan plan) {
        return catalog.find(plan.pair())
                .orElseThrow(() -> new GenerationFailedException(
                        "model_not_found", "The model '" + plan.pair() + "' is no longer served."));
    }

    /** Frees what is held of a calibration that is under way. */
    @Override
    public synchronized void close() {
        if (run != null) {
            run.close();
            run = null;
        }
        underWay = "";
    }
}

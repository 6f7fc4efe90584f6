package io.flowblend.learning;

import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.LearningRules;
import io.flowblend.replay.Replayer;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Calibrates the pairs that are served. */
public final class CatalogCalibrator implements Calibrator, AutoCloseable {
    private final Function<String, Optional<? extends Replayer>> pairs;
    private final EvidenceStore store;
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

    /**
     * @param pairs those that are served, by id
     * @param rules by which the evidence is judged
     */
    public CatalogCalibrator(
            Function<String, Optional<? extends Replayer>> pairs,
            EvidenceStore store,
            Prompts prompts,
            Supplier<LearningRules> rules,
            InstantSource clock) {
        this.pairs = pairs;
        this.store = store;
        this.prompts = prompts;
        this.rules = rules;
        this.clock = clock;
    }

    @Override
    public CalibrationPlan complete(CalibrationPlan plan) {
        Replayer pair = pair(plan);
        if (!plan.prompts().isEmpty()) {
            return checked(pair, plan);
        }
        List<String> found = prompts.of(plan.pair(), plan.samples()).stream()
                .filter(prompt -> isPossible(pair, prompt))
                .toList();
        if (found.isEmpty()) {
            throw new InvalidRequestException(
                    "prompts",
                    "prompts are needed: no request of the pair '" + plan.pair() + "' is kept to take them from.");
        }
        return plan.withPrompts(found);
    }

    /**
     * The plan, if the pair can make videos of all its prompts.
     *
     * @throws InvalidRequestException naming the first prompt that it cannot
     */
    public static CalibrationPlan checked(Replayer pair, CalibrationPlan plan) {
        for (int i = 0; i < plan.prompts().size(); i++) {
            try {
                pair.resolve(VideoOptions.of(plan.prompts().get(i)));
            } catch (InvalidRequestException e) {
                throw new InvalidRequestException("prompts", "prompts[" + i + "]: " + e.getMessage());
            }
        }
        return plan;
    }

    /** A client's prompt may have been right for other settings only. */
    private static boolean isPossible(Replayer pair, String prompt) {
        try {
            pair.resolve(VideoOptions.of(prompt));
            return true;
        } catch (InvalidRequestException e) {
            return false;
        }
    }

    @Override
    public synchronized Progress advance(CalibrationPlan plan, MeasurementLog log, BooleanSupplier giveWay) {
        CalibrationRun now = run;
        if (now == null || !underWay.equals(log.name())) {
            close();
            now = new CalibrationRun(pair(plan), store, plan, OptionalInt.empty(), log, rules, clock);
            run = now;
            underWay = log.name();
        }
        boolean ended = true;
        try {
            ended = now.advance(giveWay);
            return new Progress(now.measured(), now.fractionDone());
        } finally {
            if (ended) {
                close();
            }
        }
    }

    private Replayer pair(CalibrationPlan plan) {
        Optional<? extends Replayer> found = pairs.apply(plan.pair());
        if (found.isEmpty()) {
            throw new CalibrationFailedException(
                    "model_not_found", "The model '" + plan.pair() + "' is no longer served.");
        }
        return found.get();
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

package io.flowblend.experiment.policies;

import io.flowblend.experiment.Environment;
import io.flowblend.experiment.FitPrompts;
import io.flowblend.experiment.HeldOut;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.ResultLog;
import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Every rule side by side on held-out prompts of the built-in pair: what it costs, and how far it ends from LARGE alone.
 * Static schedules and curves are fitted first, on prompts and seeds of their own. Then one prompt after the other is made
 * by all policies, so that nothing but the policy differs.
 *
 * <p>What is finished is kept in a folder: what was fitted in {@value #FITTED}, the rivals in {@value #RIVALS}, the adaptive
 * policy in {@value #ADAPTIVE}. So an interrupted run goes on where it was, and a changed controller is measured again
 * without its rivals.
 */
public final class PolicyBenchmark {
    static final String FITTED = "fitted.jsonl";
    static final String RIVALS = "rivals.jsonl";
    static final String ADAPTIVE = "adaptive.jsonl";

    /** Tuning profiles that the adaptive policy is measured with. */
    static final List<String> PROFILES = List.of("balanced", "models-only");

    /**
     * What is measured.
     *
     * @param steps solver steps
     * @param fitPrompts prompts that the rivals are fitted with
     * @param qualities at which the adaptive policy is run
     */
    public record Setup(String pair, String fingerprint, int steps, int fitPrompts, List<Double> qualities) {
        public Setup {
            qualities = List.copyOf(qualities);
        }
    }

    private record FitSetup(String pair, String fingerprint, int steps, int fitPrompts) {}

    private record RivalSetup(FitSetup fit, Fitted fitted) {}

    private PolicyBenchmark() {}

    /**
     * Runs the first {@code prompts} held-out prompts, or what of them the folder does not hold yet.
     *
     * @param folder where finished prompts are kept; made if it is not there
     * @param again whether the adaptive policy is measured anew
     * @param progress hears one line after each piece of work
     */
    public static PolicySummary run(
            MeasuredPair pair, Setup setup, int prompts, Path folder, boolean again, Consumer<String> progress) {
        Environment environment = Environment.here();
        try {
            Files.createDirectories(folder);
            if (again) {
                Files.deleteIfExists(folder.resolve(ADAPTIVE));
            }
        } catch (IOException e) {
            throw new InvalidFileException(folder.toString(), "cannot be written to");
        }
        FitSetup fit = new FitSetup(setup.pair(), setup.fingerprint(), setup.steps(), setup.fitPrompts());
        ResultLog<Fitted> fits = ResultLog.open(folder.resolve(FITTED), fit, Fitted.class);
        if (fits.results().isEmpty()) {
            fits.add(Fitted.of(new FitPrompts(pair, setup.steps(), setup.fitPrompts()), setup.steps(), progress));
        }
        Fitted fitted = fits.results().get(0);
        ResultLog<PromptRuns> rivals =
                ResultLog.open(folder.resolve(RIVALS), new RivalSetup(fit, fitted), PromptRuns.class);
        ResultLog<PromptRuns> adaptive = ResultLog.open(folder.resolve(ADAPTIVE), setup, PromptRuns.class);
        PromptRunner runner = new PromptRunner(pair, setup.steps());
        List<PromptRuns> done = new ArrayList<>();
        for (int index = 0; index < prompts; index++) {
            long start = System.nanoTime();
            HeldOut held = HeldOut.of(index);
            done.add(measured(rivals, held, each -> runner.rivals(each, fitted)));
            done.add(measured(adaptive, held, each -> runner.adaptive(each, PROFILES, setup.qualities())));
            progress.accept(String.format(
                    Locale.ROOT, "prompt %d of %d, %.1f s", index + 1, prompts, (System.nanoTime() - start) * 1e-9));
        }
        return PolicySummary.of(environment, setup, prompts, fitted, done);
    }

    private static PromptRuns measured(ResultLog<PromptRuns> log, HeldOut held, Function<HeldOut, PromptRuns> measure) {
        if (log.results().size() <= held.index()) {
            log.add(measure.apply(held));
        }
        return log.results().get(held.index());
    }
}

package io.flowblend.experiment;

import io.flowblend.file.InvalidFileException;
import io.flowblend.pipeline.OpenPipeline;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
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
 * One prompt after the other, all policies on each, so that nothing but the policy differs.
 *
 * <p>What is finished is kept in a folder: the rivals in {@value #RIVALS}, the adaptive policy and the clairvoyant schedule
 * in {@value #ADAPTIVE}. So an interrupted run goes on where it was, and a changed controller is measured again without
 * its rivals.
 */
public final class PolicyBenchmark {
    static final String RIVALS = "rivals.jsonl";
    static final String ADAPTIVE = "adaptive.jsonl";

    private final OpenPipeline pipeline;
    private final Setup setup;
    private final ResultLog<PromptRuns> rivals;
    private final ResultLog<PromptRuns> adaptive;

    /**
     * What is measured.
     *
     * @param steps solver steps
     * @param qualities at which the adaptive policy and the clairvoyant schedule are run
     * @param oracleRounds how often the neighbours of the clairvoyant schedule are tried
     */
    public record Setup(String pair, int steps, List<Double> qualities, int oracleRounds) {
        public Setup {
            qualities = List.copyOf(qualities);
        }
    }

    private record RivalSetup(String pair, int steps) {}

    private PolicyBenchmark(OpenPipeline pipeline, Setup setup, Path folder) {
        this.pipeline = pipeline;
        this.setup = setup;
        this.rivals =
                ResultLog.open(folder.resolve(RIVALS), new RivalSetup(setup.pair(), setup.steps()), PromptRuns.class);
        this.adaptive = ResultLog.open(folder.resolve(ADAPTIVE), setup, PromptRuns.class);
    }

    /**
     * Runs the first {@code prompts} held-out prompts, or what of them the folder does not hold yet.
     *
     * @param folder where finished prompts are kept; made if it is not there
     * @param again whether the adaptive policy is measured anew
     * @param progress hears one line after each prompt
     */
    public static PolicySummary run(
            OpenPipeline pipeline, Setup setup, int prompts, Path folder, boolean again, Consumer<String> progress) {
        Environment environment = Environment.here();
        try {
            Files.createDirectories(folder);
            if (again) {
                Files.deleteIfExists(folder.resolve(ADAPTIVE));
            }
        } catch (IOException e) {
            throw new InvalidFileException(folder.toString(), "cannot be written to");
        }
        PolicyBenchmark benchmark = new PolicyBenchmark(pipeline, setup, folder);
        List<PromptRuns> done = new ArrayList<>();
        for (int index = 0; index < prompts; index++) {
            long start = System.nanoTime();
            done.add(benchmark.prompt(HeldOut.of(index)));
            progress.accept(String.format(
                    Locale.ROOT, "prompt %d of %d, %.1f s", index + 1, prompts, (System.nanoTime() - start) * 1e-9));
        }
        return PolicySummary.of(environment, setup, done);
    }

    private PromptRuns prompt(HeldOut held) {
        PromptRuns others =
                measured(rivals, held, runner -> runner.rivals(pipeline.spec().storedProfile()));
        PromptRuns own = measured(
                adaptive, held, runner -> runner.adaptive(setup.qualities(), others.runs(), setup.oracleRounds()));
        List<PolicyRun> runs = new ArrayList<>(others.runs());
        runs.addAll(own.runs());
        return runsOf(held, runs);
    }

    private PromptRuns measured(
            ResultLog<PromptRuns> log, HeldOut held, Function<PromptRunner, List<PolicyRun>> measure) {
        if (log.results().size() <= held.index()) {
            VideoRequest request = pipeline.resolve(
                    VideoOptions.of(held.prompt()).withSteps(setup.steps()).withSeed(held.seed()));
            log.add(runsOf(held, pipeline.open(request, open -> measured(open, held, measure))));
        }
        return log.results().get(held.index());
    }

    private static List<PolicyRun> measured(
            OpenRequest open, HeldOut held, Function<PromptRunner, List<PolicyRun>> measure) {
        try (PromptRunner runner = new PromptRunner(open, held)) {
            return measure.apply(runner);
        }
    }

    private static PromptRuns runsOf(HeldOut held, List<PolicyRun> runs) {
        return new PromptRuns(held.index(), held.prompt(), held.seed(), held.digits(), runs);
    }
}

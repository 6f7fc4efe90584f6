package io.flowblend.cli;

import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.paper.PaperExperiments;
import io.flowblend.experiment.paper.PaperPrompts;
import io.flowblend.experiment.paper.Progress;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.quality.network.FeatureNetworks;
import io.flowblend.request.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the paper's experiments have in common: pair, prompts, steps, and where finished work is kept. */
final class PaperOptions {
    private static final int USUAL = 16;
    private static final int QUICK = 4;
    private static final int DRAWS = 200;
    private static final int QUICK_DRAWS = 50;

    @Option(names = "--prompts", description = "Prompts, 1 to 128; default: " + USUAL + ", quick " + QUICK + ".")
    private @Nullable Integer count;

    @Option(names = "--quick", description = "Measure less.")
    private boolean quick;

    @Option(
            names = "--prompt-file",
            paramLabel = "FILE",
            description = "Prompts, one a line. Needed for every pair but the built-in one.")
    private @Nullable Path promptFile;

    @Option(names = "--steps", description = "Solver steps; default: the pair's own.")
    private @Nullable Integer steps;

    @Option(
            names = "--results",
            paramLabel = "DIR",
            defaultValue = "paper",
            description = "Finished prompts are kept here, to go on after an interruption; default: ${DEFAULT-VALUE}.")
    private Path results = Path.of("paper");

    @Option(
            names = "--features",
            paramLabel = "DIR",
            description = "Folder with networks for more measures: dino, clip, inception, lpips.pt, raft.pt, amt.pt.")
    private @Nullable Path features;

    @Mixin
    private PairOptions pairs = new PairOptions();

    /** Work on an open pair. */
    @FunctionalInterface
    interface Work {
        void on(MeasuredPair pair, PaperExperiments experiments, int steps) throws IOException;
    }

    boolean quick() {
        return quick;
    }

    int count() {
        if (count == null) {
            return quick ? QUICK : USUAL;
        }
        return count;
    }

    void open(String pair, Work work) throws IOException {
        int prompted = count();
        if (prompted < 1 || (steps != null && steps < 2)) {
            throw new InvalidRequestException("prompts", "--prompts has to be 1 or more, --steps 2 or more.");
        }
        List<String> lines = promptFile == null
                ? List.of()
                : Files.readAllLines(promptFile).stream()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .toList();
        Files.createDirectories(results);
        Optional<FeatureNetworks> networks = Optional.ofNullable(features).map(FeatureNetworks::in);
        try (PairCatalog catalog = pairs.open()) {
            MeasuredPair measured = MeasuredPair.of(pairs.pipeline(catalog, pair));
            int used = steps == null ? measured.served().spec().sampling().steps() : steps;
            PaperPrompts prompts = PaperPrompts.of(pair, BuiltInPair.ID, lines);
            PaperExperiments.Setup setup =
                    new PaperExperiments.Setup(used, prompted, prompts, results, quick ? QUICK_DRAWS : DRAWS, networks);
            Progress progress = new Progress(line -> System.err.print("\r" + line + "   "), System::nanoTime);
            work.on(measured, new PaperExperiments(measured, setup, progress), used);
        } finally {
            networks.ifPresent(FeatureNetworks::close);
        }
    }
}

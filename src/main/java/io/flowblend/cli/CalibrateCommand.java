package io.flowblend.cli;

import io.flowblend.evidence.EvidenceJson;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.experiment.DigitPrompts;
import io.flowblend.experiment.Environment;
import io.flowblend.learning.CalibrationPlan;
import io.flowblend.learning.CalibrationReport;
import io.flowblend.learning.CalibrationRun;
import io.flowblend.learning.CatalogCalibrator;
import io.flowblend.learning.FileMeasurementLog;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.request.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures a pair and writes what was found in the form of {@code calibration-data/}. */
@Command(
        name = "calibrate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures a pair by twin runs and writes its calibration. What each prompt showed is kept in "
                + "FILE.samples: called again, it goes on from there.")
final class CalibrateCommand implements Callable<Integer> {
    private static final long SHOW_NANOS = 1_000_000_000;

    @Option(
            names = "--prompts",
            paramLabel = "N",
            defaultValue = "" + CalibrationPlan.USUAL,
            description = "Prompts to measure, " + CalibrationPlan.FEWEST
                    + " or more, each with its own seed; default: ${DEFAULT-VALUE}.")
    private int count;

    @Option(
            names = "--prompt-file",
            paramLabel = "FILE",
            description = "Prompts, one a line; taken in turn. Needed for every pair but " + BuiltInPair.ID + ".")
    private @Nullable Path promptFile;

    @Option(names = "--steps", description = "Solver steps; default: the pair's own.")
    private @Nullable Integer steps;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "JSON file to write.")
    private Path out = Path.of("");

    @Option(
            names = "--minutes",
            defaultValue = "1000000",
            description = "Stop after so many minutes; what was measured is in FILE.samples.")
    private double minutes;

    @Mixin
    private PairOptions pairs = new PairOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (count < CalibrationPlan.FEWEST) {
            throw new InvalidRequestException(
                    "prompts", "prompts has to be " + CalibrationPlan.FEWEST + " or more, not " + count + ".");
        }
        MemoryEvidenceStore store = new MemoryEvidenceStore(ShippedEvidence.packaged());
        try (PairCatalog catalog = pairs.open(store)) {
            VideoPipeline pipeline = pairs.pipeline(catalog);
            String pair = pipeline.spec().id();
            Path samples = out.resolveSibling(out.getFileName() + ".samples");
            CalibrationPlan plan = CatalogCalibrator.checked(pipeline, new CalibrationPlan(pair, prompts(pair), count));
            try (CalibrationRun run = new CalibrationRun(
                    pipeline,
                    store,
                    plan,
                    steps == null ? OptionalInt.empty() : OptionalInt.of(steps),
                    new FileMeasurementLog(samples),
                    () -> LearningRules.DEFAULT,
                    InstantSource.system())) {
                if (!advance(run)) {
                    print(String.format("%nout of time; call again to go on from %s%n", samples));
                    return ExitCode.SOFTWARE;
                }
                CalibrationReport report = run.report().orElseThrow();
                Files.writeString(out, EvidenceJson.write(store.find(pair).orElseThrow()));
                print(Environment.here() + System.lineSeparator() + report.table());
                print(String.format("%nwrote %s; the measurements are in %s%n", out, samples));
            }
        }
        return ExitCode.OK;
    }

    /** Until it is done or the time is over. */
    private boolean advance(CalibrationRun run) {
        long end = System.nanoTime() + (long) (minutes * 60e9);
        while (true) {
            long shown = System.nanoTime();
            boolean done = run.advance(() -> System.nanoTime() > Math.min(end, shown + SHOW_NANOS));
            show(run.fractionDone());
            if (done || System.nanoTime() > end) {
                return done;
            }
        }
    }

    private List<String> prompts(String pair) throws IOException {
        if (promptFile == null) {
            List<String> examples = DigitPrompts.examples(pair, count);
            if (examples.isEmpty()) {
                throw new InvalidRequestException(
                        "prompt-file",
                        "prompt-file is needed to calibrate the pair '" + pair
                                + "': the command line keeps no requests to take prompts from.");
            }
            return examples;
        }
        List<String> prompts = Files.readAllLines(promptFile).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        if (prompts.isEmpty()) {
            throw new InvalidRequestException("prompt-file", "prompt-file has no prompt.");
        }
        return prompts;
    }

    private static void show(double done) {
        System.err.printf(Locale.ROOT, "\rcalibrating %3.0f %%%s", 100 * done, done < 1 ? "" : System.lineSeparator());
    }

    private void print(String text) {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec");
        }
        spec.commandLine().getOut().print(text);
        spec.commandLine().getOut().flush();
    }
}

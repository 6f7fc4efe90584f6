package io.flowblend.cli;

import io.flowblend.experiment.Environment;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.newpair.NewPair;
import io.flowblend.experiment.newpair.NewPairBenchmark;
import io.flowblend.experiment.newpair.NewPairReport;
import io.flowblend.experiment.policies.ParetoPlot;
import io.flowblend.experiment.policies.PolicyBenchmark;
import io.flowblend.experiment.policies.PolicySummary;
import io.flowblend.experiment.policies.PolicyTables;
import io.flowblend.experiment.policies.PromiseBenchmark;
import io.flowblend.experiment.policies.PromiseTables;
import io.flowblend.experiment.timing.LoopBenchmark;
import io.flowblend.pipeline.PairCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code bench policies}, {@code promise}, {@code newpair} and {@code loop} in one go, as a part of a Markdown document. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description = {
            "policies, promise, newpair and loop, one after the other, into a Markdown document.",
            "What is finished is kept: the same command goes on after an interruption."
        })
final class BenchReportCommand implements Callable<Integer> {
    /** The document's last part, which is written anew. */
    static final String HEADING = "## Results";

    private static final double QUALITY = 0.5;
    private static final List<Double> QUALITIES = List.of(0.2, 0.35, 0.5, 0.65, 0.8, 0.9);
    private static final List<Double> SPEEDUPS = List.of(1.2, 1.5, 2.0, 3.0);
    private static final String PICTURE = "policies.png";

    @ParentCommand
    private BenchCommand bench = new BenchCommand();

    @Option(
            names = "--document",
            paramLabel = "FILE",
            defaultValue = "policies.md",
            description =
                    "Its part \"" + HEADING + "\", the last one, is written anew; pictures lie in images/ beside it;"
                            + " default: ${DEFAULT-VALUE}.")
    private Path document = Path.of("policies.md");

    @Option(
            names = "--results",
            paramLabel = "DIR",
            defaultValue = "report",
            description = "What is finished is kept here; default: ${DEFAULT-VALUE}.")
    private Path results = Path.of("report");

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "policies,promise,newpair,loop",
            description = "Parts to measure; default: ${DEFAULT-VALUE}.")
    private List<String> only = List.of();

    @Option(names = "--prompts", description = "To measure with; default: 64, quick 12.")
    private @Nullable Integer prompts;

    @Option(names = "--fit-prompts", description = "Others that the rivals are fitted with; default: 8, quick 2.")
    private @Nullable Integer fitPrompts;

    @Option(names = "--requests", description = "To each new pair; default: 64, quick 40.")
    private @Nullable Integer requests;

    @Option(names = "--again", description = "Measure the adaptive policy anew; its rivals are kept.")
    private boolean again;

    private BenchSize size() {
        BenchSize usual = bench.size();
        return new BenchSize(
                BenchCommand.measured("prompts", BenchCommand.or(prompts, usual.prompts())),
                BenchCommand.atLeastOne("fit-prompts", BenchCommand.or(fitPrompts, usual.fitPrompts())),
                BenchCommand.measured("requests", BenchCommand.or(requests, usual.requests())),
                usual.variants(),
                usual.rounds(),
                usual.warmUpRounds());
    }

    @Override
    public Integer call() throws IOException {
        OutputFile.check("--document", document);
        Path images = Files.createDirectories(document.toAbsolutePath().resolveSibling("images"));
        Files.createDirectories(results);
        StringBuilder text = new StringBuilder(HEADING)
                .append("\n\n")
                .append(Environment.here())
                .append(".\n");
        int steps;
        try (PairCatalog catalog = bench.pairs().open()) {
            MeasuredPair pair = MeasuredPair.of(bench.pairs().pipeline(catalog));
            steps = steps(pair);
            if (only.contains("policies")) {
                text.append(policies(pair, images));
            }
            if (only.contains("promise")) {
                text.append(promise(pair));
            }
            if (only.contains("loop")) {
                text.append(loop(pair));
            }
        }
        if (only.contains("newpair")) {
            text.append(newPairs(images, steps));
        }
        Files.writeString(document, withResults(Files.exists(document) ? Files.readString(document) : "", text));
        System.out.print(text);
        return 0;
    }

    /** The document with its last part, from {@link #HEADING} on, replaced; appended if it has none. */
    static String withResults(String before, CharSequence results) {
        int at = before.startsWith(HEADING + "\n") ? 0 : before.indexOf("\n" + HEADING + "\n");
        String kept = at < 0 ? before : before.substring(0, at);
        return kept.isBlank() ? results.toString() : kept.stripTrailing() + "\n\n" + results;
    }

    private static int steps(MeasuredPair pair) {
        return pair.served().spec().sampling().steps();
    }

    private String policies(MeasuredPair pair, Path images) {
        PolicyBenchmark.Setup setup = new PolicyBenchmark.Setup(
                pair.id(), pair.served().fingerprint(), steps(pair), size().fitPrompts(), QUALITIES);
        PolicySummary summary = PolicyBenchmark.run(
                pair, setup, size().prompts(), results.resolve("policies"), again, BenchCommand::progress);
        ParetoPlot.write(summary, images.resolve(PICTURE));
        String intro = String.format(
                Locale.ROOT,
                "`%s`, %d held-out prompts, rivals fitted on %d others, %d steps.",
                pair.id(),
                summary.prompts(),
                setup.fitPrompts(),
                steps(pair));
        return part(
                "Policies",
                intro,
                "![compute against deviation](images/" + PICTURE + ")",
                PolicyTables.markdown(summary));
    }

    private String promise(MeasuredPair pair) throws IOException {
        PromiseBenchmark.Setup setup = new PromiseBenchmark.Setup(
                pair.id(),
                pair.served().fingerprint(),
                "balanced",
                QUALITIES,
                List.of(steps(pair) / 4, steps(pair) / 2, steps(pair)),
                List.of(pair.served().spec().sampling().guidance()));
        Path log = results.resolve("promise.jsonl");
        if (again) {
            Files.deleteIfExists(log);
        }
        PromiseBenchmark.Result result =
                PromiseBenchmark.run(pair, setup, size().prompts(), log, BenchCommand::progress);
        return part("Promises", PromiseTables.summary(result), "", PromiseTables.markdown(result));
    }

    private String loop(MeasuredPair pair) throws IOException {
        LoopBenchmark.Setup setup = new LoopBenchmark.Setup(
                bench.prompt(), steps(pair), QUALITY, SPEEDUPS, size().rounds(), size().warmUpRounds());
        LoopBenchmark.Result result = LoopBenchmark.run(pair.served(), setup);
        String intro = "Whole videos, medians of " + setup.rounds() + " rounds; \"" + setup.prompt() + "\".";
        return part("Time", intro, "", LoopBenchmark.markdown(result));
    }

    private String newPairs(Path images, int steps) {
        List<NewPair> pairs = new ArrayList<>(size().variants());
        NewPairBenchmark.Setup setup =
                new NewPairBenchmark.Setup(steps, QUALITY, size().requests(), size().fitPrompts());
        NewPairBenchmark.Result result =
                NewPairBenchmark.run(results.resolve("newpair"), setup, pairs, BenchCommand::progress);
        NewPairReport.plot(result, images, "newpair");
        String intro = setup.requests() + " requests to each pair, quality " + QUALITY
                + "; compute and deviation from request 32 on.";
        String pictures = "![compute](images/newpair-compute.png)\n![deviation](images/newpair-deviation.png)";
        return part("New pairs", intro, pictures, NewPairReport.markdown(result));
    }

    private static String part(String name, String intro, String pictures, String tables) {
        String shown = pictures.isEmpty() ? "" : pictures + "\n\n";
        return "\n### " + name + "\n\n" + intro + "\n\n" + shown + tables;
    }
}

package io.flowblend.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.flowblend.experiment.HeldOut;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.newpair.BuiltInVariant;
import io.flowblend.experiment.newpair.NewPair;
import io.flowblend.experiment.newpair.NewPairBenchmark;
import io.flowblend.experiment.newpair.NewPairReport;
import io.flowblend.experiment.newpair.PairFolder;
import io.flowblend.experiment.policies.ParetoPlot;
import io.flowblend.experiment.policies.PolicyBenchmark;
import io.flowblend.experiment.policies.PolicySummary;
import io.flowblend.experiment.policies.PolicyTables;
import io.flowblend.experiment.policies.PromiseBenchmark;
import io.flowblend.experiment.policies.PromiseTables;
import io.flowblend.experiment.timing.ForwardBenchmark;
import io.flowblend.experiment.timing.LoadBenchmark;
import io.flowblend.experiment.timing.LoopBenchmark;
import io.flowblend.experiment.timing.MemoryBenchmark;
import io.flowblend.model.LatentShape;
import io.flowblend.model.PairSpec;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairLoader;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.request.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/** Benchmarks: a table for people and, with {@code --json FILE}, the same figures for machines. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures on this machine.",
        subcommands = {BenchReportCommand.class, BenchQueueCommand.class, BenchFaultsCommand.class})
final class BenchCommand {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private static final String DEFAULT = "default: ${DEFAULT-VALUE}.";
    private static final String QUALITIES = "0.2,0.35,0.5,0.65,0.8,0.9";

    @Mixin
    private PairOptions pairs = new PairOptions();

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "Also write the figures to this file.")
    private @Nullable Path json;

    @Option(
            names = "--quick",
            scope = ScopeType.INHERIT,
            description = "policies, promise, newpair, loop: fewer prompts and rounds, about ten minutes on one core.")
    private boolean quick;

    @Option(
            names = "--prompt",
            scope = ScopeType.INHERIT,
            description = "Prompt; default: ${DEFAULT-VALUE}.",
            defaultValue = "a red seven moves left fast")
    private String prompt = "";

    @Command(
            name = "loop",
            mixinStandardHelpOptions = true,
            description = "LLL, SSS, LSL, adaptive, and speedups that are asked for, side by side.")
    int loop(
            @Option(names = "--steps", description = "Default: the pair's own.") @Nullable Integer steps,
            @Option(names = "--quality", defaultValue = "0.5", description = DEFAULT) double quality,
            @Option(names = "--speedups", split = ",", defaultValue = "1.2,1.5,2,3", description = DEFAULT)
                    List<Double> speedups,
            @Option(names = "--rounds", description = "Default: 7, quick 5.") @Nullable Integer rounds,
            @Option(names = "--warm-up-rounds", description = "Default: 10, quick 4.") @Nullable Integer warmUpRounds)
            throws IOException {
        try (PairCatalog catalog = pairs.open()) {
            VideoPipeline pipeline = pairs.pipeline(catalog);
            BenchSize size = BenchSize.of(quick);
            LoopBenchmark.Setup setup = new LoopBenchmark.Setup(
                    prompt,
                    orUsual(steps, pipeline.spec()),
                    quality,
                    speedups,
                    or(rounds, size.rounds()),
                    or(warmUpRounds, size.warmUpRounds()));
            LoopBenchmark.Result result = LoopBenchmark.run(pipeline, setup);
            System.out.print(LoopBenchmark.text(result));
            write(result);
        }
        return 0;
    }

    @Command(name = "memory", mixinStandardHelpOptions = true, description = "Resident size over many videos in a row.")
    int memory(
            @Option(names = "--videos", defaultValue = "200", description = "Default: ${DEFAULT-VALUE}.") int videos,
            @Option(names = "--steps", defaultValue = "8", description = "Default: ${DEFAULT-VALUE}.") int steps)
            throws IOException {
        try (PairCatalog catalog = pairs.open()) {
            MemoryBenchmark.Result result = MemoryBenchmark.run(pairs.pipeline(catalog), prompt, steps, videos);
            System.out.print(MemoryBenchmark.table(result));
            write(result);
        }
        return 0;
    }

    @Command(
            name = "load",
            mixinStandardHelpOptions = true,
            description =
                    "How fast a Wan transformer is loaded to --device in --dtype, beside cat, in how much memory.")
    int load(
            @Parameters(paramLabel = "FOLDER", description = "config.json and *.safetensors of the transformer.")
                    Path folder,
            @Option(names = "--rounds", defaultValue = "3", description = DEFAULT) int rounds)
            throws IOException {
        LoadBenchmark.Result result = LoadBenchmark.run(folder, pairs.placement(), rounds);
        System.out.print(LoadBenchmark.table(result));
        write(result);
        return 0;
    }

    @Command(
            name = "forward",
            mixinStandardHelpOptions = true,
            description = "Single forwards of a Wan transformer, on --device in --dtype.")
    int forward(
            @Parameters(paramLabel = "FOLDER", description = "config.json and *.safetensors of the transformer.")
                    Path folder,
            @Option(
                            names = "--latents",
                            split = ",",
                            arity = "1",
                            paramLabel = "C,F,H,W",
                            description = "Default: the model's channels, 5 frames of 8x8.")
                    @Nullable
                    List<Integer> latents,
            @Option(names = "--text-positions", defaultValue = "32", description = DEFAULT) int textPositions,
            @Option(names = "--batch", defaultValue = "1", description = DEFAULT) int batch,
            @Option(names = "--rounds", defaultValue = "7", description = DEFAULT) int rounds)
            throws IOException {
        if (latents != null && latents.size() != 4) {
            throw new InvalidRequestException("latents", "--latents takes four sizes: channels,frames,height,width");
        }
        LatentShape shape = latents == null
                ? new LatentShape(WanTransformer.channels(folder), 5, 8, 8)
                : new LatentShape(latents.get(0), latents.get(1), latents.get(2), latents.get(3));
        ForwardBenchmark.Setup setup = new ForwardBenchmark.Setup(folder, shape, batch, textPositions);
        ForwardBenchmark.Result result = ForwardBenchmark.run(setup, pairs.placement(), rounds);
        System.out.print(ForwardBenchmark.table(result));
        write(result);
        return 0;
    }

    @Command(
            name = "policies",
            mixinStandardHelpOptions = true,
            description = "Every rule on held-out prompts: compute against deviation.")
    int policies(
            @Option(names = "--prompts", description = "To measure with; default: 64, quick 12.") @Nullable
                    Integer prompts,
            @Option(
                            names = "--fit-prompts",
                            description = "Others that the rivals are fitted with; default: 8, quick 2.")
                    @Nullable
                    Integer fitPrompts,
            @Option(names = "--steps", description = "Default: the pair's own.") @Nullable Integer steps,
            @Option(names = "--qualities", split = ",", defaultValue = QUALITIES, description = DEFAULT)
                    List<Double> qualities,
            @Option(
                            names = "--results",
                            paramLabel = "DIR",
                            defaultValue = "policies",
                            description = "Finished prompts are kept here, to go on after an interruption; " + DEFAULT)
                    Path results,
            @Option(names = "--again", description = "Measure the adaptive policy anew; its rivals are kept.")
                    boolean again,
            @Option(names = "--plot", paramLabel = "FILE", description = "Also draw a picture (PNG).") @Nullable
                    Path plot,
            @Option(names = "--markdown", paramLabel = "FILE", description = "Also write the tables as Markdown.")
                    @Nullable
                    Path markdown)
            throws IOException {
        try (PairCatalog catalog = pairs.open()) {
            MeasuredPair pair = MeasuredPair.of(pairs.pipeline(catalog));
            PolicyBenchmark.Setup setup = new PolicyBenchmark.Setup(
                    pair.id(),
                    pair.served().fingerprint(),
                    orUsual(steps, pair.served().spec()),
                    atLeastOne("fit-prompts", or(fitPrompts, BenchSize.of(quick).fitPrompts())),
                    qualities);
            PolicySummary summary = PolicyBenchmark.run(
                    pair,
                    setup,
                    measured("prompts", or(prompts, BenchSize.of(quick).prompts())),
                    results,
                    again,
                    BenchCommand::progress);
            System.out.print(PolicyTables.text(summary));
            write(summary);
            if (plot != null) {
                ParetoPlot.write(summary, plot);
            }
            if (markdown != null) {
                Files.writeString(markdown, PolicyTables.markdown(summary));
            }
        }
        return 0;
    }

    @Command(
            name = "promise",
            mixinStandardHelpOptions = true,
            description = "Whether held-out requests end within what was promised.")
    int promise(
            @Option(names = "--prompts", description = "Default: 64, quick 12.") @Nullable Integer prompts,
            @Option(names = "--profile", defaultValue = "balanced", description = DEFAULT) String profile,
            @Option(names = "--qualities", split = ",", defaultValue = QUALITIES, description = DEFAULT)
                    List<Double> qualities,
            @Option(names = "--steps", split = ",", description = "Default: half of the pair's own, and all.") @Nullable
                    List<Integer> steps,
            @Option(names = "--guidance", split = ",", description = "Default: the pair's own, and halfway to none.")
                    @Nullable
                    List<Double> guidances,
            @Option(
                            names = "--results",
                            paramLabel = "FILE",
                            defaultValue = "promise.jsonl",
                            description = "Finished prompts are kept here, to go on after an interruption; " + DEFAULT)
                    Path results,
            @Option(names = "--markdown", paramLabel = "FILE", description = "Also write the table as Markdown.")
                    @Nullable
                    Path markdown)
            throws IOException {
        try (PairCatalog catalog = pairs.open()) {
            MeasuredPair pair = MeasuredPair.of(pairs.pipeline(catalog));
            PairSpec.Sampling usual = pair.served().spec().sampling();
            PromiseBenchmark.Setup setup = new PromiseBenchmark.Setup(
                    pair.id(),
                    pair.served().fingerprint(),
                    profile,
                    qualities,
                    steps != null ? steps : List.of(Math.max(1, usual.steps() / 2), usual.steps()),
                    guidances != null ? guidances : List.of(usual.guidance(), (usual.guidance() + 1) / 2));
            PromiseBenchmark.Result result = PromiseBenchmark.run(
                    pair,
                    setup,
                    measured("prompts", or(prompts, BenchSize.of(quick).prompts())),
                    results,
                    BenchCommand::progress);
            System.out.print(PromiseTables.text(result));
            write(result);
            if (markdown != null) {
                Files.writeString(markdown, PromiseTables.markdown(result));
            }
        }
        return 0;
    }

    @Command(
            name = "newpair",
            mixinStandardHelpOptions = true,
            description = "Serves pairs that nothing is known about, from the first request on.")
    int newPair(
            @Option(names = "--requests", description = "To each pair; default: 64, quick 40.") @Nullable
                    Integer requests,
            @Option(names = "--steps", description = "Default: the built-in pair's own.") @Nullable Integer steps,
            @Option(names = "--quality", defaultValue = "0.5", description = DEFAULT) double quality,
            @Option(
                            names = {"--fit-prompts", "--static-prompts"},
                            description = "Other prompts on which static schedules are searched; default: 8, quick 2.")
                    @Nullable
                    Integer fitPrompts,
            @Option(
                            names = "--variants",
                            split = ",",
                            description =
                                    "Of the built-in pair: ${COMPLETION-CANDIDATES}; default: all, quick NOISY and"
                                            + " OTHER_LARGE.")
                    @Nullable
                    List<BuiltInVariant> variants,
            @Option(
                            names = "--pair-folder",
                            paramLabel = "DIR",
                            description = "Another pair, a folder with a pair.yaml; can be given several times.")
                    @Nullable
                    List<Path> folders,
            @Option(
                            names = "--results",
                            paramLabel = "DIR",
                            defaultValue = "newpair",
                            description = "For the pairs, and what is finished; " + DEFAULT)
                    Path results,
            @Option(names = "--plots", paramLabel = "DIR", description = "Also draw pictures (PNG).") @Nullable
                    Path plots,
            @Option(names = "--markdown", paramLabel = "FILE", description = "Also write the table as Markdown.")
                    @Nullable
                    Path markdown)
            throws IOException {
        BenchSize size = BenchSize.of(quick);
        List<NewPair> newPairs = new ArrayList<>(variants == null ? size.variants() : variants);
        if (folders != null) {
            folders.forEach(folder -> newPairs.add(new PairFolder(folder)));
        }
        Path builtIn = BuiltInPair.unpack(pairs.place().dataDirectory());
        NewPairBenchmark.Setup setup = new NewPairBenchmark.Setup(
                orUsual(steps, PairLoader.describe(builtIn)),
                quality,
                measured("requests", or(requests, size.requests())),
                atLeastOne("fit-prompts", or(fitPrompts, size.fitPrompts())));
        NewPairBenchmark.Result result = NewPairBenchmark.run(results, setup, newPairs, BenchCommand::progress);
        System.out.print(NewPairReport.text(result));
        write(result);
        if (plots != null) {
            NewPairReport.plot(result, plots, "newpair");
        }
        if (markdown != null) {
            Files.writeString(markdown, NewPairReport.markdown(result));
        }
        return 0;
    }

    static int or(@Nullable Integer given, int usual) {
        return given == null ? usual : given;
    }

    /** How much is measured where the command line does not say. */
    BenchSize size() {
        return BenchSize.of(quick);
    }

    PairOptions pairs() {
        return pairs;
    }

    String prompt() {
        return prompt;
    }

    /** Prompts beyond the reserved ones may have been learned from. */
    static int measured(String option, int prompts) {
        if (prompts > HeldOut.RESERVED) {
            throw new InvalidRequestException(
                    option, "--" + option + " has to be at most " + HeldOut.RESERVED + ", not " + prompts);
        }
        return atLeastOne(option, prompts);
    }

    private static int orUsual(@Nullable Integer steps, PairSpec spec) {
        return steps != null ? steps : spec.sampling().steps();
    }

    static int atLeastOne(String option, int count) {
        if (count < 1) {
            throw new InvalidRequestException(option, "--" + option + " has to be 1 or more, not " + count);
        }
        return count;
    }

    /** One line on standard error that is written over. */
    static void progress(String line) {
        System.err.print("\r" + line);
        System.err.flush();
    }

    /** Also for machines, where that is asked for. */
    void write(Object result) throws IOException {
        if (json != null) {
            Files.writeString(json, JSON.writeValueAsString(result) + System.lineSeparator());
        }
    }
}

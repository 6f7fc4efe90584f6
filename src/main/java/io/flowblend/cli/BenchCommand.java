package io.flowblend.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.flowblend.experiment.ForwardBenchmark;
import io.flowblend.experiment.LoadBenchmark;
import io.flowblend.experiment.LoopBenchmark;
import io.flowblend.experiment.MemoryBenchmark;
import io.flowblend.experiment.NewPairBenchmark;
import io.flowblend.experiment.NewPairReport;
import io.flowblend.experiment.ParetoPlot;
import io.flowblend.experiment.PolicyBenchmark;
import io.flowblend.experiment.PolicySummary;
import io.flowblend.experiment.PolicyTables;
import io.flowblend.experiment.PromiseBenchmark;
import io.flowblend.model.LatentShape;
import io.flowblend.pipeline.OpenPipeline;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.request.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/** Benchmarks: a table for people and, with {@code --json FILE}, the same figures for machines. */
@Command(name = "bench", mixinStandardHelpOptions = true, description = "Measures on this machine.")
final class BenchCommand {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private static final String DEFAULT = "default: ${DEFAULT-VALUE}.";

    @Mixin
    private PairOptions pairs = new PairOptions();

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "Also write the figures to this file.")
    private @Nullable Path json;

    @Option(
            names = "--prompt",
            scope = ScopeType.INHERIT,
            description = "Prompt; default: ${DEFAULT-VALUE}.",
            defaultValue = "a red seven moves left fast")
    private String prompt = "";

    @Command(name = "loop", mixinStandardHelpOptions = true, description = "LLL, SSS, LSL and adaptive side by side.")
    int loop(
            @Option(names = "--steps", defaultValue = "40", description = "Default: ${DEFAULT-VALUE}.") int steps,
            @Option(names = "--quality", defaultValue = "0.5", description = "Default: ${DEFAULT-VALUE}.")
                    double quality,
            @Option(names = "--rounds", defaultValue = "7", description = "Default: ${DEFAULT-VALUE}.") int rounds)
            throws IOException {
        try (PairCatalog catalog = pairs.open()) {
            LoopBenchmark.Result result = LoopBenchmark.run(pairs.pipeline(catalog), prompt, steps, quality, rounds);
            System.out.print(LoopBenchmark.table(result));
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
                            defaultValue = "16,5,8,8",
                            description = DEFAULT)
                    List<Integer> latents,
            @Option(names = "--text-positions", defaultValue = "32", description = DEFAULT) int textPositions,
            @Option(names = "--batch", defaultValue = "1", description = DEFAULT) int batch,
            @Option(names = "--rounds", defaultValue = "7", description = DEFAULT) int rounds)
            throws IOException {
        if (latents.size() != 4) {
            throw new InvalidRequestException("latents", "--latents takes four sizes: channels,frames,height,width");
        }
        LatentShape shape = new LatentShape(latents.get(0), latents.get(1), latents.get(2), latents.get(3));
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
            @Option(names = "--prompts", defaultValue = "64", description = "Default: ${DEFAULT-VALUE}.") int prompts,
            @Option(names = "--steps", defaultValue = "40", description = "Default: ${DEFAULT-VALUE}.") int steps,
            @Option(names = "--qualities", split = ",", defaultValue = "0.3,0.6,0.8,0.9,0.95", description = DEFAULT)
                    List<Double> qualities,
            @Option(
                            names = "--oracle-rounds",
                            defaultValue = "1",
                            description = "How often neighbours of the best schedule are tried; " + DEFAULT)
                    int oracleRounds,
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
            OpenPipeline pipeline = pairs.openPipeline(catalog);
            PolicyBenchmark.Setup setup =
                    new PolicyBenchmark.Setup(pipeline.spec().id(), steps, qualities, oracleRounds);
            PolicySummary summary =
                    PolicyBenchmark.run(pipeline, setup, prompts, results, again, BenchCommand::progress);
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
            @Option(names = "--prompts", defaultValue = "64", description = DEFAULT) int prompts,
            @Option(names = "--qualities", split = ",", defaultValue = "0.6,0.8,0.95", description = DEFAULT)
                    List<Double> qualities,
            @Option(names = "--steps", split = ",", defaultValue = "20,40", description = DEFAULT) List<Integer> steps,
            @Option(names = "--guidance", split = ",", defaultValue = "4,2.5", description = DEFAULT)
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
            OpenPipeline pipeline = pairs.openPipeline(catalog);
            PromiseBenchmark.Setup setup =
                    new PromiseBenchmark.Setup(pipeline.spec().id(), qualities, steps, guidances);
            PromiseBenchmark.Result result =
                    PromiseBenchmark.run(pipeline, setup, prompts, results, BenchCommand::progress);
            System.out.print(PromiseBenchmark.table(result));
            write(result);
            if (markdown != null) {
                Files.writeString(markdown, PromiseBenchmark.markdown(result));
            }
        }
        return 0;
    }

    @Command(
            name = "newpair",
            mixinStandardHelpOptions = true,
            description = "Serves pairs that nothing is known about, from the first request on.")
    int newPair(
            @Option(names = "--requests", defaultValue = "64", description = "To each pair; " + DEFAULT) int requests,
            @Option(names = "--steps", defaultValue = "40", description = DEFAULT) int steps,
            @Option(names = "--quality", defaultValue = "0.6", description = DEFAULT) double quality,
            @Option(
                            names = "--static-prompts",
                            defaultValue = "8",
                            description = "Prompts on which static schedules are measured; " + DEFAULT)
                    int staticPrompts,
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
        NewPairBenchmark.Setup setup = new NewPairBenchmark.Setup(steps, quality, requests, staticPrompts);
        NewPairBenchmark.Result result = NewPairBenchmark.run(results, setup, BenchCommand::progress);
        System.out.print(NewPairReport.table(result));
        write(result);
        if (plots != null) {
            NewPairReport.plot(result, plots, "newpair");
        }
        if (markdown != null) {
            Files.writeString(markdown, NewPairReport.markdown(result));
        }
        return 0;
    }

    /** One line on standard error that is written over. */
    private static void progress(String line) {
        System.err.print("\r" + line);
        System.err.flush();
    }

    private void write(Object result) throws IOException {
        if (json != null) {
            Files.writeString(json, JSON.writeValueAsString(result) + System.lineSeparator());
        }
    }
}

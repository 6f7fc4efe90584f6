package io.flowblend.cli;

import io.flowblend.experiment.Environment;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.paper.DeviationBins;
import io.flowblend.experiment.paper.EvidencePictures;
import io.flowblend.experiment.paper.Figures;
import io.flowblend.experiment.paper.PaperExperiments;
import io.flowblend.experiment.paper.PaperResults;
import io.flowblend.experiment.paper.PaperTables;
import io.flowblend.experiment.paper.ReportPage;
import io.flowblend.experiment.paper.VelocityAnalysis;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.video.WholeFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The FlowBlending paper's experiments on any pair. */
@Command(
        name = "paper",
        mixinStandardHelpOptions = true,
        description = "The FlowBlending paper's experiments on a pair.")
final class PaperCommands {
    private static final int SEGMENTS = 8;
    private static final int QUICK_SEGMENTS = 4;
    private static final int SHEETS = 4;
    private static final int QUICK_SHEETS = 2;

    /** Into how many segments the run is cut. */
    static final class Segments {
        @Option(
                names = "--segments",
                paramLabel = "<segments>",
                description = "2 to 8; default: " + SEGMENTS + ", quick " + QUICK_SEGMENTS + ".")
        private @Nullable Integer asked;

        private int of(PaperOptions options) {
            int usual = options.quick() ? QUICK_SEGMENTS : SEGMENTS;
            int used = asked == null ? usual : asked;
            if (used < 2 || used > 8) {
                throw new InvalidRequestException("segments", "--segments has to be 2 to 8, not " + used + ".");
            }
            return used;
        }
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Command(
            name = "analyse",
            mixinStandardHelpOptions = true,
            description = "Velocity divergence by step: mean and variance, both main streams; names the three stages.")
    int analyse(@Parameters(paramLabel = "PAIR") String pair, @Mixin PaperOptions options) throws IOException {
        options.open(pair, (measured, experiments, steps) -> {
            List<VelocityAnalysis.Curve> curves = experiments.analyse();
            for (VelocityAnalysis.Curve curve : curves) {
                print("main stream " + curve.mainStream() + ", " + curve.velocity() + System.lineSeparator()
                        + PaperTables.divergence(curve).text());
            }
            print(PaperTables.stages(curves).text());
        });
        return 0;
    }

    @Command(
            name = "boundaries",
            mixinStandardHelpOptions = true,
            description = "Early and late boundary, and the stored profile that follows from them.")
    int boundaries(
            @Parameters(paramLabel = "PAIR") String pair,
            @Mixin PaperOptions options,
            @Option(
                            names = "--out",
                            paramLabel = "FILE",
                            description = "Also write the stored profile, as pair.yaml takes it.")
                    @Nullable
                    Path out)
            throws IOException {
        if (out != null) {
            OutputFile.check("out", out);
        }
        options.open(pair, (measured, experiments, steps) -> {
            PaperResults.Boundaries found = experiments.boundaries();
            String yaml = PaperTables.yaml(found.profile());
            print("features: " + experiments.featureSpace() + System.lineSeparator() + PaperTables.boundaries(found)
                    + yaml);
            if (out != null) {
                Files.writeString(out, yaml);
            }
        });
        return 0;
    }

    @Command(
            name = "sweep",
            mixinStandardHelpOptions = true,
            description = "All patterns of LARGE and SMALL over equal segments of the run.")
    int sweep(@Parameters(paramLabel = "PAIR") String pair, @Mixin PaperOptions options, @Mixin Segments segments)
            throws IOException {
        int used = segments.of(options);
        options.open(
                pair,
                (measured, experiments, steps) -> print("features: " + experiments.featureSpace()
                        + System.lineSeparator()
                        + PaperTables.patterns(experiments.sweep(used)).text()));
        return 0;
    }

    @Command(
            name = "deviation",
            mixinStandardHelpOptions = true,
            description = "What a deviation of the latents looks like: PSNR, SSIM, feature distance and adherence.")
    int deviation(
            @Parameters(paramLabel = "PAIR") String pair,
            @Mixin PaperOptions options,
            @Option(
                            names = "--document",
                            paramLabel = "FILE",
                            description =
                                    "Also write it into the block '<!-- figures: deviation -->' of this document.")
                    @Nullable
                    List<Path> documents)
            throws IOException {
        List<Path> filled = documents == null ? List.of() : documents;
        Figures.check(filled, List.of(Figures.DEVIATION));
        options.open(pair, (measured, experiments, steps) -> {
            List<DeviationBins.Bin> bins = experiments.deviations();
            print(DeviationBins.table(bins).text());
            PaperResults.Origin origin = origin(measured, experiments, steps, options, "paper deviation " + pair);
            Figures.ofDeviations(origin, bins).fill(filled);
        });
        return 0;
    }

    @Command(
            name = "report",
            mixinStandardHelpOptions = true,
            description = {
                "All of these, the adaptive policy and contact sheets as one HTML page that needs nothing else.",
                "What is finished is kept: the same command goes on after an interruption."
            })
    int report(
            @Parameters(paramLabel = "PAIR") String pair,
            @Mixin PaperOptions options,
            @Mixin Segments segments,
            @Option(names = "--out", paramLabel = "FILE", required = true, description = "The page.") Path out,
            @Option(
                            names = "--document",
                            paramLabel = "FILE",
                            description = "Also fill the blocks '<!-- figures: NAME -->' of this Markdown document, and"
                                    + " write pictures into images/ beside it. May be given several times.")
                    @Nullable
                    List<Path> documents)
            throws IOException {
        int used = segments.of(options);
        List<Path> filled = documents == null ? List.of() : documents;
        OutputFile.check("out", out);
        Figures.check(filled, Figures.NAMES);
        options.open(pair, (measured, experiments, steps) -> {
            String command = "paper report " + pair + " --steps " + steps + " --prompts " + options.count()
                    + " --segments " + used + " --out " + out.getFileName();
            PaperResults results = experiments.all(
                    used,
                    options.quick() ? QUICK_SHEETS : SHEETS,
                    () -> origin(measured, experiments, steps, options, command));
            WholeFile.write(out, ReportPage.html(results).getBytes(StandardCharsets.UTF_8));
            for (Path document : filled) {
                EvidencePictures.write(results, document.toAbsolutePath().resolveSibling("images"));
            }
            Figures.of(results).fill(filled);
            print("written: " + out);
        });
        return 0;
    }

    private static PaperResults.Origin origin(
            MeasuredPair measured, PaperExperiments experiments, int steps, PaperOptions options, String command) {
        return new PaperResults.Origin(
                measured.id(),
                measured.served().fingerprint(),
                steps,
                options.count(),
                experiments.featureSpace(),
                measured.served().storedProfile(),
                List.of(command),
                Environment.here());
    }

    private void print(String text) {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec");
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(text);
        out.flush();
    }
}

package io.flowblend.cli;

import io.flowblend.experiment.Environment;
import io.flowblend.experiment.paper.PaperExperiments;
import io.flowblend.experiment.paper.PaperReport;
import io.flowblend.experiment.paper.ReportPage;
import io.flowblend.experiment.paper.VelocityAnalysis;
import io.flowblend.request.InvalidRequestException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    private static final List<Double> QUALITIES = List.of(0.35, 0.5, 0.65, 0.8);

    @Spec
    private @Nullable CommandSpec spec;

    @Command(
            name = "analyse",
            mixinStandardHelpOptions = true,
            description = "Velocity divergence by step: mean and variance, both main streams; names the three stages.")
    int analyse(@Parameters(paramLabel = "PAIR") String pair, @Mixin PaperOptions options) throws IOException {
        options.open(pair, (measured, experiments, steps) -> print(PaperReport.divergence(experiments.analyse())));
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
            PaperExperiments.Boundaries found = experiments.boundaries();
            String yaml = PaperReport.yaml(found.profile());
            print("features: " + experiments.featureSpace() + System.lineSeparator() + PaperReport.boundaries(found)
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
    int sweep(
            @Parameters(paramLabel = "PAIR") String pair,
            @Mixin PaperOptions options,
            @Option(names = "--segments", defaultValue = "8", description = "2 to 8; default: ${DEFAULT-VALUE}.")
                    int segments)
            throws IOException {
        checkSegments(segments);
        options.open(
                pair,
                (measured, experiments, steps) -> print("features: " + experiments.featureSpace()
                        + System.lineSeparator()
                        + PaperReport.patterns(experiments.sweep(segments)).text()));
        return 0;
    }

    @Command(
            name = "report",
            mixinStandardHelpOptions = true,
            description = "All of these and the adaptive policy as one HTML page that needs nothing else.")
    int report(
            @Parameters(paramLabel = "PAIR") String pair,
            @Mixin PaperOptions options,
            @Option(names = "--segments", defaultValue = "8", description = "2 to 8; default: ${DEFAULT-VALUE}.")
                    int segments,
            @Option(names = "--out", paramLabel = "FILE", required = true, description = "The page.") Path out)
            throws IOException {
        checkSegments(segments);
        OutputFile.check("out", out);
        options.open(pair, (measured, experiments, steps) -> {
            ReportPage page = new ReportPage("The FlowBlending paper's experiments on the pair " + pair);
            page.text("Features", experiments.featureSpace());
            page.text("Floating point operations", experiments.flops());
            List<VelocityAnalysis.Curve> curves = experiments.analyse();
            curves.forEach(page::curve);
            page.text("Velocity divergence", PaperReport.divergence(curves));
            page.text("Boundaries", PaperReport.boundaries(experiments.boundaries()));
            List<PaperExperiments.PatternRow> rows = new ArrayList<>(experiments.sweep(segments));
            rows.addAll(experiments.adaptive(QUALITIES));
            page.scatter("Deviation from LARGE alone against compute", PaperReport.dots(rows));
            page.text(
                    "Patterns and the adaptive policy",
                    PaperReport.patterns(rows).text());
            page.origin(
                    Environment.here(),
                    List.of("paper report " + pair + " --steps " + steps + " --segments " + segments));
            Files.writeString(out, page.html());
        });
        return 0;
    }

    private static void checkSegments(int segments) {
        if (segments < 2 || segments > 8) {
            throw new InvalidRequestException("segments", "--segments has to be 2 to 8, not " + segments + ".");
        }
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

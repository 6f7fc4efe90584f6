package io.flowblend.experiment.paper;

import io.flowblend.calibration.Source;
import io.flowblend.experiment.Pictures;
import io.flowblend.experiment.Statistics;
import io.flowblend.experiment.paper.PaperResults.PatternRow;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The report's pictures as files, for documents. */
public final class EvidencePictures {
    static final String DIVERGENCE = "evidence-divergence.png";
    static final String BOUNDARIES = "evidence-boundaries.png";
    static final String SWEEP = "evidence-sweep.png";
    static final String SHEETS = "evidence-sheets.png";

    private static final int WIDTH = 900;
    private static final int HEIGHT = 460;

    private EvidencePictures() {}

    /** Writes all of them into a folder, which is made. */
    public static void write(PaperResults results, Path folder) throws IOException {
        Pictures.save(divergence(results.divergence()), folder.resolve(DIVERGENCE));
        Pictures.save(boundaries(results.boundaries()), folder.resolve(BOUNDARIES));
        Pictures.save(sweep(results), folder.resolve(SWEEP));
        ImageIO.write(
                ContactSheet.picture(results.sheets()),
                "png",
                folder.resolve(SHEETS).toFile());
    }

    private static XYChart chart(String title, String x, String y) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
        chart.getStyler().setYAxisMin(0.0);
        return chart;
    }

    private static XYChart divergence(List<VelocityAnalysis.Curve> curves) {
        XYChart chart = chart(
                "Velocity divergence, LARGE as main stream", "step", "cosine distance (bars: one standard deviation)");
        for (VelocityAnalysis.Curve curve : curves) {
            if (curve.mainStream() == Source.LARGE) {
                chart.addSeries(
                        curve.velocity(),
                        IntStream.range(0, curve.sigmas().size())
                                .asDoubleStream()
                                .toArray(),
                        curve.cosine().stream().mapToDouble(each -> each.mean()).toArray(),
                        curve.cosine().stream()
                                .mapToDouble(each -> Math.sqrt(each.variance()))
                                .toArray());
            }
        }
        return chart;
    }

    private static XYChart boundaries(PaperResults.Boundaries found) {
        XYChart chart = chart(
                "Boundaries (bars: 95 %)",
                "share of the steps by LARGE at this end", "similarity; Frechet distance over its largest");
        chart.addSeries(
                "similarity, SMALL takes over after the share",
                found.early().stream()
                        .mapToDouble(EarlyBoundary.Point::introduced)
                        .toArray(),
                found.similarities().stream().mapToDouble(Statistics.Mean::mean).toArray(),
                found.similarities().stream().mapToDouble(Statistics.Mean::half).toArray());
        double most = found.distances().stream()
                .mapToDouble(Statistics.Interval::high)
                .max()
                .orElse(1);
        if (!found.distances().isEmpty()) {
            chart.addSeries(
                    "Frechet distance, LARGE returns for the share",
                    found.lateShares().stream().mapToDouble(share -> share).toArray(),
                    found.distances().stream()
                            .mapToDouble(each -> each.value() / most)
                            .toArray(),
                    found.distances().stream()
                            .mapToDouble(each -> (each.high() - each.low()) / 2 / most)
                            .toArray());
        }
        return chart;
    }

    private static XYChart sweep(PaperResults results) {
        XYChart chart = chart(
                results.sweep().size() + " patterns and the adaptive policy",
                "compute over LARGE alone",
                "deviation from LARGE alone, mean");
        add(chart, "begin with SMALL", results.sweep(), row -> row.pattern().startsWith("S"), new Color(0x1F77B4));
        add(chart, "begin with LARGE", results.sweep(), row -> row.kind() == Patterns.Kind.LXX, new Color(0x2CA02C));
        add(
                chart,
                "LSL's neighbours",
                results.sweep(),
                row -> List.of(Patterns.Kind.SHIFTED, Patterns.Kind.EXPANDED, Patterns.Kind.REDUCED)
                        .contains(row.kind()),
                new Color(0xFF7F0E));
        add(chart, "LSL", results.sweep(), row -> row.kind() == Patterns.Kind.LSL, new Color(0xB8860B));
        add(chart, "adaptive", results.adaptive(), row -> true, new Color(0xD62728));
        return chart;
    }

    private static void add(
            XYChart chart, String name, List<PatternRow> rows, Predicate<PatternRow> which, Color colour) {
        List<PatternRow> shown = rows.stream().filter(which).toList();
        if (shown.isEmpty()) {
            return;
        }
        XYSeries series = chart.addSeries(
                name,
                shown.stream().mapToDouble(row -> row.compute().mean()).toArray(),
                shown.stream().mapToDouble(row -> row.deviation().mean()).toArray());
        series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
        series.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(colour);
    }
}

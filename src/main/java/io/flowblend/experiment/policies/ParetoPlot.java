package io.flowblend.experiment.policies;

import io.flowblend.experiment.Front;
import io.flowblend.experiment.Pictures;
import java.awt.BasicStroke;
import java.awt.Color;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Compute against deviation of every policy as a picture: lower left is better. */
public final class ParetoPlot {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 640;

    private ParetoPlot() {}

    /** Writes {@code file}, a PNG; folders are made. */
    public static void write(PolicySummary summary, Path file) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(summary.setup().pair() + ": " + summary.prompts() + " held-out prompts, "
                        + summary.setup().steps() + " steps")
                .xAxisTitle("compute, share of LARGE alone (probes included)")
                .yAxisTitle("deviation from LARGE alone (relative L2 of latents, mean)")
                .build();
        XYStyler style = chart.getStyler();
        style.setLegendPosition(Styler.LegendPosition.OutsideE);
        style.setChartBackgroundColor(Color.WHITE);
        style.setPlotGridLinesColor(new Color(0xE0E0E0));
        style.setXAxisMin(0.0);
        style.setYAxisMin(0.0);
        List<PolicySummary.Row> rows = summary.rows();
        front(chart, rows);
        for (String stages : Contestants.STAGES) {
            add(chart, rows, stages, false, new Color(0xD62728));
        }
        add(chart, rows, Contestants.FEWER, true, new Color(0x000000));
        add(chart, rows, Contestants.T_STITCH, true, new Color(0x8C564B));
        add(chart, rows, "SRDiffusion", true, new Color(0x9467BD));
        add(chart, rows, "EasyCache", true, new Color(0x17BECF));
        add(chart, rows, "EasyCache, sloped", true, new Color(0x0B7285));
        add(chart, rows, "MagCache", false, new Color(0xBCBD22));
        add(chart, rows, Contestants.STATIC_MODELS, true, new Color(0xFF9896));
        add(chart, rows, Contestants.STATIC_PROBED, true, new Color(0x98DF8A));
        add(chart, rows, Contestants.STATIC, true, new Color(0x2CA02C));
        add(chart, rows, PolicySummary.ADAPTIVE + "models-only", true, new Color(0x98C6EA));
        add(chart, rows, PolicySummary.ADAPTIVE + "balanced", true, new Color(0x1F77B4));
        Pictures.save(chart, file);
    }

    private static void front(XYChart chart, List<PolicySummary.Row> rows) {
        List<Front.Point> corners = PolicySummary.front(
                        rows, PolicySummary.RIVALS, row -> row.deviation().mean())
                .corners();
        chart.addSeries(
                        "common front of the rivals",
                        corners.stream().mapToDouble(Front.Point::compute).toArray(),
                        corners.stream().mapToDouble(Front.Point::deviation).toArray())
                .setMarker(SeriesMarkers.NONE)
                .setLineColor(new Color(0x909090))
                .setLineStyle(new BasicStroke(1));
    }

    private static void add(XYChart chart, List<PolicySummary.Row> rows, String policy, boolean joined, Color colour) {
        List<PolicySummary.Row> sorted = PolicySummary.rows(rows, policy).stream()
                .sorted(Comparator.comparingDouble(row -> row.compute().mean()))
                .toList();
        if (sorted.isEmpty()) {
            return;
        }
        XYSeries series = chart.addSeries(
                policy,
                sorted.stream().mapToDouble(row -> row.compute().mean()).toArray(),
                sorted.stream().mapToDouble(row -> row.deviation().mean()).toArray());
        series.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(colour).setLineColor(colour);
        if (!joined) {
            series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
        }
    }
}

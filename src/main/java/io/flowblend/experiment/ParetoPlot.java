package io.flowblend.experiment;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
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
                .yAxisTitle("deviation from LARGE alone (relative L2 of latents)")
                .build();
        XYStyler style = chart.getStyler();
        style.setLegendPosition(Styler.LegendPosition.OutsideE);
        style.setChartBackgroundColor(Color.WHITE);
        style.setPlotGridLinesColor(new Color(0xE0E0E0));
        style.setXAxisMin(0.0);
        style.setYAxisMin(0.0);
        List<PolicySummary.Row> rows = summary.rows();
        add(chart, "128 patterns", PolicySummary.rows(rows, Contestants.PATTERN), false, new Color(0xB0B0B0));
        List<Front.Point> front = PolicySummary.front(rows, Contestants.PATTERN).corners();
        line(
                chart.addSeries(
                        "their front", values(front, Front.Point::compute), values(front, Front.Point::deviation)),
                new Color(0x707070));
        add(chart, "LSL (the paper)", PolicySummary.rows(rows, "LSL"), false, new Color(0xD62728));
        add(chart, "LARGE, fewer steps", PolicySummary.rows(rows, "fewer steps"), true, new Color(0x000000));
        add(chart, "T-Stitch", PolicySummary.rows(rows, "T-Stitch"), true, new Color(0x8C564B));
        add(chart, "SRDiffusion", PolicySummary.rows(rows, "SRDiffusion"), true, new Color(0x9467BD));
        add(chart, "EasyCache", PolicySummary.rows(rows, "EasyCache"), true, new Color(0x17BECF));
        add(chart, "TeaCache", PolicySummary.rows(rows, "TeaCache"), true, new Color(0xBCBD22));
        add(chart, "oracle (L, S)", PolicySummary.rows(rows, "oracle"), true, new Color(0x2CA02C));
        add(chart, "adaptive L/S", PolicySummary.rows(rows, Contestants.ADAPTIVE_MODELS), true, new Color(0x98C6EA));
        add(chart, "adaptive", PolicySummary.rows(rows, Contestants.ADAPTIVE), true, new Color(0x1F77B4));
        save(chart, file);
    }

    private static void add(XYChart chart, String name, List<PolicySummary.Row> rows, boolean joined, Color colour) {
        if (rows.isEmpty()) {
            return;
        }
        List<PolicySummary.Row> sorted = rows.stream()
                .sorted((a, b) -> Double.compare(a.compute(), b.compute()))
                .toList();
        XYSeries series = chart.addSeries(
                name, values(sorted, PolicySummary.Row::compute), values(sorted, PolicySummary.Row::deviation));
        series.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(colour).setLineColor(colour);
        if (!joined) {
            series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
        }
    }

    private static void line(XYSeries series, Color colour) {
        series.setMarker(SeriesMarkers.NONE).setLineColor(colour).setLineStyle(new BasicStroke(1));
    }

    private static <T> double[] values(List<T> rows, ToDoubleFunction<T> figure) {
        return rows.stream().mapToDouble(figure).toArray();
    }

    static void save(XYChart chart, Path file) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            BitmapEncoder.saveBitmap(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

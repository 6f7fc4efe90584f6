package io.flowblend.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** What the new-pair benchmark shows, as a table and as pictures. */
public final class NewPairReport {
    private static final List<String> HEAD = List.of(
            "pair", "adaptive after", "compute", "deviation", "static LSL there", "ratio", "kept", "last state");

    /** Requests over which the curves are smoothed. */
    private static final int WINDOW = 8;

    private NewPairReport() {}

    /** For people; compute and deviation are those of the settled requests. */
    public static String table(NewPairBenchmark.Result result) {
        return String.format(Locale.ROOT, "%s, %s%n%n", result.setup(), result.environment())
                + PolicyTables.aligned(HEAD, lines(result));
    }

    /** The same table as Markdown. */
    public static String markdown(NewPairBenchmark.Result result) {
        return PolicyTables.markdown(HEAD, lines(result));
    }

    private static List<List<String>> lines(NewPairBenchmark.Result result) {
        return result.pairs().stream()
                .map(pair -> List.of(
                        pair.id(),
                        pair.adaptiveAfter() == null ? "never" : pair.adaptiveAfter() + " requests",
                        PolicyTables.number(3, pair.compute()),
                        PolicyTables.number(3, pair.deviation()),
                        PolicyTables.number(3, pair.staticCompute()),
                        pair.staticCompute() == null
                                ? "-"
                                : PolicyTables.number(2, pair.compute() / pair.staticCompute()),
                        PolicyTables.percent(pair.kept()),
                        String.valueOf(
                                pair.requests().get(pair.requests().size() - 1).state())))
                .toList();
    }

    /** Writes compute and deviation by request, {@code NAME-compute.png} and {@code NAME-deviation.png}. */
    public static void plot(NewPairBenchmark.Result result, Path folder, String name) {
        plot(
                result,
                "compute, share of LARGE alone",
                NewPairBenchmark.Served::compute,
                folder.resolve(name + "-compute.png"));
        plot(
                result,
                "deviation from LARGE alone",
                NewPairBenchmark.Served::deviation,
                folder.resolve(name + "-deviation.png"));
    }

    private static void plot(
            NewPairBenchmark.Result result, String axis, ToDoubleFunction<NewPairBenchmark.Served> figure, Path file) {
        XYChart chart = new XYChartBuilder()
                .width(900)
                .height(480)
                .title("pairs never seen before, quality " + result.setup().quality())
                .xAxisTitle("requests served (means of the last " + WINDOW + ")")
                .yAxisTitle(axis)
                .build();
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
        chart.getStyler().setYAxisMin(0.0);
        for (NewPairBenchmark.Pair pair : result.pairs()) {
            List<Double> x = new ArrayList<>();
            List<Double> y = new ArrayList<>();
            for (int i = 0; i < pair.requests().size(); i++) {
                x.add(i + 1.0);
                y.add(pair.requests().subList(Math.max(0, i + 1 - WINDOW), i + 1).stream()
                        .mapToDouble(figure)
                        .average()
                        .orElse(0));
            }
            chart.addSeries(pair.id(), x, y).setMarker(SeriesMarkers.NONE);
        }
        ParetoPlot.save(chart, file);
    }
}

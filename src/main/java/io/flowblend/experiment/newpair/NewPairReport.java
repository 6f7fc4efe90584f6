package io.flowblend.experiment.newpair;

import io.flowblend.calibration.QualityScale;
import io.flowblend.experiment.Pictures;
import io.flowblend.experiment.Table;
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
    /** Requests over which the curves are smoothed. */
    private static final int WINDOW = 8;

    private NewPairReport() {}

    /** For people; compute and deviation are those of the settled requests. */
    public static String text(NewPairBenchmark.Result result) {
        return String.format(
                        Locale.ROOT,
                        "%s, promises %.3f, %s%n%n",
                        result.setup(),
                        QualityScale.deviation(result.setup().quality()),
                        result.environment())
                + table(result).text();
    }

    /** The same table as Markdown. */
    public static String markdown(NewPairBenchmark.Result result) {
        return table(result).markdown();
    }

    private static Table table(NewPairBenchmark.Result result) {
        Table table = new Table(
                "pair",
                "adaptive after",
                "compute",
                "deviation",
                "best static",
                "ratio",
                "kept",
                "at least",
                "sharpness",
                "last state",
                "last schedule",
                "static schedule");
        for (NewPairBenchmark.Pair pair : result.pairs()) {
            List<String> kept = Table.kept(pair.kept());
            NewPairBenchmark.Served last = pair.requests().get(pair.requests().size() - 1);
            table.add(
                    pair.id(),
                    pair.adaptiveAfter() == null ? "never" : pair.adaptiveAfter() + " requests",
                    Table.mean(3, pair.compute()),
                    Table.mean(4, pair.deviation()),
                    Table.number(3, pair.staticCompute()),
                    Table.number(2, pair.compute().mean() / pair.staticCompute()),
                    kept.get(0),
                    kept.get(1),
                    kept.get(2),
                    String.valueOf(last.state()),
                    last.letters(),
                    pair.staticLetters());
        }
        return table;
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
        Pictures.save(chart, file);
    }
}

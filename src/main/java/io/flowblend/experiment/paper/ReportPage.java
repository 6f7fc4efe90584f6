package io.flowblend.experiment.paper;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.calibration.Source;
import io.flowblend.divergence.Moments;
import io.flowblend.experiment.Statistics;
import io.flowblend.experiment.Table;
import io.flowblend.experiment.paper.PaperResults.Boundaries;
import io.flowblend.experiment.paper.PaperResults.PatternRow;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** What the experiments found as one HTML page that needs nothing else: its script, ECharts and pictures lie within. */
public final class ReportPage {
    private static final String ECHARTS = "/META-INF/resources/_static/echarts/5.5.1/dist/echarts.min.js";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final StringBuilder body = new StringBuilder();

    /**
     * One line of a chart, with what lies around it.
     *
     * @param low, high edges of its band
     */
    private record Line(String name, double[] x, double[] mean, double[] low, double[] high) {}

    /** A point of a scatter chart, and what it is. */
    private record Dot(double x, double y, String name) {}

    private record Dots(String name, List<Dot> points, boolean joined) {}

    private ReportPage() {}

    /** The whole page. */
    public static String html(PaperResults results) {
        ReportPage page = new ReportPage();
        PaperResults.Origin origin = results.origin();
        page.heading("What the paper claims, and what the pair shows");
        page.table(Claims.table(results));
        page.divergence(results.divergence());
        page.boundaries(results.boundaries());
        page.sweep(results);
        page.heading("Schedules side by side");
        page.text(
                "Compute is over that of LARGE alone. Means with 95 % confidence over prompts by Student's distribution;"
                        + " Frechet distances with the range of 95 % of those over prompts drawn with replacement.");
        page.table(PaperTables.schedules(results.stages()));
        page.table(PaperTables.measures(results.stages()));
        page.heading("Contact sheets");
        page.text("Equal prompts and seeds in each line, four frames of each video.");
        page.sheets(results.sheets());
        page.heading("What a deviation looks like");
        page.text(
                "All videos of the parts above that SMALL or a reused velocity had a share in, by their deviation from"
                        + " LARGE alone.");
        page.table(DeviationBins.table(results.deviations()));
        page.heading("With a solver that needs fewer steps");
        page.text("Deviation is from LARGE alone by the same solver and steps, compute over LARGE alone at all steps.");
        page.table(PaperTables.halfSteps(results.stages(), results.halfSteps(), origin.steps()));
        page.heading("Floating point operations");
        page.text("Linear layers, as the paper counts.");
        page.table(PaperTables.flops(results.costs().linear(), origin.steps(), origin.profile()));
        page.text("With attention products.");
        page.table(PaperTables.flops(results.costs().total(), origin.steps(), origin.profile()));
        page.heading("Where and how it was measured");
        page.table(PaperTables.origin(origin));
        return page.whole("The FlowBlending paper's experiments on the pair " + origin.pair());
    }

    private String whole(String title) {
        return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\"><title>"
                + Table.escaped(title) + "</title>\n<style>" + resource("/report/report.css")
                + "</style></head><body>\n<h1>"
                + Table.escaped(title) + "</h1>\n" + body + "<script>" + resource(ECHARTS) + "</script>\n<script>"
                + resource("/report/report.js") + "</script>\n</body></html>\n";
    }

    private static String resource(String name) {
        try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void heading(String text) {
        body.append("<h2>").append(Table.escaped(text)).append("</h2>\n");
    }

    private void text(String text) {
        body.append("<p>").append(Table.escaped(text)).append("</p>\n");
    }

    private void table(Table table) {
        body.append("<div class=\"wide\">").append(table.html()).append("</div>\n");
    }

    private void folded(String name, Table table) {
        body.append("<details><summary>").append(Table.escaped(name)).append("</summary>\n");
        table(table);
        body.append("</details>\n");
    }

    private void chart(String kind, String title, Map<String, Object> content) {
        try {
            body.append("<figure><figcaption>")
                    .append(Table.escaped(title))
                    .append("</figcaption><div class=\"chart\"");
            body.append(" role=\"img\" aria-label=\"")
                    .append(Table.escaped(title))
                    .append("\" data-kind=\"")
                    .append(kind);
            body.append("\" data-content=\"").append(Table.escaped(JSON.writeValueAsString(content)));
            body.append("\"></div></figure>\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private void divergence(List<VelocityAnalysis.Curve> curves) {
        heading("Velocity divergence");
        text(
                "Distance of both models' velocities at the same latents, which the main stream made. Lines are means over the"
                        + " prompts, bands one standard deviation to both sides.");
        for (Source stream : List.of(Source.LARGE, Source.SMALL)) {
            List<VelocityAnalysis.Curve> shown = curves.stream()
                    .filter(curve -> curve.mainStream() == stream)
                    .toList();
            divergence(shown, stream, "cosine distance", VelocityAnalysis.Curve::cosine);
            divergence(shown, stream, "L2 distance", VelocityAnalysis.Curve::l2);
        }
        table(PaperTables.stages(curves));
        curves.forEach(curve -> folded(
                "main stream " + curve.mainStream() + ", " + curve.velocity() + ", by step",
                PaperTables.divergence(curve)));
    }

    private void divergence(
            List<VelocityAnalysis.Curve> curves,
            Source stream,
            String name,
            Function<VelocityAnalysis.Curve, List<Moments>> values) {
        List<Line> lines = curves.stream()
                .map(curve -> banded(curve.velocity(), values.apply(curve)))
                .toList();
        chart(
                "lines",
                name + " by step, main stream " + stream,
                Map.of("xName", "step", "yName", name, "lines", lines));
    }

    private static Line banded(String name, List<Moments> values) {
        int steps = values.size();
        double[] mean = values.stream().mapToDouble(Moments::mean).toArray();
        double[] spread =
                values.stream().mapToDouble(each -> Math.sqrt(each.variance())).toArray();
        return new Line(
                name,
                IntStream.range(0, steps).asDoubleStream().toArray(),
                mean,
                IntStream.range(0, steps)
                        .mapToDouble(i -> Math.max(0, mean[i] - spread[i]))
                        .toArray(),
                IntStream.range(0, steps).mapToDouble(i -> mean[i] + spread[i]).toArray());
    }

    private void boundaries(Boundaries found) {
        heading("Boundaries");
        List<Statistics.Mean> similar = found.similarities();
        chart(
                "lines",
                "Early boundary: similarity to LARGE alone as SMALL takes over later, 95 % confidence",
                Map.of(
                        "xName",
                        "share of the steps before SMALL takes over",
                        "yName",
                        "similarity",
                        "lines",
                        List.of(new Line(
                                "similarity",
                                found.early().stream()
                                        .mapToDouble(EarlyBoundary.Point::introduced)
                                        .toArray(),
                                similar.stream()
                                        .mapToDouble(Statistics.Mean::mean)
                                        .toArray(),
                                similar.stream()
                                        .mapToDouble(each -> each.mean() - each.half())
                                        .toArray(),
                                similar.stream()
                                        .mapToDouble(each -> each.mean() + each.half())
                                        .toArray()))));
        table(PaperTables.early(found));
        if (!found.distances().isEmpty()) {
            chart(
                    "lines",
                    "Late boundary: Frechet distance as LARGE returns for a longer end, 95 % of the draws",
                    Map.of(
                            "xName",
                            "share of the steps that LARGE makes at the end",
                            "yName",
                            "Frechet distance",
                            "lines",
                            List.of(new Line(
                                    "Frechet distance",
                                    found.lateShares().stream()
                                            .mapToDouble(share -> share)
                                            .toArray(),
                                    values(found, Statistics.Interval::value),
                                    values(found, Statistics.Interval::low),
                                    values(found, Statistics.Interval::high)))));
            table(PaperTables.late(found));
        }
        text(PaperTables.lateWords(found));
        text("The stored profile that follows: early " + found.profile().early() + ", late "
                + found.profile().late() + ".");
    }

    private static double[] values(Boundaries found, Function<Statistics.Interval, Double> part) {
        return found.distances().stream().mapToDouble(part::apply).toArray();
    }

    private void sweep(PaperResults results) {
        List<PatternRow> rows = results.sweep();
        int segments = rows.get(0).pattern().length();
        heading("All patterns of " + segments + " segments");
        int first = segments / 2;
        chart(
                "heat",
                "Deviation from LARGE alone by pattern",
                Map.of(
                        "xName",
                        "first " + first + " segments",
                        "yName",
                        "last " + (segments - first) + " segments",
                        "valueName",
                        "deviation",
                        "x",
                        halves(rows, 0, first),
                        "y",
                        halves(rows, first, segments),
                        "cells",
                        rows.stream()
                                .map(row -> List.of(
                                        row.pattern().substring(0, first),
                                        row.pattern().substring(first),
                                        row.deviation().mean(),
                                        row.kind()))
                                .toList()));
        pareto(results, "deviation from LARGE alone, mean", row -> row.deviation()
                .mean());
        if (!Double.isNaN(rows.get(0).frechet())) {
            pareto(results, "Frechet distance of frames", PatternRow::frechet);
        }
        text("The adaptive policy at its qualities:");
        table(PaperTables.schedules(results.adaptive()));
        folded("All patterns", PaperTables.patterns(rows));
    }

    private static List<String> halves(List<PatternRow> rows, int from, int to) {
        return rows.stream()
                .map(row -> row.pattern().substring(from, to))
                .distinct()
                .sorted()
                .toList();
    }

    private void pareto(PaperResults results, String yName, Function<PatternRow, Double> y) {
        List<PatternRow> rows = results.sweep();
        List<Dots> series = new ArrayList<>();
        series.add(dots("begin with SMALL", rows, row -> row.pattern().startsWith("S"), y, false));
        series.add(dots("begin with LARGE", rows, row -> row.kind() == Patterns.Kind.LXX, y, false));
        series.add(dots("LARGE alone", rows, row -> row.kind() == Patterns.Kind.LLL, y, false));
        for (Patterns.Kind kind :
                List.of(Patterns.Kind.SHIFTED, Patterns.Kind.EXPANDED, Patterns.Kind.REDUCED, Patterns.Kind.LSL)) {
            String name =
                    kind == Patterns.Kind.LSL ? "LSL" : "LSL, " + kind.name().toLowerCase(Locale.ROOT);
            series.add(dots(name, rows, row -> row.kind() == kind, y, false));
        }
        series.add(dots("adaptive", results.adaptive(), row -> true, y, true));
        chart(
                "dots",
                yName + " against compute: lower left is better",
                Map.of(
                        "xName",
                        "compute over LARGE alone",
                        "yName",
                        yName,
                        "series",
                        series.stream().filter(each -> !each.points().isEmpty()).toList()));
    }

    private static Dots dots(
            String name,
            List<PatternRow> rows,
            Predicate<PatternRow> which,
            Function<PatternRow, Double> y,
            boolean joined) {
        return new Dots(
                name,
                rows.stream()
                        .filter(which)
                        .map(row -> new Dot(row.compute().mean(), y.apply(row), row.pattern()))
                        .toList(),
                joined);
    }

    private void sheets(List<ContactSheet> sheets) {
        body.append("<div class=\"wide\"><table class=\"sheets\">\n<tr><th scope=\"col\">prompt</th>");
        ContactSheet.NAMES.forEach(name ->
                body.append("<th scope=\"col\">").append(Table.escaped(name)).append("</th>"));
        body.append("</tr>\n");
        for (ContactSheet sheet : sheets) {
            body.append("<tr><th scope=\"row\">").append(Table.escaped(sheet.prompt()));
            body.append("<br>seed ").append(sheet.seed()).append("</th>");
            for (ContactSheet.Strip strip : sheet.strips()) {
                body.append("<td><img alt=\"").append(Table.escaped(strip.name() + ": " + sheet.prompt()));
                body.append("\" src=\"data:image/png;base64,")
                        .append(strip.png())
                        .append("\"></td>");
            }
            body.append("</tr>\n");
        }
        body.append("</table></div>\n");
    }
}

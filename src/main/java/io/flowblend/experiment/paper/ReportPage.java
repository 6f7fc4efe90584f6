package io.flowblend.experiment.paper;

import io.flowblend.experiment.Environment;
import io.flowblend.experiment.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** One self-contained HTML page: tables and small SVG charts, no script and nothing from elsewhere, light and dark. */
public final class ReportPage {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 260;
    private static final int EDGE = 40;
    private static final String STYLE =
            "<style>:root{color-scheme:light dark}body{font:15px/1.5 sans-serif;max-width:60rem;"
                    + "margin:2rem auto;padding:0 1rem;background:Canvas;color:CanvasText}pre{overflow:auto}"
                    + "svg{max-width:100%;height:auto}</style>";

    private final StringBuilder body = new StringBuilder();

    /** A point of a chart, with what it is. */
    public record Dot(double x, double y, String colour, String name) {}

    /** @param title of the page */
    public ReportPage(String title) {
        body.append("<h1>").append(escaped(title)).append("</h1>\n");
    }

    /** A heading and text of fixed width below it. */
    public void text(String heading, String text) {
        body.append("<h2>").append(escaped(heading)).append("</h2>\n<pre>");
        body.append(escaped(text)).append("</pre>\n");
    }

    /** Where the figures were measured, and by which commands. */
    public void origin(Environment environment, List<String> commands) {
        text("Environment", environment.toString());
        text("Commands", String.join("\n", commands));
    }

    /** A mean by step with one standard deviation to both sides, from the curve's cosine distance. */
    public void curve(VelocityAnalysis.Curve curve) {
        List<String> upper = new ArrayList<>();
        List<String> lower = new ArrayList<>();
        List<String> middle = new ArrayList<>();
        double most = curve.cosine().stream()
                .mapToDouble(each -> each.mean() + Math.sqrt(each.variance()))
                .max()
                .orElse(1);
        int steps = curve.cosine().size();
        for (int i = 0; i < steps; i++) {
            double mean = curve.cosine().get(i).mean();
            double spread = Math.sqrt(curve.cosine().get(i).variance());
            double x = steps == 1 ? 0 : (double) i / (steps - 1);
            upper.add(place(x, (mean + spread) / most));
            lower.add(0, place(x, Math.max(0, mean - spread) / most));
            middle.add(place(x, mean / most));
        }
        String band = String.join(" ", upper) + " " + String.join(" ", lower);
        chart(
                curve.title() + ": cosine distance by step, largest " + Table.number(3, most),
                "<polygon points=\"" + band + "\" fill=\"#1f77b4\" opacity=\".25\"/><polyline points=\""
                        + String.join(" ", middle) + "\" fill=\"none\" stroke=\"#1f77b4\" stroke-width=\"2\"/>");
    }

    /** Points, x from 0 to 1, y from 0 to the largest. */
    public void scatter(String title, List<Dot> dots) {
        double most = dots.stream().mapToDouble(Dot::y).max().orElse(1);
        chart(
                title + ", largest " + Table.number(3, most),
                dots.stream()
                        .map(dot -> {
                            String place =
                                    placed("<circle cx=\"%.1f\" cy=\"%.1f\"", dot.x(), most == 0 ? 0 : dot.y() / most);
                            return place + " r=\"4\" fill=\"" + dot.colour() + "\"><title>" + escaped(dot.name())
                                    + "</title></circle>";
                        })
                        .collect(Collectors.joining()));
    }

    private void chart(String title, String marks) {
        body.append("<h3>").append(escaped(title)).append("</h3>\n<svg role=\"img\" viewBox=\"0 0 ");
        body.append(WIDTH)
                .append(' ')
                .append(HEIGHT)
                .append("\"><path d=\"M")
                .append(EDGE)
                .append(" 10V");
        body.append(HEIGHT - EDGE).append('H').append(WIDTH - 10);
        body.append("\" fill=\"none\" stroke=\"currentColor\"/>").append(marks).append("</svg>\n");
    }

    private static String place(double x, double y) {
        return placed("%.1f,%.1f", x, y);
    }

    private static String placed(String format, double x, double y) {
        return String.format(
                Locale.ROOT,
                format,
                EDGE + x * (WIDTH - EDGE - 10),
                HEIGHT - EDGE - Math.min(1, y) * (HEIGHT - EDGE - 10));
    }

    /** The whole page. */
    public String html() {
        return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>FlowBlend report</title>"
                + STYLE + "</head><body>\n" + body + "</body></html>\n";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}

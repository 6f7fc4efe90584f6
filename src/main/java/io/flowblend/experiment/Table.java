package io.flowblend.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A table of figures as text, for a terminal or as Markdown. */
public final class Table {
    private final List<String> head;
    private final List<List<String>> lines = new ArrayList<>();

    public Table(String... head) {
        this.head = List.of(head);
    }

    /** Adds a line, one cell for each column. */
    public void add(String... cells) {
        if (cells.length != head.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + head.size() + " columns");
        }
        lines.add(Arrays.asList(cells));
    }

    /** Columns aligned by blanks. */
    public String text() {
        int[] widths = new int[head.size()];
        List<List<String>> all = new ArrayList<>(List.of(head));
        all.addAll(lines);
        all.forEach(line -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        });
        StringBuilder text = new StringBuilder();
        for (List<String> line : all) {
            StringBuilder row = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                row.append(String.format("%-" + (widths[i] + 2) + "s", line.get(i)));
            }
            text.append(row.toString().stripTrailing()).append(System.lineSeparator());
        }
        return text.toString();
    }

    public String markdown() {
        StringBuilder text = new StringBuilder();
        text.append("| ").append(String.join(" | ", head)).append(" |").append(System.lineSeparator());
        text.append("|").append(" --- |".repeat(head.size())).append(System.lineSeparator());
        for (List<String> line : lines) {
            text.append("| ").append(String.join(" | ", line)).append(" |").append(System.lineSeparator());
        }
        return text.toString();
    }

    /** As HTML; the first column heads its line. */
    public String html() {
        StringBuilder text = new StringBuilder("<table>\n<tr>");
        head.forEach(
                cell -> text.append("<th scope=\"col\">").append(escaped(cell)).append("</th>"));
        text.append("</tr>\n");
        for (List<String> line : lines) {
            text.append("<tr><th scope=\"row\">").append(escaped(line.get(0))).append("</th>");
            line.stream()
                    .skip(1)
                    .forEach(cell -> text.append("<td>").append(escaped(cell)).append("</td>"));
            text.append("</tr>\n");
        }
        return text.append("</table>\n").toString();
    }

    /** Text that stands for itself in HTML. */
    public static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** A number, or a dash where there is none. */
    public static String number(int decimals, @Nullable Double value) {
        return value == null || value.isNaN() ? "-" : String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** A mean with half the width of its interval. */
    public static String mean(int decimals, Statistics.@Nullable Mean value) {
        return value == null ? "-" : number(decimals, value.mean()) + " ± " + number(decimals, value.half());
    }

    /** Share of the promises that were kept, its lower bound and their sharpness: three cells. */
    public static List<String> kept(Statistics.@Nullable Kept kept) {
        return kept == null
                ? List.of("-", "-", "-")
                : List.of(percent(kept.kept()), percent(kept.atLeast()), number(2, kept.sharpness()));
    }

    /** A figure with its range, or without where there is none. */
    public static String interval(int decimals, Statistics.Interval value) {
        return Double.isNaN(value.low())
                ? number(decimals, value.value())
                : number(decimals, value.value()) + " (" + number(decimals, value.low()) + " to "
                        + number(decimals, value.high()) + ")";
    }

    public static String percent(@Nullable Double share) {
        return share == null || share.isNaN() ? "-" : String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }
}

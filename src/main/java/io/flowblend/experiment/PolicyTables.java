package io.flowblend.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The policy benchmark's figures as text, for a terminal or as Markdown. */
public final class PolicyTables {
    private static final List<String> HEAD = List.of(
            "policy",
            "setting",
            "compute",
            "TFLOPs",
            "seconds",
            "deviation",
            "+-",
            "kept",
            "PSNR",
            "SSIM",
            "adheres",
            "one digit");
    private static final List<String> MATCHED_HEAD = List.of(
            "adaptive at", "compute", "its deviation", "against", "deviation there", "ratio", "compute for the same");

    private PolicyTables() {}

    /** For people: all named policies, the front of the patterns, and the comparison at equal compute. */
    public static String text(PolicySummary summary) {
        return String.format(
                        Locale.ROOT,
                        "%s, %d held-out prompts, %d steps, %s%n%n",
                        summary.setup().pair(),
                        summary.prompts(),
                        summary.setup().steps(),
                        summary.environment())
                + aligned(HEAD, policies(summary))
                + System.lineSeparator()
                + aligned(MATCHED_HEAD, matched(summary));
    }

    /** The same tables as Markdown. */
    public static String markdown(PolicySummary summary) {
        return markdown(HEAD, policies(summary)) + System.lineSeparator() + markdown(MATCHED_HEAD, matched(summary));
    }

    /** Of the 128 patterns only those on the front. */
    private static List<List<String>> policies(PolicySummary summary) {
        List<Front.Point> corners =
                PolicySummary.front(summary.rows(), Contestants.PATTERN).corners();
        List<List<String>> lines = new ArrayList<>();
        for (PolicySummary.Row row : summary.rows()) {
            if (row.policy().equals(Contestants.PATTERN)
                    && !corners.contains(new Front.Point(row.compute(), row.deviation()))) {
                continue;
            }
            lines.add(List.of(
                    row.policy(),
                    row.setting(),
                    number(3, row.compute()),
                    number(4, row.tflops()),
                    number(2, row.seconds()),
                    number(3, row.deviation()),
                    number(3, row.deviationError()),
                    percent(row.kept()),
                    number(2, row.psnr()),
                    number(3, row.ssim()),
                    percent(row.adherence()),
                    percent(row.adherenceOneDigit())));
        }
        return lines;
    }

    private static List<List<String>> matched(PolicySummary summary) {
        return summary.matched().stream()
                .map(match -> List.of(
                        match.quality(),
                        number(3, match.compute()),
                        number(3, match.adaptive()),
                        match.family(),
                        number(3, match.deviation()),
                        match.deviation() == null ? "-" : number(2, match.adaptive() / match.deviation()),
                        number(3, match.computeForSame())))
                .toList();
    }

    static String number(int decimals, @Nullable Double value) {
        return value == null ? "-" : String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    static String percent(@Nullable Double share) {
        return share == null ? "-" : String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    static String aligned(List<String> head, List<List<String>> lines) {
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
            for (int i = 0; i < widths.length; i++) {
                text.append(String.format("%-" + (widths[i] + 2) + "s", line.get(i)));
            }
            text.append(System.lineSeparator());
        }
        return text.toString();
    }

    static String markdown(List<String> head, List<List<String>> lines) {
        StringBuilder text = new StringBuilder();
        text.append("| ").append(String.join(" | ", head)).append(" |").append(System.lineSeparator());
        text.append("|").append(" --- |".repeat(head.size())).append(System.lineSeparator());
        for (List<String> line : lines) {
            text.append("| ").append(String.join(" | ", line)).append(" |").append(System.lineSeparator());
        }
        return text.toString();
    }
}

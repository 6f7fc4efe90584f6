package io.flowblend.experiment.policies;

import io.flowblend.experiment.Table;
import java.util.List;
import java.util.Locale;

/** The promise benchmark's figures as text. */
public final class PromiseTables {
    private PromiseTables() {}

    /** For people. */
    public static String text(PromiseBenchmark.Result result) {
        return String.format(Locale.ROOT, "%s%n%s%n%n", result.environment(), summary(result))
                + table(result).text();
    }

    /** One line: what was measured, and how many promises were kept in all. */
    public static String summary(PromiseBenchmark.Result result) {
        List<String> kept = Table.kept(result.kept());
        return String.format(
                Locale.ROOT,
                "`%s`, %d held-out prompts; kept in all: %s, at least %s, sharpness %s.",
                result.setup().pair(),
                result.prompts(),
                kept.get(0),
                kept.get(1),
                kept.get(2));
    }

    /** The same table as Markdown. */
    public static String markdown(PromiseBenchmark.Result result) {
        return table(result).markdown();
    }

    private static Table table(PromiseBenchmark.Result result) {
        Table table = new Table(
                "quality",
                "steps",
                "guidance",
                "digits",
                "requests",
                "exact",
                "provisional",
                "fell back",
                "promised",
                "kept",
                "at least",
                "sharpness",
                "deviation",
                "95 %",
                "compute");
        for (PromiseBenchmark.Row row : result.rows()) {
            List<String> kept = Table.kept(row.kept());
            table.add(
                    String.valueOf(row.quality()),
                    String.valueOf(row.steps()),
                    String.valueOf(row.guidance()),
                    String.valueOf(row.digits()),
                    String.valueOf(row.requests()),
                    String.valueOf(row.exact()),
                    String.valueOf(row.provisional()),
                    String.valueOf(row.fellBack()),
                    Table.number(3, row.promised()),
                    kept.get(0),
                    kept.get(1),
                    kept.get(2),
                    Table.mean(4, row.deviation()),
                    Table.number(3, row.deviation95()),
                    Table.mean(3, row.compute()));
        }
        return table;
    }
}

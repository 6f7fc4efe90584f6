package io.flowblend.experiment.policies;

import io.flowblend.experiment.Statistics.Kept;
import io.flowblend.experiment.Table;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

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
        return String.format(
                Locale.ROOT,
                "`%s`, %d held-out prompts; kept in all: %s, at least %s, sharpness %s.",
                result.setup().pair(),
                result.prompts(),
                share(result.kept()),
                bound(result.kept()),
                sharpness(result.kept()));
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
                    share(row.kept()),
                    bound(row.kept()),
                    sharpness(row.kept()),
                    Table.mean(4, row.deviation()),
                    Table.number(3, row.deviation95()),
                    Table.mean(3, row.compute()));
        }
        return table;
    }

    private static String share(@Nullable Kept kept) {
        return kept == null ? "-" : Table.percent(kept.kept());
    }

    private static String bound(@Nullable Kept kept) {
        return kept == null ? "-" : Table.percent(kept.atLeast());
    }

    private static String sharpness(@Nullable Kept kept) {
        return kept == null ? "-" : Table.number(2, kept.sharpness());
    }
}

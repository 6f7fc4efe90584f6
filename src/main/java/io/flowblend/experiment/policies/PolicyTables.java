package io.flowblend.experiment.policies;

import static io.flowblend.experiment.Table.mean;
import static io.flowblend.experiment.Table.number;
import static io.flowblend.experiment.Table.percent;

import io.flowblend.experiment.Table;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The policy benchmark's figures as text, for a terminal or as Markdown. */
public final class PolicyTables {
    private PolicyTables() {}

    /** For people: all policies, and the comparison at equal compute. */
    public static String text(PolicySummary summary) {
        return String.format(
                        Locale.ROOT,
                        "%s, %d held-out prompts (± is 95 %% by prompt), %d steps, %s%n%n",
                        summary.setup().pair(),
                        summary.prompts(),
                        summary.setup().steps(),
                        summary.environment())
                + policies(summary).text()
                + System.lineSeparator()
                + matched(summary).text();
    }

    /** The same tables as Markdown. */
    public static String markdown(PolicySummary summary) {
        return policies(summary).markdown()
                + System.lineSeparator()
                + matched(summary).markdown();
    }

    private static Table policies(PolicySummary summary) {
        Table table = new Table(
                "policy",
                "setting",
                "compute",
                "deviation",
                "95 %",
                "PSNR",
                "SSIM",
                "adheres",
                "one digit",
                "promised",
                "kept",
                "at least",
                "sharpness",
                "S",
                "P",
                "fell back",
                "typical schedule");
        for (PolicySummary.Row row : summary.rows()) {
            List<String> kept = Table.kept(row.kept());
            table.add(
                    row.policy(),
                    row.setting(),
                    mean(3, row.compute()),
                    mean(4, row.deviation()),
                    number(3, row.deviation95()),
                    mean(1, row.psnr()),
                    mean(3, row.ssim()),
                    mean(2, row.adherence()),
                    mean(2, row.adherenceOneDigit()),
                    number(3, row.promised()),
                    kept.get(0),
                    kept.get(1),
                    kept.get(2),
                    percent(row.smallShare()),
                    percent(row.probeShare()),
                    row.isAdaptive() ? String.valueOf(row.fellBack()) : "-",
                    row.typical());
        }
        return table;
    }

    private static Table matched(PolicySummary summary) {
        Table table = new Table(
                "adaptive",
                "setting",
                "compute",
                "its deviation",
                "against",
                "deviation there",
                "ratio",
                "compute for the same",
                "compute for the promise",
                "ours over it");
        for (PolicySummary.Matched match : summary.matched()) {
            table.add(
                    match.policy().substring(PolicySummary.ADAPTIVE.length()),
                    match.setting(),
                    number(3, match.compute()),
                    number(4, match.ours()),
                    match.family(),
                    number(4, match.theirs()),
                    ratio(match.ours(), match.theirs()),
                    number(3, match.computeForSame()),
                    number(3, match.computeForPromise()),
                    ratio(match.compute(), match.computeForPromise()));
        }
        return table;
    }

    private static String ratio(double value, @Nullable Double over) {
        return over == null ? "-" : number(2, value / over);
    }
}

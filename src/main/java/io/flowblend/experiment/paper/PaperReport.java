package io.flowblend.experiment.paper;

import io.flowblend.calibration.StoredProfile;
import io.flowblend.experiment.Table;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What the experiments found, as text. */
public final class PaperReport {
    private static final double TERA = 1e12;

    private PaperReport() {}

    /** Curves by step, and the stages that each shows. */
    public static String divergence(List<VelocityAnalysis.Curve> curves) {
        StringBuilder text = new StringBuilder();
        for (VelocityAnalysis.Curve curve : curves) {
            Table table = new Table("step", "sigma", "cosine", "variance", "L2", "variance of L2");
            for (int step = 0; step < curve.sigmas().size(); step++) {
                table.add(
                        String.valueOf(step),
                        Table.number(3, curve.sigmas().get(step)),
                        Table.number(4, curve.cosine().get(step).mean()),
                        Table.number(6, curve.cosine().get(step).variance()),
                        Table.number(3, curve.l2().get(step).mean()),
                        Table.number(3, curve.l2().get(step).variance()));
            }
            text.append(curve.title()).append(System.lineSeparator());
            text.append(curve.stages().words()).append(System.lineSeparator());
            text.append(table.text()).append(System.lineSeparator());
        }
        return text.toString();
    }

    /** Both curves and what follows from them. */
    public static String boundaries(PaperExperiments.Boundaries found) {
        Table early = new Table("SMALL from", "similarity to LARGE alone", "");
        for (int i = 0; i < found.early().size(); i++) {
            String marks = (i == found.slope().index()
                            ? "Algorithm 1 (" + found.slope().ending() + ") "
                            : "")
                    + (i == found.similar().orElse(-1) ? "from here on at least 96 %" : "");
            early.add(
                    Table.percent(found.early().get(i).introduced()),
                    Table.number(4, found.early().get(i).similarity()),
                    marks.strip());
        }
        String text = early.text();
        for (LateBoundary.Found late : found.late()) {
            Table table = new Table("LARGE again for the last", "Frechet distance", "");
            for (int i = 0; i < found.lateShares().size(); i++) {
                table.add(
                        Table.percent(found.lateShares().get(i)),
                        Table.number(4, found.distances().get(i)),
                        i == late.index() ? "least" : "");
            }
            text += table.text() + "The curve is " + late.shape().words() + ". Least point, 95 % of the drawn curves: "
                    + Table.percent(found.lateShares().get(late.lowest())) + " to "
                    + Table.percent(found.lateShares().get(late.highest())) + "." + System.lineSeparator();
        }
        return text;
    }

    /** The stored profile as {@code pair.yaml} takes it. */
    public static String yaml(StoredProfile profile) {
        return String.format(
                Locale.ROOT, "stored-profile:%n  early: %s%n  late: %s%n", profile.early(), profile.late());
    }

    /** Patterns by rising compute. */
    public static Table patterns(List<PaperExperiments.PatternRow> rows) {
        Table table = new Table("pattern", "kind", "compute", "deviation", "PSNR", "similarity", "Frechet distance");
        rows.stream()
                .sorted(Comparator.comparingDouble(PaperExperiments.PatternRow::compute))
                .forEach(row -> table.add(
                        row.pattern(),
                        row.kind().name(),
                        Table.number(3, row.compute()),
                        Table.number(4, row.deviation()),
                        Table.number(2, row.psnr()),
                        Table.number(4, row.similarity()),
                        Table.number(4, row.distance())));
        return table;
    }

    /** Points of a chart of deviation against compute; the adaptive policy's have names with a quality. */
    public static List<ReportPage.Dot> dots(List<PaperExperiments.PatternRow> rows) {
        return rows.stream()
                .map(row -> new ReportPage.Dot(
                        row.compute(), row.deviation(), colour(row), row.pattern() + " " + row.kind()))
                .toList();
    }

    private static String colour(PaperExperiments.PatternRow row) {
        if (row.pattern().startsWith(ScheduleRuns.ADAPTIVE)) {
            return "#d62728";
        }
        return switch (row.kind()) {
            case SXX, SSS -> "#1f77b4";
            case LXX, LLL -> "#2ca02c";
            case LSL -> "#e6b800";
            case SHIFTED, EXPANDED, REDUCED -> "#ff7f0e";
        };
    }

    /** Rows in the form of the paper's tables, in teraflops. */
    static String flops(FlopsTable costs, int steps, StoredProfile profile) {
        Table table = new Table("schedule", "LARGE steps", "SMALL steps", "TFLOPs", "share");
        costs.rows(steps, profile)
                .forEach(row -> table.add(
                        row.schedule(),
                        String.valueOf(row.largeSteps()),
                        String.valueOf(row.smallSteps()),
                        String.format(Locale.ROOT, "%.4g", row.flops() / TERA),
                        Table.percent(row.share())));
        return table.text();
    }
}

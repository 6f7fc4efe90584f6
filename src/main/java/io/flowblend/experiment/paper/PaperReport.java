package io.flowblend.experiment.paper;

import io.flowblend.calibration.StoredProfile;
import io.flowblend.experiment.Table;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What the experiments found, as text. */
public final class PaperReport {
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
            String marks = (i == found.slope().index() ? "Algorithm 1 (" + found.slope().ending() + ") " : "")
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
}

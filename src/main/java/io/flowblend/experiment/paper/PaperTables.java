package io.flowblend.experiment.paper;

import io.flowblend.calibration.StoredProfile;
import io.flowblend.experiment.Table;
import io.flowblend.experiment.paper.PaperResults.Boundaries;
import io.flowblend.experiment.paper.PaperResults.HalfSteps;
import io.flowblend.experiment.paper.PaperResults.PatternRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What the experiments found, as tables. */
public final class PaperTables {
    private static final double TERA = 1e12;

    private PaperTables() {}

    /** One curve by step. */
    public static Table divergence(VelocityAnalysis.Curve curve) {
        Table table = new Table("step", "sigma", "cosine", "variance of it", "L2", "variance of it");
        for (int step = 0; step < curve.sigmas().size(); step++) {
            table.add(
                    String.valueOf(step),
                    Table.number(3, curve.sigmas().get(step)),
                    Table.number(4, curve.cosine().get(step).mean()),
                    Table.number(6, curve.cosine().get(step).variance()),
                    Table.number(3, curve.l2().get(step).mean()),
                    Table.number(3, curve.l2().get(step).variance()));
        }
        return table;
    }

    /** What each curve shows, a line each. */
    public static Table stages(List<VelocityAnalysis.Curve> curves) {
        Table table = new Table("main stream", "velocity", "stages by the cosine distance");
        curves.forEach(curve -> table.add(
                curve.mainStream().name(), curve.velocity(), curve.stages().words()));
        return table;
    }

    /** Similarity as SMALL takes over later. */
    public static Table early(Boundaries found) {
        Table table = new Table("SMALL from", "similarity to LARGE alone", "rule");
        for (int i = 0; i < found.early().size(); i++) {
            String slope = i == found.slope().index()
                    ? "Algorithm 1 (" + found.slope().ending().words() + ") "
                    : "";
            String similar = i == found.similar().orElse(-1) ? "from here on at least 96 %" : "";
            table.add(
                    Table.percent(found.early().get(i).introduced()),
                    Table.mean(4, found.similarities().get(i)),
                    (slope + similar).strip());
        }
        return table;
    }

    /** Distance as LARGE returns for a longer end; without lines where there are no features. */
    public static Table late(Boundaries found) {
        Table table = new Table("LARGE again for the last", "Frechet distance (95 % of the draws)", "");
        for (int i = 0; i < found.distances().size(); i++) {
            table.add(
                    Table.percent(found.lateShares().get(i)),
                    Table.interval(4, found.distances().get(i)),
                    i == found.late().get(0).index() ? "least" : "");
        }
        return table;
    }

    /** What the curve over the late share looks like. */
    public static String lateWords(Boundaries found) {
        return found.late().stream()
                .map(late -> "The curve is " + late.shape().words() + ". Least point, 95 % of the drawn curves: "
                        + Table.percent(found.lateShares().get(late.lowest())) + " to "
                        + Table.percent(found.lateShares().get(late.highest())) + ".")
                .findFirst()
                .orElse("No feature network: the Frechet distance is not available.");
    }

    /** Both tables and what follows from them, as text. */
    public static String boundaries(Boundaries found) {
        return early(found).text() + late(found).text() + lateWords(found) + System.lineSeparator();
    }

    /** The stored profile as {@code pair.yaml} takes it. */
    public static String yaml(StoredProfile profile) {
        return String.format(
                Locale.ROOT, "stored-profile:%n  early: %s%n  late: %s%n", profile.early(), profile.late());
    }

    /** Patterns by rising compute. */
    public static Table patterns(List<PatternRow> rows) {
        Table table =
                new Table("pattern", "kind", "compute", "deviation", "PSNR, dB", "similarity", "Frechet distance");
        rows.stream()
                .sorted(Comparator.comparingDouble(row -> row.compute().mean()))
                .forEach(row -> table.add(
                        row.pattern(),
                        row.kind().name(),
                        Table.number(3, row.compute().mean()),
                        Table.mean(3, row.deviation()),
                        Table.mean(1, row.mean(Measure.PSNR)),
                        Table.mean(4, row.similarity()),
                        Table.number(4, row.frechet())));
        return table;
    }

    /** Schedules with all that is measured of them, in their order. */
    public static Table schedules(List<PatternRow> rows) {
        Table table = new Table(
                "schedule",
                "compute",
                "deviation",
                "PSNR, dB",
                "similarity",
                "adherence",
                "Frechet distance of frames",
                "of videos");
        rows.forEach(row -> table.add(
                row.pattern(),
                Table.mean(3, row.compute()),
                Table.mean(3, row.deviation()),
                row.deviation().mean() == 0 ? "equal" : Table.mean(1, row.mean(Measure.PSNR)),
                Table.mean(4, row.similarity()),
                Table.percent(row.mean(Measure.ADHERENCE).mean()),
                row.distance().isEmpty()
                        ? "not available"
                        : Table.interval(4, row.distance().get(0)),
                Double.isNaN(row.videoDistance()) ? "not available" : Table.number(4, row.videoDistance())));
        return table;
    }

    /** All measures of some schedules, a line a measure. */
    public static Table measures(List<PatternRow> rows) {
        List<String> head = new ArrayList<>(List.of("measure"));
        rows.forEach(row -> head.add(row.pattern()));
        Table table = new Table(head.toArray(String[]::new));
        for (Measure measure : Measure.values()) {
            List<String> cells = new ArrayList<>(List.of(measure.words()));
            rows.forEach(row -> cells.add(
                    row.means().containsKey(measure)
                            ? Table.mean(measure.decimals(), row.mean(measure))
                            : "not available"));
            table.add(cells.toArray(String[]::new));
        }
        return table;
    }

    /** The paper's schedules at all steps, and at half of them by another solver; compute is over LARGE alone at all steps. */
    public static Table halfSteps(List<PatternRow> stages, HalfSteps half, int steps) {
        Table table = new Table("solver, steps", "schedule", "compute", "deviation", "adherence", "Frechet distance");
        stages.forEach(row -> addHalf(table, "the pair's own, " + steps, row, 1));
        half.rows()
                .forEach(
                        row -> addHalf(table, half.solver() + ", " + half.steps(), row, (double) half.steps() / steps));
        return table;
    }

    private static void addHalf(Table table, String solver, PatternRow row, double share) {
        table.add(
                solver,
                row.pattern(),
                Table.number(3, share * row.compute().mean()),
                Table.mean(3, row.deviation()),
                Table.percent(row.mean(Measure.ADHERENCE).mean()),
                row.distance().isEmpty()
                        ? "not available"
                        : Table.interval(4, row.distance().get(0)));
    }

    /** Rows in the form of the paper's tables, in teraflops. */
    public static Table flops(FlopsTable costs, int steps, StoredProfile profile) {
        Table table = new Table("schedule", "LARGE steps", "SMALL steps", "TFLOPs", "share");
        costs.rows(steps, profile)
                .forEach(row -> table.add(
                        row.schedule(),
                        String.valueOf(row.largeSteps()),
                        String.valueOf(row.smallSteps()),
                        String.format(Locale.ROOT, "%.4g", row.flops() / TERA),
                        Table.percent(row.share())));
        return table;
    }

    /** Where the figures were measured. */
    public static Table origin(PaperResults.Origin origin) {
        Table table = new Table("what", "value");
        table.add("pair", origin.pair());
        table.add("fingerprint of its models", origin.fingerprint());
        table.add("steps", String.valueOf(origin.steps()));
        table.add("prompts", String.valueOf(origin.prompts()));
        table.add("features", origin.features());
        table.add(
                "processor",
                origin.environment().cpu() + ", " + origin.environment().cores() + " cores");
        table.add(
                "libtorch",
                origin.environment().libtorch() + ", threads "
                        + origin.environment().threads());
        table.add("Java", origin.environment().java());
        table.add("commit", origin.environment().commit());
        table.add("time, UTC", String.valueOf(origin.environment().time()));
        origin.commands().forEach(command -> table.add("command", command));
        return table;
    }
}

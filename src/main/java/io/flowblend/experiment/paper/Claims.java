package io.flowblend.experiment.paper;

import io.flowblend.calibration.Source;
import io.flowblend.experiment.Table;
import io.flowblend.experiment.paper.PaperResults.PatternRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** What the paper claims, and whether the figures of a pair show it. */
public final class Claims {
    private static final String HOLDS = "holds";
    private static final String PARTLY = "holds in part";
    private static final String FAILS = "does not hold";
    private static final String OPEN = "not measured";

    private final PaperResults results;
    private final Table table = new Table("the paper", "on the pair", "figures");

    private Claims(PaperResults results) {
        this.results = results;
    }

    /** A line a claim. */
    public static Table table(PaperResults results) {
        Claims claims = new Claims(results);
        claims.shape();
        claims.variance();
        claims.everyCurve();
        claims.early();
        claims.late();
        claims.largeFirst();
        claims.neighbours();
        claims.halfSteps();
        return claims.table;
    }

    private VelocityAnalysis.Curve guided() {
        return results.divergence().stream()
                .filter(curve -> curve.mainStream() == Source.LARGE && curve.under() == VelocityAnalysis.Under.GUIDANCE)
                .findFirst()
                .orElseThrow();
    }

    private void shape() {
        Stages stages = guided().stages();
        table.add(
                "The divergence is U-shaped over the steps",
                stages.uShaped() ? HOLDS : FAILS,
                "LARGE as main stream, guided: " + stages.words());
    }

    private void variance() {
        VelocityAnalysis.Curve curve = guided();
        double[] variance =
                curve.cosine().stream().mapToDouble(each -> each.variance()).toArray();
        Stages stages = curve.stages();
        double early = IntStream.range(0, Math.max(1, variance.length / 4))
                .mapToDouble(i -> variance[i])
                .average()
                .orElse(0);
        double middle = IntStream.range(stages.middle(), stages.late())
                .mapToDouble(i -> variance[i])
                .average()
                .orElse(0);
        boolean high = early > 2 * middle;
        boolean rises = stages.onset().isPresent();
        table.add(
                "Its variance is large early and rises again late",
                verdict(high && rises, high || rises),
                "variance in the first quarter " + Table.number(6, early) + ", in the middle stage "
                        + Table.number(6, middle) + "; "
                        + (rises ? "late rise from step " + stages.onset().orElseThrow() : "no late rise"));
    }

    private void everyCurve() {
        List<VelocityAnalysis.Curve> others = results.divergence().stream()
                .filter(curve -> !curve.equals(guided()))
                .toList();
        long shaped = others.stream().filter(curve -> curve.stages().uShaped()).count();
        table.add(
                "The same for the unconditional velocity and with SMALL as main stream",
                verdict(shaped == others.size(), shaped > 0),
                shaped + " of the " + others.size() + " other curves are U-shaped");
    }

    private void early() {
        PaperResults.Boundaries found = results.boundaries();
        OptionalInt similar = found.similar();
        boolean before =
                similar.isPresent() && similar.getAsInt() < found.early().size() - 1;
        double first = found.early().get(0).similarity();
        boolean drops = first < EarlyBoundary.SIMILAR;
        String where = similar.isPresent()
                ? "at least 96 % if SMALL begins at "
                        + Table.percent(found.early().get(similar.getAsInt()).introduced()) + " of the steps or later"
                : "never 96 %";
        table.add(
                "Similarity to LARGE alone stays above about 96 % up to a boundary, and drops below it",
                verdict(before && drops, before || drops),
                where + "; " + Table.number(4, first) + " with SMALL from the start; Algorithm 1 answers "
                        + Table.percent(found.early().get(found.slope().index()).introduced()) + " ("
                        + found.slope().ending().words() + ")");
    }

    private void late() {
        PaperResults.Boundaries found = results.boundaries();
        String verdict = found.late().stream()
                .map(late -> late.shape() == LateBoundary.Shape.V ? HOLDS : FAILS)
                .findFirst()
                .orElse(OPEN);
        table.add("The Frechet distance is V-shaped over the late boundary", verdict, PaperTables.lateWords(found));
    }

    /** At equal numbers of large segments. */
    private void largeFirst() {
        int segments = results.sweep().get(0).pattern().length();
        int better = 0;
        int compared = 0;
        for (int large = 1; large < segments; large++) {
            int count = large;
            double first = mean('L', count);
            double last = mean('S', count);
            compared++;
            better += first < last ? 1 : 0;
        }
        table.add(
                "Patterns that begin with LARGE beat those that begin with SMALL",
                verdict(better == compared, better > 0),
                "mean deviation is less at " + better + " of " + compared + " numbers of large segments (of " + segments
                        + ")");
    }

    private double mean(char first, int large) {
        return results.sweep().stream()
                .filter(row -> row.pattern().charAt(0) == first
                        && row.pattern().chars().filter(letter -> letter == 'L').count() == large)
                .mapToDouble(row -> row.deviation().mean())
                .average()
                .orElse(Double.NaN);
    }

    private void neighbours() {
        List<PatternRow> lsl = results.sweep().stream()
                .filter(row -> row.kind() == Patterns.Kind.LSL)
                .toList();
        if (lsl.isEmpty()) {
            table.add("LSL beats its neighbours", OPEN, "the stored profile leaves SMALL no segment");
            return;
        }
        List<String> figures = new ArrayList<>();
        int won = 0;
        int all = 0;
        for (Patterns.Kind kind : List.of(Patterns.Kind.SHIFTED, Patterns.Kind.EXPANDED, Patterns.Kind.REDUCED)) {
            List<PatternRow> rows =
                    results.sweep().stream().filter(row -> row.kind() == kind).toList();
            long deviation = beaten(lsl.get(0), rows, row -> row.deviation().mean());
            long distance = beaten(lsl.get(0), rows, PatternRow::frechet);
            won += (int) distance;
            all += rows.size();
            figures.add(kind.name().toLowerCase(Locale.ROOT) + ": " + distance + " of " + rows.size()
                    + " by Frechet distance, " + deviation + " by deviation");
        }
        boolean measured = !Double.isNaN(lsl.get(0).frechet());
        table.add(
                "LSL beats its shifted, expanded and reduced neighbours",
                measured ? verdict(won == all, won > 0) : OPEN,
                String.join("; ", figures));
    }

    private static long beaten(PatternRow by, List<PatternRow> rows, ToDoubleFunction<PatternRow> value) {
        return rows.stream()
                .filter(row -> value.applyAsDouble(by) < value.applyAsDouble(row))
                .count();
    }

    private void halfSteps() {
        List<PatternRow> rows = results.halfSteps().rows();
        PatternRow large = row(rows, "LLL");
        PatternRow lsl = row(rows, "LSL");
        PatternRow small = row(rows, "SSS");
        boolean measured = !lsl.distance().isEmpty();
        boolean within = measured && lsl.frechet() <= large.distance().get(0).high();
        boolean before = measured && lsl.frechet() < small.frechet();
        table.add(
                "LSL keeps LARGE's quality with DPM++ at half the steps",
                measured ? verdict(within && before, within || before) : OPEN,
                measured
                        ? "Frechet distance "
                                + Table.interval(4, large.distance().get(0)) + " LLL, "
                                + Table.interval(4, lsl.distance().get(0)) + " LSL, "
                                + Table.interval(4, small.distance().get(0)) + " SSS; LSL deviates by "
                                + Table.mean(3, lsl.deviation())
                        : "no features");
    }

    private static PatternRow row(List<PatternRow> rows, String name) {
        return rows.stream()
                .filter(row -> row.pattern().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String verdict(boolean whole, boolean part) {
        if (whole) {
            return HOLDS;
        }
        return part ? PARTLY : FAILS;
    }
}

package io.flowblend.experiment;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Greedy search for static schedules. The run is cut into up to {@value #SEGMENTS} segments, each filled with a motif whose
 * letters are repeated (two neighbours with the same motif are one longer segment). It begins with LARGE alone; each round
 * changes the one segment, or the two neighbours, that add the least deviation per saved compute. Slopes of an earlier round
 * order the candidates, and the best {@value #FRESH} of them are measured anew (lazy greedy).
 */
public final class PatternSearch {
    /** The plain models. */
    public static final List<String> MODELS = List.of("L", "S");

    /** Models and probes: S after a probe is corrected. */
    public static final List<String> PROBED = List.of("L", "S", "PS", "PSSS", "PSSSSSSS");

    /** Every kind of step. */
    public static final List<String> ALL = List.of(
            "L", "S", "PS", "PSSS", "PSSSSSSS", "LR", "LRR", "LRRR", "LRRRRR", "SR", "SRRR", "PSR", "PSRSR", "PRSR");

    static final int SEGMENTS = 8;
    static final int FRESH = 16;

    /** Neighbours that are changed at once: motifs with long periods pay only over more than one segment. */
    private static final int MOST_AT_ONCE = 2;

    private static final double LEAST_SAVED = 1e-9;

    private final int steps;
    private final int segments;
    private final List<String> motifs;
    private final double farthest;
    private final Measure measure;
    private final Map<String, Pattern> known = new LinkedHashMap<>();

    /** Where deviations come from. */
    public interface Measure {
        /** Compute of a schedule over that of LARGE alone. */
        double compute(String letters);

        /** Mean deviation of each schedule, in their order. */
        List<Double> deviations(List<String> schedules);
    }

    /**
     * A schedule that was measured.
     *
     * @param letters one a step
     * @param compute over LARGE alone
     * @param deviation mean over the prompts of the search
     */
    public record Pattern(String letters, double compute, double deviation) {}

    /** Segments {@code from} to {@code to}, exclusive, get a motif. */
    private record Change(int from, int to, String motif) {}

    private PatternSearch(int steps, List<String> motifs, double farthest, Measure measure) {
        this.steps = steps;
        this.segments = Math.min(SEGMENTS, steps);
        this.motifs = motifs;
        this.farthest = farthest;
        this.measure = measure;
    }

    /**
     * Searches from LARGE alone down to the cheapest schedule.
     *
     * @param farthest deviation above 0 from which on the search goes no further
     * @param progress hears of each round
     * @return of all that was measured, those that no other beats in both compute and deviation, by rising compute
     */
    public static List<Pattern> search(
            int steps, List<String> motifs, double farthest, Measure measure, Consumer<String> progress) {
        PatternSearch search = new PatternSearch(steps, motifs, farthest, measure);
        search.descend(progress);
        return Front.best(List.copyOf(search.known.values()), Pattern::compute, Pattern::deviation);
    }

    /** At most so many of the patterns, spread evenly over compute, both ends included. */
    public static List<Pattern> spread(List<Pattern> patterns, int most) {
        if (patterns.size() <= most) {
            return patterns;
        }
        double low = patterns.get(0).compute();
        double high = patterns.get(patterns.size() - 1).compute();
        List<Pattern> chosen = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            double wanted = low + (high - low) * i / Math.max(1, most - 1);
            Pattern nearest = patterns.stream()
                    .min(Comparator.comparingDouble(pattern -> Math.abs(pattern.compute() - wanted)))
                    .orElseThrow();
            if (!chosen.contains(nearest)) {
                chosen.add(nearest);
            }
        }
        return chosen;
    }

    private void descend(Consumer<String> progress) {
        List<String> current = Collections.nCopies(segments, "L");
        Map<Change, Double> slopes = new HashMap<>();
        measure(List.of(letters(current)));
        List<Change> changes = cheaper(current);
        while (!changes.isEmpty() && pattern(letters(current)).deviation() < farthest) {
            List<Change> tried = changes.stream()
                    .sorted(Comparator.comparingDouble(change -> slopes.getOrDefault(change, 0.0)))
                    .limit(slopes.isEmpty() ? changes.size() : FRESH)
                    .toList();
            List<String> base = List.copyOf(current);
            measure(tried.stream().map(change -> letters(changed(base, change))).toList());
            tried.forEach(change -> slopes.put(change, slope(base, change)));
            Change taken = tried.stream()
                    .min(Comparator.comparingDouble(change -> slopes.getOrDefault(change, 0.0)))
                    .orElseThrow();
            current = changed(base, taken);
            progress.accept("searching with " + String.join(" ", motifs) + ": " + letters(current));
            changes = cheaper(current);
        }
    }

    /** Changes that save compute and that leave a schedule which can be run. */
    private List<Change> cheaper(List<String> current) {
        double now = measure.compute(letters(current));
        List<Change> changes = new ArrayList<>();
        for (int from = 0; from < segments; from++) {
            for (int to = from + 1; to <= Math.min(segments, from + MOST_AT_ONCE); to++) {
                for (String motif : motifs) {
                    Change change = new Change(from, to, motif);
                    if (measure.compute(letters(changed(current, change))) < now - LEAST_SAVED) {
                        changes.add(change);
                    }
                }
            }
        }
        return changes;
    }

    private double slope(List<String> from, Change change) {
        Pattern before = pattern(letters(from));
        Pattern after = pattern(letters(changed(from, change)));
        return (after.deviation() - before.deviation()) / (before.compute() - after.compute());
    }

    private static List<String> changed(List<String> current, Change change) {
        List<String> changed = new ArrayList<>(current);
        Collections.fill(changed.subList(change.from(), change.to()), change.motif());
        return changed;
    }

    /** The schedule that fills each segment with its motif. */
    private String letters(List<String> filled) {
        StringBuilder letters = new StringBuilder();
        int begun = 0;
        for (int step = 0; step < steps; step++) {
            int segment = step * segments / steps;
            String motif = filled.get(segment);
            if (step > 0 && !motif.equals(filled.get((step - 1) * segments / steps))) {
                begun = step;
            }
            letters.append(motif.charAt((step - begun) % motif.length()));
        }
        return letters.toString();
    }

    private void measure(List<String> schedules) {
        List<String> fresh = schedules.stream()
                .distinct()
                .filter(letters -> !known.containsKey(letters))
                .toList();
        if (fresh.isEmpty()) {
            return;
        }
        List<Double> deviations = measure.deviations(fresh);
        for (int i = 0; i < fresh.size(); i++) {
            String letters = fresh.get(i);
            known.put(letters, new Pattern(letters, measure.compute(letters), deviations.get(i)));
        }
    }

    private Pattern pattern(String letters) {
        Pattern pattern = known.get(letters);
        if (pattern == null) {
            throw new IllegalStateException(letters + " was not measured");
        }
        return pattern;
    }
}

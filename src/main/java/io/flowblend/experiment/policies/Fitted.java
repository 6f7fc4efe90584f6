package io.flowblend.experiment.policies;

import io.flowblend.control.rival.MagCachePolicy;
import io.flowblend.experiment.FitPrompts;
import io.flowblend.experiment.PatternSearch;
import io.flowblend.experiment.PatternSearch.Pattern;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What the rivals were fitted to, on prompts that nothing is judged by.
 *
 * @param patterns the best static schedules found
 * @param magnitudeRatios MagCache's curve
 */
record Fitted(List<FittedPattern> patterns, List<Double> magnitudeRatios) {
    private static final int MOST_OF_A_FAMILY = 10;

    /** A static schedule and the kind of steps that its search could use. */
    record FittedPattern(String family, String letters) {}

    static Fitted of(FitPrompts prompts, int steps, Consumer<String> progress) {
        List<FittedPattern> patterns = new ArrayList<>();
        add(patterns, Contestants.STATIC_MODELS, prompts, steps, PatternSearch.MODELS, progress);
        add(patterns, Contestants.STATIC_PROBED, prompts, steps, PatternSearch.PROBED, progress);
        add(patterns, Contestants.STATIC, prompts, steps, PatternSearch.ALL, progress);
        return new Fitted(List.copyOf(patterns), MagCachePolicy.ratios(prompts.magnitudes()));
    }

    private static void add(
            List<FittedPattern> patterns,
            String family,
            FitPrompts prompts,
            int steps,
            List<String> motifs,
            Consumer<String> progress) {
        List<Pattern> found = PatternSearch.search(steps, motifs, FitPrompts.FARTHEST, prompts, progress);
        PatternSearch.spread(found, MOST_OF_A_FAMILY).stream()
                .filter(pattern -> pattern.deviation() > 0)
                .forEach(pattern -> patterns.add(new FittedPattern(family, pattern.letters())));
    }
}

package io.flowblend.cli;

import io.flowblend.experiment.newpair.BuiltInVariant;
import java.util.List;

/**
 * How much benchmarks measure where the command line does not say.
 *
 * @param prompts that policies and promises are measured with
 * @param fitPrompts others that rivals are fitted with
 * @param requests to each new pair
 * @param variants of the built-in pair that are served as new pairs
 * @param rounds of whole videos
 * @param warmUpRounds before them
 */
record BenchSize(
        int prompts, int fitPrompts, int requests, List<BuiltInVariant> variants, int rounds, int warmUpRounds) {
    private static final BenchSize FULL = new BenchSize(64, 8, 64, List.of(BuiltInVariant.values()), 7, 10);

    /** Each benchmark in about ten minutes on one core, for the built-in pair. */
    private static final BenchSize QUICK =
            new BenchSize(12, 2, 40, List.of(BuiltInVariant.NOISY, BuiltInVariant.OTHER_LARGE), 5, 4);

    static BenchSize of(boolean quick) {
        return quick ? QUICK : FULL;
    }
}

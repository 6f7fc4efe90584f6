package io.flowblend.experiment;

import io.flowblend.control.Move;
import io.flowblend.replay.Branch;
import io.flowblend.sampling.SamplingSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs schedules of one pair on the prompts that rivals are fitted with. */
public final class FitPrompts implements PatternSearch.Measure {
    /** Deviation beyond which no schedule is searched: more than the least quality that is measured promises. */
    public static final double FARTHEST = 0.6;

    private final MeasuredPair pair;
    private final int steps;
    private final List<HeldOut> prompts;
    private final Map<Character, Double> costs = new HashMap<>();
    private final Map<String, Double> known = new HashMap<>();

    /** @param count prompts, at least one */
    public FitPrompts(MeasuredPair pair, int steps, int count) {
        this.pair = pair;
        this.steps = steps;
        this.prompts = HeldOut.toFit(count);
        pair.opened().open(pair.request(prompts.get(0), steps), request -> {
            SamplingSpec spec = request.fromNoise();
            Move.ALL.forEach(move -> costs.put(move.letter(), spec.cost(move)));
            return costs.size();
        });
    }

    @Override
    public double compute(String letters) {
        return letters.chars()
                        .mapToDouble(letter -> costs.getOrDefault((char) letter, Double.NaN))
                        .sum()
                / letters.length();
    }

    @Override
    public List<Double> deviations(List<String> schedules) {
        List<String> fresh = schedules.stream()
                .distinct()
                .filter(letters -> !known.containsKey(letters))
                .toList();
        if (!fresh.isEmpty()) {
            List<Branch> branches =
                    fresh.stream().map(letters -> pair.fixed(letters, letters)).toList();
            for (HeldOut held : prompts) {
                SideBySide.Runs runs = pair.sideBySide(held, steps, branches);
                fresh.forEach(
                        letters -> known.merge(letters, runs.run(letters).deviation() / prompts.size(), Double::sum));
            }
        }
        return schedules.stream()
                .map(letters -> known.getOrDefault(letters, Double.NaN))
                .toList();
    }

    /** Sizes of LARGE's velocities, {@code mean|v_k|} of each step, one run a prompt. */
    public List<double[]> magnitudes() {
        return prompts.stream()
                .map(held -> SideBySide.magnitudes(
                        pair.sideBySide(held, steps, List.of()).large()))
                .toList();
    }
}

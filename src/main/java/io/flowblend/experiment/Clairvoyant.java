package io.flowblend.experiment;

import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.StepListener;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.Tensor;

/**
 * The schedule that a rule would choose for one prompt if it saw the finished videos of all: the best within a budget of
 * those that were run, and then of its neighbours, from one to the next, as long as one is better. Neighbours move one
 * boundary by a step, or two boundaries by a step each. No policy can know this; it bounds what knowing the prompt gives.
 */
final class Clairvoyant {
    private final SamplingSpec whole;
    private final ToDoubleFunction<Tensor> deviation;
    private final Map<String, Double> known;

    /**
     * @param deviation from LARGE alone
     * @param known deviations by schedule; what is run is added
     */
    Clairvoyant(SamplingSpec whole, ToDoubleFunction<Tensor> deviation, Map<String, Double> known) {
        this.whole = whole;
        this.deviation = deviation;
        this.known = known;
    }

    /**
     * The best schedule found.
     *
     * @param fewestSmall SMALL steps that it has at least: its budget
     * @param rounds how often neighbours are run at most; 0 takes the best of what is known
     */
    String best(int fewestSmall, int rounds) {
        String best = bestKnown(known.keySet(), fewestSmall);
        for (int round = 0; round < rounds; round++) {
            Set<String> unknown = neighbours(best, fewestSmall);
            unknown.removeAll(known.keySet());
            Map<String, Double> found = new LinkedHashMap<>();
            ScheduleTree.run(
                    whole,
                    unknown,
                    StepListener.NONE,
                    (letters, latents) -> found.put(letters, deviation.applyAsDouble(latents)));
            known.putAll(found);
            String next = bestKnown(known.keySet(), fewestSmall);
            if (next.equals(best)) {
                break;
            }
            best = next;
        }
        return best;
    }

    private String bestKnown(Set<String> schedules, int fewestSmall) {
        return schedules.stream()
                .filter(letters -> small(letters) >= fewestSmall)
                .min((a, b) -> Double.compare(known.getOrDefault(a, 0.0), known.getOrDefault(b, 0.0)))
                .orElseThrow(() -> new IllegalArgumentException("no schedule has " + fewestSmall + " small steps"));
    }

    /** Schedules that differ in one or two steps beside a boundary and stay within the budget. */
    static Set<String> neighbours(String letters, int fewestSmall) {
        Set<String> moved = new TreeSet<>();
        for (int i = 0; i < letters.length(); i++) {
            if (!besideBoundary(letters, i)) {
                continue;
            }
            moved.add(flipped(letters, i));
            for (int j = i + 1; j < letters.length(); j++) {
                if (besideBoundary(letters, j) && letters.charAt(i) != letters.charAt(j)) {
                    moved.add(flipped(flipped(letters, i), j));
                }
            }
        }
        moved.removeIf(schedule -> small(schedule) < fewestSmall || schedule.charAt(0) == 'S');
        return moved;
    }

    private static boolean besideBoundary(String letters, int i) {
        return (i > 0 && letters.charAt(i - 1) != letters.charAt(i))
                || (i + 1 < letters.length() && letters.charAt(i + 1) != letters.charAt(i));
    }

    private static String flipped(String letters, int i) {
        return letters.substring(0, i) + (letters.charAt(i) == 'L' ? 'S' : 'L') + letters.substring(i + 1);
    }

    private static int small(String letters) {
        return (int) letters.chars().filter(letter -> letter == 'S').count();
    }
}

package io.flowblend.experiment;

import io.flowblend.control.Move;
import io.flowblend.control.Schedule;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.replay.Branch;
import io.flowblend.replay.Replay;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.StepRecord;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One request made by LARGE alone and in other ways from the same noise; common steps are made once. */
public final class SideBySide {
    private SideBySide() {}

    /**
     * One of the ways.
     *
     * @param letters one a step
     * @param compute floating point operations of all forwards, probes included, over those of LARGE alone
     * @param found compared with LARGE alone
     */
    public record Run(String letters, double compute, Judge.Found found) {
        public double deviation() {
            return found.deviation();
        }
    }

    /**
     * All of them.
     *
     * @param large what LARGE alone showed
     * @param runs by name, LARGE alone as {@link Replay#LARGE}
     */
    public record Runs(List<StepRecord> large, Map<String, Run> runs) {
        public Run run(String name) {
            return Optional.ofNullable(runs.get(name))
                    .orElseThrow(() -> new IllegalStateException("'" + name + "' was not run"));
        }
    }

    /** @param judge of the same request, knows LARGE alone afterwards */
    public static Runs run(OpenRequest request, List<Branch> branches, Judge judge) {
        SamplingSpec spec = request.fromNoise().measuringChange();
        Map<String, Judge.Found> found = new HashMap<>();
        Replay.Ends ends = (name, latents) -> {
            if (name.equals(Replay.LARGE)) {
                judge.large(latents);
            }
            found.put(name, judge.compare(latents));
        };
        try (Replay replay = new Replay((giveWay, work) -> work.sample(spec, giveWay), branches, false, ends)) {
            replay.advance(() -> false);
            Replay.Result result = replay.result();
            Map<String, Run> runs = new LinkedHashMap<>();
            String large = Schedule.all(Move.LARGE, spec.schedule().steps()).letters();
            runs.put(Replay.LARGE, new Run(large, 1, foundOf(found, Replay.LARGE)));
            result.outcomes()
                    .forEach(made -> runs.put(
                            made.branch(), new Run(made.letters(), made.cost(), foundOf(found, made.branch()))));
            return new Runs(result.large(), runs);
        }
    }

    private static Judge.Found foundOf(Map<String, Judge.Found> found, String name) {
        return Optional.ofNullable(found.get(name)).orElseThrow();
    }

    /** Sizes of LARGE's velocities, {@code mean|v_k|}, one a step. */
    public static double[] magnitudes(List<StepRecord> large) {
        return large.stream()
                .mapToDouble(line -> line.reading().change().orElseThrow().velocity())
                .toArray();
    }
}

package io.flowblend.experiment.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.experiment.Environment;
import io.flowblend.model.pair.BuiltInPair;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PolicySummaryTest {
    private static final String ADAPTIVE = PolicySummary.ADAPTIVE + "balanced";

    private final List<PromptRuns> prompts = new ArrayList<>();

    private static PolicyRun run(
            String policy,
            String setting,
            String letters,
            double compute,
            double deviation,
            @Nullable Double promised) {
        return new PolicyRun(policy, setting, letters, compute, deviation, promised, "", 40, 0.9, true);
    }

    private PolicySummary summary() {
        for (int i = 0; i < 4; i++) {
            prompts.add(new PromptRuns(
                    i,
                    "prompt " + i,
                    i,
                    1 + i % 2,
                    List.of(
                            run(Contestants.LARGE, "", "LLLL", 1, 0, null),
                            run(Contestants.SMALL, "", "SSSS", 0.2, 1, null),
                            run("LSL", "0.4/0.2", "LSSL", 0.6, 0.4, null),
                            run("EasyCache", "tau 0.1", "LRLR", 0.6, 0.2 + 0.01 * i, null),
                            run(
                                    ADAPTIVE,
                                    "q 0.5",
                                    "PSRL".substring(0, 3) + "SL".charAt(i % 2),
                                    0.6,
                                    0.1 + 0.02 * i,
                                    0.15))));
        }
        PolicyBenchmark.Setup setup = new PolicyBenchmark.Setup(BuiltInPair.ID, "f", 4, 1, List.of(0.5));
        return PolicySummary.of(Environment.here(), setup, 4, new Fitted(List.of(), List.of()), prompts);
    }

    private static PolicySummary.Row row(PolicySummary summary, String policy) {
        return PolicySummary.rows(summary.rows(), policy).get(0);
    }

    private static PolicySummary.Matched against(PolicySummary summary, String family) {
        return summary.matched().stream()
                .filter(match -> match.family().equals(family))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void averagesOverThePromptsWithTheirInterval() {
        PolicySummary.Row adaptive = row(summary(), ADAPTIVE);
        assertEquals(0.13, adaptive.deviation().mean(), 1e-12);
        assertTrue(adaptive.deviation().half() > 0);
        assertEquals(0.16, adaptive.deviation95(), 1e-12);
        assertEquals(0.25 + 0.25 / 2, adaptive.smallShare(), 1e-12);
        assertEquals(0.25, adaptive.probeShare(), 1e-12);
    }

    @Test
    void judgesPromisesByShareAndSharpness() {
        PolicySummary summary = summary();
        var kept = row(summary, ADAPTIVE).kept();
        assertNotNull(kept);
        assertEquals(0.75, kept.kept());
        assertTrue(kept.atLeast() < 0.75);
        assertEquals(0.16 / 0.15, kept.sharpness(), 1e-9);
        assertNull(row(summary, "LSL").kept());
    }

    @Test
    void comparesWithEachFamilyAndWithAllOfThemAtEqualCompute() {
        PolicySummary summary = summary();
        assertEquals(0.4, against(summary, "LSL").theirs());
        Double cached = against(summary, "EasyCache").theirs();
        assertNotNull(cached);
        assertEquals(0.215, cached, 1e-12);
        assertEquals(cached, against(summary, PolicySummary.RIVALS).theirs());
        assertEquals(0.4, against(summary, PolicySummary.PLAIN).theirs());
    }

    @Test
    void tellsWhatAFamilyNeedsToKeepThePromise() {
        Double needed = against(summary(), "LSL").computeForPromise();
        assertNotNull(needed);
        // On the line from (0.6, 0.4) to LARGE alone.
        assertEquals(1 - 0.4 * 0.15 / 0.4, needed, 1e-12);
    }

    @Test
    void tablesShowEveryRowAndEveryFamily() {
        PolicySummary summary = summary();
        String text = PolicyTables.text(summary);
        assertTrue(text.contains("EasyCache") && text.contains(PolicySummary.RIVALS), text);
        assertTrue(PolicyTables.markdown(summary).startsWith("| policy |"));
    }
}

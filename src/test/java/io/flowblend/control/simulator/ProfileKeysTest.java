package io.flowblend.control.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Source;
import io.flowblend.tuning.Profiles;
import io.flowblend.tuning.TuningProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each key that sets the controller moves something: the default profile against the same with one key changed. Those that
 * say which profiles a request may name, its default quality and the budget of idle time are tested where they are read.
 */
class ProfileKeysTest {
    private static final SimulatedService SERVICE =
            SimulatedService.calibrated(Scenario.U_SHAPE, SimulatedService.profile("balanced"), 40);

    private static final List<String> USUAL = served(SERVICE);

    private static TuningProfile changed(Path folder, String key, String value) throws IOException {
        Files.writeString(folder.resolve("changed.yaml"), "extends: balanced\n" + key + ": " + value + "\n");
        return Profiles.open(Optional.of(folder), "changed").inForce().active();
    }

    private static List<String> served(SimulatedService service) {
        List<String> letters = new ArrayList<>();
        for (double quality : new double[] {0.3, 0.6, 0.75, 0.9}) {
            SimulatedPair.Prompts prompts = service.pair().prompts(21);
            for (int i = 0; i < 8; i++) {
                letters.add(service.serve(service.pair(), prompts.next(), 40, quality, i)
                        .schedule()
                        .letters());
            }
        }
        return letters;
    }

    @ParameterizedTest
    @CsvSource({
        "head, 0.2",
        "tail, 0.2",
        "longest-reuse, 0.05",
        "longest-stretch, 0.1",
        "max-divergence, 0.05",
        "hysteresis, 3",
        "uncertainty, 2",
        "coverage, 0.8",
        "explore-every, 1",
    })
    void schedulesAreOthers(String key, String value, @TempDir Path folder) throws IOException {
        assertNotEquals(USUAL, served(SERVICE.with(changed(folder, key, value))));
    }

    @Test
    void guidanceReuseRunsTheConditionalPassAlone(@TempDir Path folder) throws IOException {
        Scenario guided = Scenario.U_SHAPE.withGuidance(2);
        TuningProfile offered = changed(folder, "guidance-reuse", "true");
        SimulatedService with = SimulatedService.calibrated(guided, offered, 16);
        SimulatedService without = SimulatedService.calibrated(guided, SimulatedService.profile("balanced"), 16);
        assertEquals(0, conditionalPasses(without));
        assertNotEquals(0, conditionalPasses(with));
    }

    private static long conditionalPasses(SimulatedService service) {
        SimulatedPair.Prompts prompts = service.pair().prompts(21);
        long passes = 0;
        for (double quality : new double[] {0.5, 0.8, 0.9}) {
            for (int i = 0; i < 4; i++) {
                VectorRun.Finished run = service.serve(service.pair(), prompts.next(), 16, quality, i);
                passes += run.schedule().moves().stream()
                        .filter(move -> move.source() == Source.GUIDANCE_REUSED)
                        .count();
            }
        }
        return passes;
    }

    private static int requestsUntil(SimulatedService service, SimulatedPair models, PairState state) {
        SimulatedPair.Prompts prompts = models.prompts(31);
        int requests = 0;
        while (service.state() != state && requests < 200) {
            service.serveAndLearn(models, prompts.next(), 40, 0.5, requests);
            if (service.state() == PairState.LEARNING) {
                service.promise(prompts.next(), 40);
            }
            requests++;
        }
        return requests;
    }

    @ParameterizedTest
    @CsvSource({"min-samples, 24", "min-support, 200", "learning-probes, 0.1"})
    void aNewPairIsAdaptiveLater(String key, String value, @TempDir Path folder) throws IOException {
        SimulatedPair pair = SERVICE.pair();
        int usual = requestsUntil(
                new SimulatedService(pair, SimulatedService.profile("balanced")), pair, PairState.ADAPTIVE);
        int later = requestsUntil(new SimulatedService(pair, changed(folder, key, value)), pair, PairState.ADAPTIVE);
        assertEquals(true, later > usual, later + " requests, usually " + usual);
    }

    @Test
    void moreDriftEvidenceRaisesTheAlarmLater(@TempDir Path folder) throws IOException {
        SimulatedPair worse = new SimulatedPair(Scenario.U_SHAPE.withSmall(3), 1);
        int usual = requestsUntil(SERVICE.with(SimulatedService.profile("balanced")), worse, PairState.DRIFTED);
        int later = requestsUntil(SERVICE.with(changed(folder, "drift-evidence", "60")), worse, PairState.DRIFTED);
        assertEquals(true, later > usual, later + " requests, usually " + usual);
    }

    @Test
    void aShortMemoryFollowsSooner(@TempDir Path folder) throws IOException {
        SimulatedPair other = new SimulatedPair(Scenario.U_SHAPE.withSmall(1.3), 1);
        SimulatedService usual = SERVICE.with(SimulatedService.profile("balanced"));
        SimulatedService quick = SERVICE.with(changed(folder, "memory", "8"));
        SimulatedPair.Prompts prompts = other.prompts(41);
        for (int i = 0; i < 10; i++) {
            SimulatedPair.Prompt prompt = prompts.next();
            usual.serveAndLearn(other, prompt, 40, 0.5, i);
            quick.serveAndLearn(other, prompt, 40, 0.5, i);
        }
        assertNotEquals(served(usual), served(quick));
    }

    @Test
    void aShadowMakesTheVideoOfLargeAlone(@TempDir Path folder) throws IOException {
        assertEquals(
                List.of("L".repeat(40)),
                served(SERVICE.with(changed(folder, "shadow", "true"))).stream()
                        .map(letters -> letters.replace('P', 'L'))
                        .distinct()
                        .toList());
    }
}

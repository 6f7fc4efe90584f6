package io.flowblend.experiment.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.flowblend.experiment.OpenedBuiltInPair;
import io.flowblend.model.pair.BuiltInPair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyBenchmarkTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void measuresEveryPolicyOnAPromptAndKeepsTheRivalsWhenAskedAgain() throws IOException {
        PolicySummary first;
        try (OpenedBuiltInPair opened = new OpenedBuiltInPair(folder.resolve("data"))) {
            first = run(opened, false);
            List<String> rivals = lines(PolicyBenchmark.RIVALS);
            PolicySummary again = run(opened, true);
            assertEquals(rivals, lines(PolicyBenchmark.RIVALS));
            assertEquals(
                    first.rows().stream().map(PolicySummary.Row::deviation).toList(),
                    again.rows().stream().map(PolicySummary.Row::deviation).toList());
        }
        check(first);
        readBack(first);
    }

    private PolicySummary run(OpenedBuiltInPair opened, boolean again) {
        PolicyBenchmark.Setup setup =
                new PolicyBenchmark.Setup(BuiltInPair.ID, opened.pair().served().fingerprint(), 3, 1, List.of(1.0));
        return PolicyBenchmark.run(opened.pair(), setup, 1, folder.resolve("results"), again, line -> {});
    }

    private List<String> lines(String file) throws IOException {
        return Files.readAllLines(folder.resolve("results").resolve(file));
    }

    private static void check(PolicySummary summary) {
        PolicySummary.Row large = row(summary, "LLL");
        assertEquals(1, large.compute().mean());
        assertEquals(0, large.deviation().mean());
        assertEquals(1, large.ssim().mean());
        PolicySummary.Row exact = row(summary, "adaptive, balanced");
        assertEquals(0, exact.deviation().mean());
        assertEquals("LLL", exact.typical());
        PolicySummary.Row small = row(summary, "SSS");
        assertTrue(small.compute().mean() < 0.5 && small.deviation().mean() > 0, small.toString());
        for (String rival :
                List.of("LSL", "EasyCache", "EasyCache, sloped", "MagCache", "SRDiffusion", "fewer steps")) {
            assertFalse(PolicySummary.rows(summary.rows(), rival).isEmpty(), rival);
        }
        assertFalse(summary.fitted().patterns().isEmpty());
    }

    private static PolicySummary.Row row(PolicySummary summary, String policy) {
        return PolicySummary.rows(summary.rows(), policy).get(0);
    }

    private void readBack(PolicySummary summary) throws IOException {
        ObjectMapper mapper = new ObjectMapper().registerModule(new JavaTimeModule());
        JsonNode json = mapper.readTree(mapper.writeValueAsString(summary));
        assertEquals(summary.rows().size(), json.get("rows").size());
        assertTrue(json.at("/rows/0/deviation/mean").isNumber());
        assertTrue(json.at("/environment/cpu").isTextual());
        ParetoPlot.write(summary, folder.resolve("made/plot.png"));
        byte[] png = Files.readAllBytes(folder.resolve("made/plot.png"));
        assertEquals((byte) 'P', png[1]);
    }
}

package io.flowblend.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyBenchmarkTest {
    private static final PolicyBenchmark.Setup SETUP = new PolicyBenchmark.Setup("digits", 4, List.of(0.0, 1.0), 1);

    @TempDir
    private Path folder = Path.of("");

    @Test
    void measuresEveryPolicyOnAPromptAndGoesOnFromWhatIsThere() throws IOException {
        PolicySummary first;
        try (MeasuredPair pair = new MeasuredPair(folder.resolve("data"))) {
            first = run(pair, 1, false);
            List<String> rivals = lines(PolicyBenchmark.RIVALS);
            PolicySummary again = run(pair, 1, true);
            assertEquals(rivals, lines(PolicyBenchmark.RIVALS));
            assertEquals(
                    first.rows().stream().map(PolicySummary.Row::deviation).toList(),
                    again.rows().stream().map(PolicySummary.Row::deviation).toList());
        }
        check(first);
        readBack(first);
    }

    private PolicySummary run(MeasuredPair pair, int prompts, boolean again) {
        List<String> heard = new ArrayList<>();
        PolicySummary summary =
                PolicyBenchmark.run(pair.pipeline(), SETUP, prompts, folder.resolve("results"), again, heard::add);
        assertEquals(prompts, heard.size());
        return summary;
    }

    private List<String> lines(String file) throws IOException {
        return Files.readAllLines(folder.resolve("results").resolve(file));
    }

    private static void check(PolicySummary summary) {
        PolicySummary.Row large = row(summary, "LLL", "");
        assertEquals(1, large.compute());
        assertEquals(0, large.deviation());
        assertEquals(1, large.ssim());
        PolicySummary.Row exact = row(summary, "adaptive", "q 1.0");
        assertEquals(0, exact.deviation());
        assertTrue(exact.compute() >= 1, "at quality 1 LARGE makes every step");
        PolicySummary.Row small = row(summary, "SSS", "");
        assertTrue(small.compute() < 0.3 && small.deviation() > 0.1, small.toString());
        assertEquals(
                128,
                summary.rows().stream()
                        .filter(row -> row.policy().equals("pattern"))
                        .count());
        for (PolicySummary.Row oracle : PolicySummary.rows(summary.rows(), "oracle")) {
            assertTrue(oracle.compute()
                    <= row(summary, "adaptive L/S", oracle.setting()).compute() + 1e-9);
        }
    }

    private static PolicySummary.Row row(PolicySummary summary, String policy, String setting) {
        return summary.rows().stream()
                .filter(row -> row.policy().equals(policy) && row.setting().equals(setting))
                .findFirst()
                .orElseThrow();
    }

    private void readBack(PolicySummary summary) throws IOException {
        ObjectMapper mapper = new ObjectMapper().registerModule(new JavaTimeModule());
        JsonNode json = mapper.readTree(mapper.writeValueAsString(summary));
        assertEquals(summary.rows().size(), json.get("rows").size());
        assertTrue(json.get("rows").get(0).get("deviation").isNumber());
        assertTrue(PolicyTables.text(summary).contains("EasyCache"));
        assertTrue(PolicyTables.markdown(summary).startsWith("| policy |"));
        ParetoPlot.write(summary, folder.resolve("made/plot.png"));
        byte[] png = Files.readAllBytes(folder.resolve("made/plot.png"));
        assertEquals((byte) 'P', png[1]);
    }
}

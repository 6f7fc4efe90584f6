package io.flowblend.experiment.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.experiment.OpenedBuiltInPair;
import io.flowblend.model.pair.BuiltInPair;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromiseBenchmarkTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void comparesWhatWasPromisedWithWhatCame() {
        PromiseBenchmark.Result result;
        try (OpenedBuiltInPair opened = new OpenedBuiltInPair(folder.resolve("data"))) {
            PromiseBenchmark.Setup setup = new PromiseBenchmark.Setup(
                    BuiltInPair.ID,
                    opened.pair().served().fingerprint(),
                    "balanced",
                    List.of(0.5, 1.0),
                    List.of(3, 4),
                    List.of(opened.pair().served().spec().sampling().guidance()));
            result = PromiseBenchmark.run(opened.pair(), setup, 2, folder.resolve("promise.jsonl"), line -> {});
        }
        assertEquals(2 * 2 * 2, result.rows().size());
        for (PromiseBenchmark.Row row : result.rows()) {
            assertEquals(1, row.requests());
            if (row.quality() == 1) {
                assertEquals(1, row.exact());
                assertEquals(0, row.deviation().mean());
                assertNull(row.kept(), "a promise that LARGE makes certain says nothing about the curve");
            }
        }
        assertTrue(PromiseTables.text(result).contains("sharpness"));
        assertTrue(PromiseTables.markdown(result).startsWith("| quality |"));
    }
}

package io.flowblend.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromiseBenchmarkTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void comparesWhatWasPromisedWithWhatCame() {
        PromiseBenchmark.Setup setup =
                new PromiseBenchmark.Setup("digits", List.of(0.5, 1.0), List.of(4, 6), List.of(4.0, 2.5));
        PromiseBenchmark.Result result;
        try (MeasuredPair pair = new MeasuredPair(folder.resolve("data"))) {
            result = PromiseBenchmark.run(pair.pipeline(), setup, 2, folder.resolve("promise.jsonl"), line -> {});
        }
        assertEquals(2 * 2 * 2 * 2, result.rows().size());
        for (PromiseBenchmark.Row row : result.rows()) {
            assertEquals(1, row.requests());
            if (row.promised() == 0) {
                assertNull(row.kept());
            } else if (row.quality() == 1) {
                assertEquals(0, row.meanDeviation());
                assertEquals(1, row.kept());
            }
        }
        assertTrue(PromiseBenchmark.table(result).contains("mean promise"));
        assertTrue(PromiseBenchmark.markdown(result).startsWith("| quality |"));
    }
}

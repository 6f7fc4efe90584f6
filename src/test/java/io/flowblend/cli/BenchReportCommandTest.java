package io.flowblend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BenchReportCommandTest {
    private static final String RESULTS = "## Results\n\nfresh\n";

    @Test
    void resultsReplaceTheDocumentsLastPartAndNothingElse() {
        String document = "# Policies\n\nrules\n\n## Results\n\nold\n\n### Time\n\nold\n";
        assertEquals("# Policies\n\nrules\n\n" + RESULTS, BenchReportCommand.withResults(document, RESULTS));
    }

    @Test
    void aDocumentWithoutResultsGetsThemAtItsEnd() {
        assertEquals("# Policies\n\n" + RESULTS, BenchReportCommand.withResults("# Policies\n", RESULTS));
        assertEquals(RESULTS, BenchReportCommand.withResults("", RESULTS));
    }
}

package io.flowblend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FleetCommandTest {
    private static final String DATABASE = "jdbc:postgresql://127.0.0.1:1/none";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void needsADatabase() {
        Outcome outcome = Outcome.of("fleet");
        assertEquals(2, outcome.code());
        assertTrue(outcome.said().contains("--database"), outcome.said());
        assertEquals(
                2, Outcome.of("fleet", "--database", DATABASE, "--workers", "0").code());
    }

    @Test
    void disturbsOnlyAFleetOfItsOwn() {
        Outcome outcome = Outcome.of("bench", "faults", "--database", DATABASE, "--folder", folder.toString());
        assertEquals(2, outcome.code());
        assertTrue(outcome.said().contains("is there already"), outcome.said());
    }
}

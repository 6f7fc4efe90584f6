package io.flowblend.api.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import java.sql.SQLException;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LogLimitTest {
    private long nanos;
    private final LogLimit limit = new LogLimit(() -> nanos);

    private static LogRecord line(Level level, String message, @Nullable Throwable thrown) {
        LogRecord line = new LogRecord(level, message);
        line.setLoggerName("scheduler");
        line.setThrown(thrown);
        return line;
    }

    @Test
    void writesAFewOfAFaultThatLastsAndSaysHowManyWereLeftOut() {
        int written = 0;
        for (int i = 0; i < 1000; i++) {
            LogRecord line = line(Level.SEVERE, "Failed while polling, try " + i, new SQLException("closed"));
            if (limit.isLoggable(line)) {
                written++;
                if (written == 1) {
                    assertNotNull(line.getThrown());
                } else {
                    assertNull(line.getThrown());
                    assertTrue(line.getMessage().endsWith(": java.sql.SQLException: closed"), line.getMessage());
                }
            }
        }
        assertEquals(LogLimit.MOST, written);

        nanos += LogLimit.PERIOD.toNanos();
        LogRecord next = line(Level.SEVERE, "Failed while polling, try 1000", new SQLException("closed"));
        assertTrue(limit.isLoggable(next));
        assertEquals("Failed while polling, try 1000 (995 like it were left out)", next.getMessage());
        assertNotNull(next.getThrown());
    }

    @Test
    void leavesOtherFaultsAndWhatIsNoFaultAlone() {
        for (int i = 0; i < 100; i++) {
            assertTrue(limit.isLoggable(line(Level.INFO, "video " + i, null)));
        }
        for (int i = 0; i < LogLimit.MOST; i++) {
            limit.isLoggable(line(Level.WARNING, "one fault", null));
        }
        assertTrue(limit.isLoggable(line(Level.WARNING, "another fault", null)));
    }

    @Test
    void saysInOneSentenceWhyTheServiceDoesNotStart() {
        Throwable[] faults = {
            new IllegalStateException(new InvalidFileException("quality.yaml", "'head' must be in 0..1, not 7")),
            new RuntimeException(new IllegalArgumentException("keys.txt, line 3: expected 'name role sha256'")),
            new RuntimeException("flyway", new SQLException("Database may be already in use\nstack", "90020", 90020)),
        };
        String[] sentences = {
            "FlowBlend does not start: quality.yaml: 'head' must be in 0..1, not 7",
            "FlowBlend does not start: keys.txt, line 3: expected 'name role sha256'",
            "FlowBlend does not start: the database below flowblend.data-directory is in use by another process.",
        };
        for (int i = 0; i < faults.length; i++) {
            LogRecord line = line(Level.SEVERE, "Failed to start application", faults[i]);
            assertTrue(limit.isLoggable(line));
            assertEquals(sentences[i], line.getMessage());
            assertNull(line.getThrown());
        }
    }

    @Test
    void keepsTheStackTraceOfAStartThatFailsForAReasonThatNobodyForesaw() {
        LogRecord line = line(Level.SEVERE, "Failed to start application", new NullPointerException());
        assertTrue(limit.isLoggable(line));
        assertNotNull(line.getThrown());
    }
}

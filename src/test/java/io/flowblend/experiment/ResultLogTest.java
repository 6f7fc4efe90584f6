package io.flowblend.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultLogTest {
    record Setup(int steps) {}

    record Line(int index, double value) {}

    @TempDir
    private Path folder = Path.of("");

    private ResultLog<Line> open(int steps) {
        return ResultLog.open(folder.resolve("log.jsonl"), new Setup(steps), Line.class);
    }

    @Test
    void goesOnWhereItWas() {
        open(40).add(new Line(0, 1.5));
        ResultLog<Line> again = open(40);
        assertEquals(List.of(new Line(0, 1.5)), again.results());
        again.add(new Line(1, 2));
        assertEquals(List.of(new Line(0, 1.5), new Line(1, 2)), open(40).results());
    }

    @Test
    void dropsALastLineThatWasCutOff() throws IOException {
        open(40).add(new Line(0, 1.5));
        Files.writeString(folder.resolve("log.jsonl"), "{\"index\":1,\"va", StandardOpenOption.APPEND);
        ResultLog<Line> again = open(40);
        assertEquals(List.of(new Line(0, 1.5)), again.results());
        again.add(new Line(1, 2));
        assertEquals(2, open(40).results().size());
    }

    @Test
    void refusesResultsOfAnotherSetup() {
        open(40).add(new Line(0, 1.5));
        String message = String.valueOf(
                assertThrows(InvalidFileException.class, () -> open(20)).getMessage());
        assertTrue(message.contains("log.jsonl") && message.contains("another setup"), message);
    }

    @Test
    void refusesADamagedLineByItsNumber() throws IOException {
        open(40).add(new Line(0, 1.5));
        Files.writeString(
                folder.resolve("log.jsonl"), "nonsense\n{\"index\":1,\"value\":2}\n", StandardOpenOption.APPEND);
        String message = String.valueOf(
                assertThrows(InvalidFileException.class, () -> open(40)).getMessage());
        assertTrue(message.contains("line 3"), message);
    }
}

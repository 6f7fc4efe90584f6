package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileMeasurementLogTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void holdsWhatWasWrittenToItsEnd() throws IOException {
        Path file = folder.resolve("notes");
        MeasurementLog notebook = new FileMeasurementLog(file);
        assertEquals(List.of(), notebook.lines());
        notebook.add("one");
        notebook.add("two");
        Files.writeString(file, "thr", StandardOpenOption.APPEND);
        assertEquals(List.of("one", "two"), new FileMeasurementLog(file).lines());
        notebook.add("three");
        assertEquals(List.of("one", "two", "three"), notebook.lines());
    }

    @Test
    void namesTheFileThatCannotBeRead() {
        InvalidFileException refusal =
                assertThrows(InvalidFileException.class, () -> new FileMeasurementLog(folder).lines());
        assertEquals(true, String.valueOf(refusal.getMessage()).contains(folder.toString()));
    }
}

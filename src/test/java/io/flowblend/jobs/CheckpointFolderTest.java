package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFolderTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path root;

    private CheckpointFolder folder() {
        return new CheckpointFolder(root.resolve("video"));
    }

    private void write(int step) throws IOException {
        folder().write(step, out -> new DataOutputStream(out).writeUTF("state " + step));
    }

    private Optional<String> last() {
        return folder().last(in -> new DataInputStream(in).readUTF());
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("video"))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void givesTheNewestAndKeepsTheOneBeforeIt() throws IOException {
        assertEquals(Optional.empty(), last());
        for (int step : new int[] {5, 10, 1000}) {
            write(step);
            assertEquals(Optional.of("state " + step), last());
        }
        assertEquals(List.of("step-000010", "step-001000"), files());
    }

    @Test
    void takesTheOneBeforeWhereTheNewestIsTornOrDamagedAtAnyByte() throws IOException {
        write(5);
        write(10);
        Path newest = root.resolve("video/step-000010");
        byte[] whole = Files.readAllBytes(newest);
        for (int length = 0; length < whole.length; length++) {
            Files.write(newest, Arrays.copyOf(whole, length));
            assertEquals(Optional.of("state 5"), last(), "cut off after " + length);
            byte[] damaged = whole.clone();
            damaged[length] ^= 1;
            Files.write(newest, damaged);
            assertEquals(Optional.of("state 5"), last(), "damaged at " + length);
        }
        Files.write(newest, whole);
        assertEquals(Optional.of("state 10"), last());
        Files.write(root.resolve("video/step-000005"), new byte[0]);
        Files.write(newest, new byte[0]);
        assertEquals(Optional.empty(), last());
    }

    @Test
    void passesOverWhatTheReaderRefuses() throws IOException {
        write(5);
        write(10);
        assertEquals(Optional.of("state 5"), folder().last(in -> {
            String state = new DataInputStream(in).readUTF();
            if (state.equals("state 10")) {
                throw new IOException("it was made by another kind of worker");
            }
            return state;
        }));
    }

    @Test
    void leavesTheLastOnesAsTheyAreWhenTheDiskIsFull() throws IOException {
        write(5);
        assertThrows(IOException.class, () -> folder().write(10, out -> {
            out.write(1);
            throw new IOException("No space left on device");
        }));
        assertEquals(List.of("step-000005"), files());
        assertEquals(Optional.of("state 5"), last());
    }
}

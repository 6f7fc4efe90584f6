package io.flowblend.api.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyRingTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("keys.txt");
        Files.writeString(file, line("old"));
    }

    @Test
    void takesAChangedFileWithoutARestart() throws IOException {
        KeyRing ring = KeyRing.open(ApiKeys.none(), Optional.of(file));
        Files.writeString(file, line("old") + line("new"));
        ring.look();
        assertEquals("eve", ring.inForce().find("old").orElseThrow().name());
        assertEquals("eve", ring.inForce().find("new").orElseThrow().name());

        Files.writeString(file, line("new"));
        ring.look();
        assertTrue(ring.inForce().find("old").isEmpty());
        assertTrue(ring.inForce().find("new").isPresent());
    }

    @Test
    void keepsTheKeysWhereTheFileIsNotValidOrGone() throws IOException {
        KeyRing ring = KeyRing.open(ApiKeys.none(), Optional.of(file));
        for (String text : new String[] {"eve user", "", "# nobody\n"}) {
            Files.writeString(file, text);
            ring.look();
            assertTrue(ring.inForce().find("old").isPresent(), text);
        }
        Files.delete(file);
        ring.look();
        assertFalse(ring.inForce().isEmpty());
    }

    @Test
    void doesNotStartWithAFileThatIsNotThere() {
        Optional<Path> missing = Optional.of(folder.resolve("missing"));
        assertThrows(IllegalArgumentException.class, () -> KeyRing.open(ApiKeys.none(), missing));
    }

    private static String line(String key) {
        return "eve user " + ApiKeys.hashOf(key) + "\n";
    }
}

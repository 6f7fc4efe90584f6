package io.flowblend.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import io.flowblend.tuning.Profiles.InForce;
import io.flowblend.tuning.Profiles.Reload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfilesTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void takesOverAChangedFile() throws IOException {
        write("mine", 0.25);
        Profiles profiles = Profiles.open(Optional.of(folder), "mine");
        InForce before = profiles.inForce();
        assertEquals(Reload.UNCHANGED, profiles.reload());

        write("mine", 0.375);
        write("another", 0.5);
        assertEquals(Reload.TAKEN, profiles.reload());
        assertEquals(0.375, profiles.inForce().active().defaultQuality());
        assertTrue(profiles.inForce().find("another").isPresent());
        assertEquals(0.25, before.active().defaultQuality());
    }

    @Test
    void staysWithTheOldOnesAsAWholeWhileOneFileIsBad() throws IOException {
        write("a", 0.25);
        write("b", 0.25);
        Profiles profiles = Profiles.open(Optional.of(folder), "a");
        InForce before = profiles.inForce();

        write("a", 0.5);
        Files.writeString(folder.resolve("b.yaml"), "default-quality: 7");
        assertEquals(Reload.REFUSED, profiles.reload());
        assertSame(before, profiles.inForce());
        assertTrue(profiles.problem().orElseThrow().contains("b.yaml"));
        assertEquals(Reload.UNCHANGED, profiles.reload());
        assertTrue(profiles.problem().isPresent());

        write("b", 0.75);
        assertEquals(Reload.TAKEN, profiles.reload());
        assertEquals(0.5, profiles.inForce().active().defaultQuality());
        assertEquals(Optional.empty(), profiles.problem());
    }

    @Test
    void keepsTheActiveProfileWhenItsFileOrItsFolderIsTakenAway() throws IOException {
        write("mine", 0.25);
        Profiles profiles = Profiles.open(Optional.of(folder), "mine");

        Files.delete(folder.resolve("mine.yaml"));
        assertEquals(Reload.REFUSED, profiles.reload());
        assertEquals("mine", profiles.inForce().active().name());
        assertTrue(profiles.activate("balanced"));
        assertEquals(Reload.TAKEN, profiles.reload());
        assertEquals(Optional.empty(), profiles.inForce().find("mine"));
        assertEquals(Optional.empty(), profiles.problem());
        Files.delete(folder);
        assertEquals(Reload.REFUSED, profiles.reload());
        assertEquals("balanced", profiles.inForce().active().name());
    }

    @Test
    void switchesToAProfileThatIsThere() {
        Profiles profiles = Profiles.open(Optional.empty(), "balanced");
        assertTrue(profiles.activate("quality"));
        assertFalse(profiles.activate("nonsense"));
        assertEquals("quality", profiles.inForce().active().name());
    }

    @Test
    void doesNotOpenWithoutTheActiveProfile() {
        String message = String.valueOf(
                assertThrows(InvalidFileException.class, () -> Profiles.open(Optional.empty(), "nonsense"))
                        .getMessage());
        assertTrue(message.contains("'nonsense'") && message.contains("balanced"), message);
    }

    /** {@code balanced} with another default quality. */
    private void write(String name, double quality) throws IOException {
        try (InputStream in = TuningProfiles.class.getResourceAsStream("/profiles/balanced.yaml")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .replaceFirst("default-quality: .*", "default-quality: " + quality);
            Files.writeString(folder.resolve(name + ".yaml"), text);
        }
    }
}

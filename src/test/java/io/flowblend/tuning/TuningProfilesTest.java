package io.flowblend.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TuningProfilesTest {
    @Test
    void shippedProfilesAreValid() {
        for (String name : TuningProfiles.PACKAGED) {
            TuningProfile profile = TuningProfiles.packaged(name);
            assertEquals(name, profile.name());
            assertEquals(name.equals("shadow"), profile.limits().shadow());
            assertEquals(name.equals("models-only"), profile.limits().longestReuse() == 0);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "default-quality | 1.5 | 'default-quality' must be in 0..1, not 1.5",
                "head | -0.1 | 'head' must be in 0..1, not -0.1",
                "tail | 2 | 'tail' must be in 0..1, not 2",
                "longest-reuse | 0.6 | 'longest-reuse' must be in 0..0.5, not 0.6",
                "longest-stretch | 1.5 | 'longest-stretch' must be in 0..1, not 1.5",
                "max-divergence | 11 | 'max-divergence' must be in 0..10, not 11",
                "max-divergence | [1, 2] | 'max-divergence' must be one number or 16, one for each sigma bin, not 2",
                "hysteresis | 0.9 | 'hysteresis' must be in 1..5, not 0.9",
                "uncertainty | 5 | 'uncertainty' must be in 0..4, not 5",
                "coverage | 1 | 'coverage' must be in 0.5..0.999, not 1",
                "explore-every | 0 | 'explore-every' must be in 1..1000000, not 0",
                "explore-every | 1.5 | 'explore-every' must be a whole number, not 1.5",
                "guidance-reuse | maybe | 'guidance-reuse' must be true or false, not \"maybe\"",
                "min-samples | 0 | 'min-samples' must be in 1..1000000, not 0",
                "min-support | 3 | 'min-support' must be in 4..10000, not 3",
                "memory | 0 | 'memory' must be in 1..1000000, not 0",
                "drift-evidence | 1 | 'drift-evidence' must be in 2..100, not 1",
                "learning-probes | 1.1 | 'learning-probes' must be in 0..1, not 1.1",
                "learning-budget | -1 | 'learning-budget' must be in 0..1, not -1",
                "audit-share | 2 | 'audit-share' must be in 0..1, not 2",
                "allowed-profiles | all | 'allowed-profiles' must be a list of texts, not \"all\"",
                "allowed-profiles | [quality, 5] | 'allowed-profiles[1]' must be text, not 5",
                "shadow | maybe | 'shadow' must be true or false, not \"maybe\"",
            })
    void valueOutOfRangeIsOneErrorThatNamesFileKeyAndRange(String key, String value, String problem) {
        assertEquals("mine.yaml: " + problem, problem(with(key, value)));
        assertEquals("mine.yaml: " + problem, problem("extends: balanced\n" + key + ": " + value + "\n"));
    }

    @Test
    void missingUnknownAndDoubledKeysAreNamed() {
        assertEquals(
                "mine.yaml: 'memory' is missing; expected a whole number",
                problem(balanced().replaceFirst("(?m)^memory: .*$", "")));
        assertEquals(
                "mine.yaml: 'memmory' is unknown; did you mean 'memory'?", problem("extends: balanced\nmemmory: 3\n"));
        assertTrue(problem("extends: balanced\nfrobnicate: 3\n")
                .startsWith("mine.yaml: 'frobnicate' is unknown; expected allowed-profiles, default-quality"));
        assertTrue(problem(balanced() + "memory: 4\n").startsWith("mine.yaml: is malformed at line"));
        assertTrue(problem("[1, 2]").startsWith("mine.yaml: the file must be an object"));
        assertFalse(problem("").isEmpty());
    }

    @Test
    void profileThatExtendsAnotherNamesOnlyWhatDiffers(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("base.yaml"), with("memory", "99"));
        Files.writeString(folder.resolve("mine.yaml"), "extends: base\ndefault-quality: 0.9\n");
        TuningProfile mine = TuningProfiles.in(folder, "mine");
        assertEquals(0.9, mine.defaultQuality());
        assertEquals(99, mine.learning().memory());
        assertEquals(TuningProfiles.packaged("balanced").limits(), mine.limits());
    }

    @ParameterizedTest
    @ValueSource(strings = {"extends: mine\n", "extends: other\n", "extends: 3\n"})
    void profilesThatExtendEachOtherInACircleAreRefused(String text, @TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("mine.yaml"), text);
        Files.writeString(folder.resolve("other.yaml"), "extends: mine\n");
        String message =
                String.valueOf(assertThrows(InvalidFileException.class, () -> TuningProfiles.in(folder, "mine"))
                        .getMessage());
        assertTrue(message.startsWith("mine.yaml: 'extends' must name another file that does not lead back"), message);
    }

    @Test
    void folderIsReadByNameAndNothingAboveIt(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("mine.yaml"), with("memory", "4"));
        assertEquals(4, TuningProfiles.in(folder, "mine").learning().memory());
        assertThrows(InvalidFileException.class, () -> TuningProfiles.in(folder, "../mine"));
        String message = assertThrows(InvalidFileException.class, () -> TuningProfiles.in(folder, "yours"))
                .getMessage();
        assertEquals("yours.yaml: there is no such profile", message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[fast]", "[quality, fast]", "['*', quality]", "['']"})
    void allowsOnlyProfilesThatAreThere(String allowed, @TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("mine.yaml"), with("allowed-profiles", allowed));
        String message =
                String.valueOf(assertThrows(InvalidFileException.class, () -> TuningProfiles.all(Optional.of(folder)))
                        .getMessage());
        assertTrue(
                message.startsWith("mine.yaml: 'allowed-profiles' must name profiles that are there"
                        + " (balanced, mine, models-only, quality, shadow, speed), or \"*\" alone, not '"),
                message);
    }

    @Test
    void allowsItselfAndWhatItNames() {
        assertTrue(read(with("allowed-profiles", "['*']")).allows("speed"));
        TuningProfile some = read(with("allowed-profiles", "[quality]"));
        assertTrue(some.allows("quality") && some.allows("mine") && !some.allows("speed"));
        TuningProfile none = read(with("allowed-profiles", "[]"));
        assertTrue(none.allows("mine") && !none.allows("quality"));
    }

    /** The page names each key, in the order of the file, with the default of the profile that has them all. */
    @Test
    void pageOfTheProfilesHasEveryKeyWithItsDefault() throws IOException {
        List<String> page = Files.readAllLines(Path.of("src/site/markdown/profiles.md"));
        balanced()
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split(": ", 2))
                .forEach(entry -> assertTrue(
                        page.stream().anyMatch(line -> line.startsWith("| `" + entry[0] + "` | `" + entry[1] + "` |")),
                        entry[0] + " with its default " + entry[1]));
    }

    private static String balanced() {
        try (InputStream in =
                Objects.requireNonNull(TuningProfilesTest.class.getResourceAsStream("/profiles/balanced.yaml"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The balanced profile with one key set to another value. */
    private static String with(String key, String value) {
        String changed = balanced().replaceFirst("(?m)^" + key + ": .*$", key + ": " + value);
        assertTrue(changed.contains("\n" + key + ": " + value), "there is no key " + key);
        return changed;
    }

    private static TuningProfile read(String yaml) {
        return TuningProfiles.read("mine", new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)));
    }

    private static String problem(String yaml) {
        return String.valueOf(
                assertThrows(InvalidFileException.class, () -> read(yaml)).getMessage());
    }
}

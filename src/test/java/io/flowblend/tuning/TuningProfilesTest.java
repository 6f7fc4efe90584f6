package io.flowblend.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.control.Policies;
import io.flowblend.control.Requests;
import io.flowblend.control.TuningProfile;
import io.flowblend.file.InvalidFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
            assertEquals(name.equals("shadow"), profile.shadow());
        }
    }

    @Test
    void speedIsCheaperThanBalancedAndBalancedThanQuality() {
        double[] sigmas = Requests.sigmas(40, 3);
        double[] costs = new double[3];
        String[] names = {"speed", "balanced", "quality"};
        for (int i = 0; i < 3; i++) {
            TuningProfile profile = TuningProfiles.packaged(names[i]);
            costs[i] = Policies.plannedCost(
                    Requests.adaptive(sigmas, profile.defaultQuality(), profile, Optional.of(Requests.DIGITS)));
        }
        assertTrue(costs[0] < costs[1] && costs[1] < costs[2], costs[0] + ", " + costs[1] + ", " + costs[2]);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "default-quality | 1.5 | 'default-quality' must be in 0..1, not 1.5",
                "head-fraction | -0.1 | 'head-fraction' must be in 0..1, not -0.1",
                "min-head-steps | 101 | 'min-head-steps' must be in 0..100, not 101",
                "tail-fraction | 2 | 'tail-fraction' must be in 0..1, not 2",
                "confirmations | 0 | 'confirmations' must be in 1..10, not 0",
                "confirmations | 1.5 | 'confirmations' must be a whole number, not 1.5",
                "exit-over-entry | 0.9 | 'exit-over-entry' must be in 1..5, not 0.9",
                "max-variance | 0 | 'max-variance' must be in 0.01..2, not 0",
                "min-dwell | 0 | 'min-dwell' must be in 1..50, not 0",
                "probe-interval-min | 2 | 'probe-interval-min' must be in 3..100, not 2",
                "probe-interval-max | 4 | 'probe-interval-max' must be in 5..1000, not 4",
                "probe-interval-growth | 0.5 | 'probe-interval-growth' must be in 1..10, not 0.5",
                "uncertainty | 5 | 'uncertainty' must be in 0..4, not 5",
                "drift-limit | 1 | 'drift-limit' must be in 1.1..10, not 1",
                "min-samples | 0 | 'min-samples' must be in 1..1000000, not 0",
                "min-support | 0 | 'min-support' must be in 1..10000, not 0",
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
        InvalidFileException error = assertThrows(InvalidFileException.class, () -> Requests.watchfulWith(key, value));
        assertEquals("balanced.yaml: " + problem, error.getMessage());
    }

    @Test
    void missingUnknownAndDoubledKeysAreNamed() {
        String yaml = new String(Requests.watchfulYaml("min-dwell", 3), StandardCharsets.UTF_8);
        assertEquals(
                "balanced.yaml: 'min-dwell' is missing; expected a whole number",
                problem(yaml.replaceFirst("(?m)^min-dwell: 3$", "")));
        assertTrue(problem(yaml + "min-dwel: 3\n")
                .startsWith("balanced.yaml: 'min-dwel' is unknown; expected allowed-profiles"));
        assertTrue(problem(yaml + "min-dwell: 4\n").startsWith("balanced.yaml: is malformed at line"));
        assertTrue(problem("[1, 2]").startsWith("balanced.yaml: the file must be an object"));
        assertFalse(problem("").isEmpty());
    }

    @Test
    void folderIsReadByNameAndNothingAboveIt(@TempDir Path folder) throws IOException {
        Files.write(folder.resolve("mine.yaml"), Requests.watchfulYaml("min-dwell", 4));
        assertEquals(4, TuningProfiles.in(folder, "mine").minDwell());
        assertThrows(InvalidFileException.class, () -> TuningProfiles.in(folder, "../mine"));
        String message = assertThrows(InvalidFileException.class, () -> TuningProfiles.in(folder, "yours"))
                .getMessage();
        assertEquals("yours.yaml: there is no such profile", message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[fast]", "[quality, fast]", "['*', quality]", "['']"})
    void allowsOnlyProfilesThatAreThere(String allowed, @TempDir Path folder) throws IOException {
        Files.write(folder.resolve("mine.yaml"), Requests.watchfulYaml("allowed-profiles", allowed));
        String message =
                String.valueOf(assertThrows(InvalidFileException.class, () -> TuningProfiles.all(Optional.of(folder)))
                        .getMessage());
        assertTrue(
                message.startsWith("mine.yaml: 'allowed-profiles' must name profiles that are there"
                        + " (balanced, mine, quality, shadow, speed), or \"*\" alone, not '"),
                message);
    }

    @Test
    void allowsItselfAndWhatItNames() {
        assertTrue(Requests.watchfulWith("allowed-profiles", "['*']").allows("speed"));
        TuningProfile some = Requests.watchfulWith("allowed-profiles", "[quality]");
        assertTrue(some.allows("quality") && some.allows("balanced") && !some.allows("speed"));
        TuningProfile none = Requests.watchfulWith("allowed-profiles", "[]");
        assertTrue(none.allows("balanced") && !none.allows("quality"));
    }

    @Test
    void pageOfTheProfilesHasEveryKeyWithItsValues() throws IOException {
        String page = Files.readString(Path.of("src/site/markdown/profiles.md"));
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String name : List.of("balanced", "quality", "speed", "shadow")) {
            Files.readAllLines(Path.of("profiles", name + ".yaml")).stream()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.split(": ", 2))
                    .forEach(entry -> values.computeIfAbsent(entry[0], key -> new ArrayList<>())
                            .add("`" + entry[1] + "`"));
        }
        values.forEach((key, row) -> assertTrue(
                page.lines()
                        .anyMatch(line -> line.startsWith("| `" + key + "` | ")
                                && line.endsWith(" | " + String.join(" | ", row) + " |")),
                "profiles.md has no row for " + key + " with " + row));
    }

    private static String problem(String yaml) {
        return String.valueOf(assertThrows(
                        InvalidFileException.class,
                        () -> TuningProfiles.read(
                                "balanced", new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8))))
                .getMessage());
    }
}

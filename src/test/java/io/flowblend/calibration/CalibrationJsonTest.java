package io.flowblend.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.evidence.EvidenceJson;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.ShippedCalibrations;
import io.flowblend.file.InvalidFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalibrationJsonTest {
    private static final Calibration DIGITS = Study.calibration();

    @Test
    void whatWasWrittenIsReadBack() {
        Calibration again = read(CalibrationJson.write(DIGITS));
        assertEquals(CalibrationJson.tree(DIGITS), CalibrationJson.tree(again));
        assertEquals(new DeviationModel(DIGITS).error(0.9, 0.3), new DeviationModel(again).error(0.9, 0.3), 1e-12);
    }

    @Test
    void storedProfileMayBeLeftOut() {
        String without = CalibrationJson.write(DIGITS).replaceAll("\"stored_profile\" : \\{[^}]*},", "");
        assertEquals(Optional.empty(), read(without).storedProfile());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"range\" :          | \"rnage\" :             | 'range' is missing",
                "\"reach\" :         | \"extra\": 1, \"reach\" : | 'extra' is unknown; expected pair, fingerprint",
                "\"range\" : 0.9522   | \"range\" : -1          | range must be above 0 and below ceiling (2.05), not -1",
                "\"range\" : 0.9522   | \"range\" : \"much\"    | 'range' must be a number, not \"much\"",
                "\"range\" : 0.9522   | \"range\" : NaN         | is malformed at line",
                "\"ceiling\" :        | \"range\" : 1, \"ceiling\" : | is malformed at line",
                "\"count\" : 48       | \"count\" : 4.5         | 'bins[",
                "\"mean\" :           | \"mena\" :              | 'bins[0].relative_l2.mean' is missing; expected a number",
                "\"count\" : 48       | \"count\" : -1          | count must be in 0.0..",
                "\"method\" : \"      | \"method\" : 3, \"m\" : \" | 'origin.method' must be text, not 3",
                "\"measured_on\" : \"20 | \"measured_on\" : \"x | measured_on must be a date such as",
                "\"response\" : 1.9   | \"response\" : 4.5      | response must be in 0.0..4.0, not 4.5",
                "\"sigma_from\" : 0.0 | \"sigma_from\" : 0.01   | bins[0]: sigma_from and sigma_to must be 0.0",
                "\"pair\" : \"digits\" | \"pair\" : \"../up\"   | pair must be an id"
            })
    void wrongFieldIsOneErrorThatNamesFileAndField(String from, String to, String expected) {
        String json = CalibrationJson.write(DIGITS);
        assertTrue(json.contains(from.strip()), "the test must change something: " + from);
        String broken = json.replaceFirst(Pattern.quote(from.strip()), to.strip());
        InvalidFileException error = assertThrows(InvalidFileException.class, () -> read(broken));
        String message = String.valueOf(error.getMessage());
        assertTrue(message.startsWith("digits.json: "), message);
        assertTrue(message.contains(expected.strip()), message);
        assertEquals("digits.json", error.file());
    }

    @Test
    void cutOffFileIsRefusedAtEveryLength() {
        String json = CalibrationJson.write(DIGITS).strip();
        for (int length = 0; length < json.length(); length += 97) {
            String cut = json.substring(0, length);
            assertThrows(InvalidFileException.class, () -> read(cut));
        }
    }

    @Test
    void tooFewBinsAreRefused() {
        String json = CalibrationJson.write(DIGITS);
        String noBins = json.substring(0, json.indexOf("\"bins\"")) + "\"bins\": []}";
        String message =
                assertThrows(InvalidFileException.class, () -> read(noBins)).getMessage();
        assertEquals("digits.json: bins must hold 16 sigma bins, not 0", message);
    }

    @Test
    void storeFindsByPairAndRefusesAForeignFile(@TempDir Path folder) throws IOException {
        ShippedCalibrations store = ShippedCalibrations.in(folder);
        assertEquals(Optional.empty(), store.find("digits"));
        assertEquals(Optional.empty(), store.find("../digits"));
        String file = EvidenceJson.write(PairEvidence.of(DIGITS, ""));
        Files.writeString(folder.resolve("digits.json"), file);
        Files.writeString(folder.resolve("other.json"), file);
        assertEquals("digits", store.find("digits").orElseThrow().pair());
        InvalidFileException error = assertThrows(InvalidFileException.class, () -> store.find("other"));
        assertEquals("other.json: 'pair' must be 'other', the file's name, not 'digits'", error.getMessage());
    }

    private static Calibration read(String json) {
        return CalibrationJson.read("digits.json", new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }
}

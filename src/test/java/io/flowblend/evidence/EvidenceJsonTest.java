package io.flowblend.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Calibration;
import io.flowblend.file.InvalidFileException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvidenceJsonTest {
    private static final LearningRules RULES = LearningRules.DEFAULT;

    private static PairEvidence rich() {
        PairEvidence knowledge = PairEvidence.of(PairEvidenceTest.digits(), "abc");
        for (int i = 0; i < 12; i++) {
            knowledge = knowledge
                    .learned(PairEvidenceTest.readings(i, 0.4 + 0.01 * i, i % 2 == 0 ? 4 : 1), RULES)
                    .learned(PairEvidenceTest.twin(0.9, 0.5, 0.5, 0.1 + 0.01 * i, i), RULES)
                    .learned(
                            new Audit(
                                    new Conditions(4, 40, "unipc", 4096, 17, i % 2 == 1), 0.5, 0.4, 0.3 + 0.02 * i, i),
                            RULES);
        }
        return knowledge;
    }

    @Test
    void whatWasWrittenIsReadBack() {
        PairEvidence knowledge = rich();
        PairEvidence again = read(EvidenceJson.write(knowledge));
        assertEquals(EvidenceJson.tree(knowledge), EvidenceJson.tree(again));
        assertEquals(knowledge.buckets(), again.buckets());
        assertEquals(knowledge.history(), again.history());
    }

    @ParameterizedTest
    @CsvSource({
        "wan2.1-14b-1.3b, 50, 20, 10",
        "ltx-video-13b-2b, 40, 15, 5",
        "ltx-video-13b-2b, 20, 7, 2",
        "ltx-video-13b-2b-distilled, 24, 15, 5",
        "digits, 40, 16, 8",
    })
    void storedProfilesOfThePaperAreShipped(String pair, int steps, int early, int late) {
        Calibration.StoredProfile profile = ShippedCalibrations.packaged()
                .knowledge(pair)
                .flatMap(PairEvidence::storedProfile)
                .orElseThrow();
        assertEquals(early, (int) (profile.early() * steps + 1e-9));
        assertEquals(late, (int) (profile.late() * steps + 1e-9));
        assertTrue(!profile.source().isBlank());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"twins\" : | \"twinz\" : | 'learned.twins' is missing",
                "\"state\" : \"learning\" | \"state\" : \"warm\" | state must be one of [cold, learning, adaptive, drifted]",
                "\"requests\" : 6 | \"requests\" : -6 | requests must be a whole number from 0 up",
                "\"actual\" : 0.3 | \"actual\" : -1 | learned.audits[0]: actual must be in 0..100",
                "\"sigma_from\" : 0.0, \"passed\" | \"sigma_from\" : 0.5, \"passed\" | sigma_from must be 0.0",
                "\"pair\" : \"digits\" | \"pair\" : \"other\" | shipped.pair must be 'other'",
            })
    void wrongFieldIsOneErrorThatNamesFileAndField(String from, String to, String expected) {
        String json =
                EvidenceJson.tree(rich()).toString().replace("\":", "\" : ").replace(",\"", ", \"");
        assertTrue(json.contains(from.strip()), "the test must change something: " + from);
        String broken = json.replaceFirst(Pattern.quote(from.strip()), to.strip());
        String message = String.valueOf(
                assertThrows(InvalidFileException.class, () -> read(broken)).getMessage());
        assertTrue(message.startsWith("digits.json: ") && message.contains(expected.strip()), message);
    }

    @Test
    void cutOffFileIsRefusedAtEveryLength() {
        String json = EvidenceJson.write(rich()).strip();
        for (int length = 0; length < json.length(); length += 997) {
            String cut = json.substring(0, length);
            assertThrows(InvalidFileException.class, () -> read(cut));
        }
    }

    private static PairEvidence read(String json) {
        return EvidenceJson.read("digits.json", new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }
}

package io.flowblend.evidence;

import static io.flowblend.evidence.SyntheticReadings.audit;
import static io.flowblend.evidence.SyntheticReadings.promise;
import static io.flowblend.evidence.SyntheticReadings.request;
import static io.flowblend.evidence.SyntheticReadings.twin;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Source;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.file.InvalidFileException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvidenceJsonTest {
    private static final LearningRules RULES = LearningRules.DEFAULT;

    private static PairEvidence read(String json) {
        return EvidenceJson.read("pair.json", new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    private static PairEvidence evidence() {
        PairEvidence evidence = PairEvidence.unknown("fresh", "abc").withStoredProfile(new StoredProfile(0.4, 0.2));
        for (int i = 0; i < 20; i++) {
            evidence = evidence.learned(request(i, 0.3 + 0.01 * i, 0.1), RULES);
        }
        return evidence.learned(
                        List.of(twin(Source.REUSED, 9, 5, 0.1, 0.2, 30)),
                        java.util.Collections.nCopies(9, promise(40, 0.1, 0.12, 31)),
                        31,
                        RULES)
                .learned(audit(0.2, 0.1, 0.15, 40), RULES);
    }

    @Test
    void everythingThatWasMeasuredSurvivesWritingAndReading() {
        PairEvidence evidence = evidence();
        assertEquals(evidence, read(EvidenceJson.write(evidence)));
    }

    @Test
    void fileMayHoldNoMoreThanAStoredProfile() {
        PairEvidence evidence = read(
                """
                {"pair": "mine", "fingerprint": "",
                 "stored_profile": {"early": 0.4, "late": 0.2, "deviation": 0.08, "measured_steps": 40, "origin": "measured"}}""");
        assertTrue(evidence.storedProfile().orElseThrow().fits(0.08, 40));
        assertFalse(
                evidence.storedProfile().orElseThrow().fits(0.08, 39), "it was not measured in runs of fewer steps");
        assertEquals(0, evidence.buckets().size());
    }

    @Test
    void deviationThatDoesNotSayAtHowManyStepsItWasMeasuredIsNotCountedOn() {
        PairEvidence evidence = read(
                """
                {"pair": "mine", "fingerprint": "", "stored_profile": {"early": 0.4, "late": 0.2, "deviation": 0.08, "origin": "measured"}}""");
        assertFalse(evidence.storedProfile().orElseThrow().fits(1, 1000));
    }

    @ParameterizedTest
    @CsvSource({
        "residual, -0.1",
        "residual, 1e21",
        "m2, -1",
        "weight, 1e21",
        "ww, -0.5",
        "wa, 1e21",
        "aa, 1e300",
        "count, -1",
        "count, 2.5",
        "passed, 1e21",
        "deviation, 1e21",
        "deviation, -1",
        "predicted, 0",
        "actual, 1e21",
        "promised, -0.1",
        "mean_x, 1e21",
        "xx, -1",
        "up, -1",
        "steps, 0",
        "guidance, 1e21",
        "since, -5",
        "distance, 0.7",
        "sigma_from, 0.9",
        "early, 1.5",
        "next_sigma, 1"
    })
    void numberOutOfItsRangeIsRefusedByTheFieldsName(String field, String value) {
        String json = EvidenceJson.write(evidence());
        String broken = json.replaceFirst("\"" + field + "\" : [-+.0-9eE]+", "\"" + field + "\" : " + value);
        assertTrue(!broken.equals(json), "the field is there");
        InvalidFileException refused = assertThrows(InvalidFileException.class, () -> read(broken));
        String named = field.equals("next_sigma") ? "step must fall" : field;
        assertTrue(String.valueOf(refused.getMessage()).contains(named), refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "'\"small\"', '\"large\"', LARGE",
        "'\"small\"', '\"tiny\"', source must be one of",
        "'\"adaptive\"', '\"perfect\"', state must be one of",
        "'guidance-4.0', 'guidance', bucket must be a name",
        "'\"mix\" : \"RS\"', '\"mix\" : \"RX\"', no source has the letter",
        "'\"count\"', '\"number\"', count"
    })
    void wordThatMeansNothingIsRefused(String from, String to, String message) {
        String broken = EvidenceJson.write(evidence()).replaceFirst(from, to);
        InvalidFileException refused = assertThrows(InvalidFileException.class, () -> read(broken));
        assertTrue(String.valueOf(refused.getMessage()).contains(message), refused.getMessage());
    }
}

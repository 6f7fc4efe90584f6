package io.flowblend.video;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameRateTest {
    @ParameterizedTest
    @CsvSource({
        "16, 16, 1",
        "16.0, 16, 1",
        "24000/1001, 24000, 1001",
        "29.97, 30000, 1001",
        "23.976, 24000, 1001",
        "59.94, 60000, 1001",
        "12.5, 25, 2",
        "30/2, 15, 1",
        "29.5, 59, 2",
        "29.9, 299, 10"
    })
    void readsNumbersFractionsAndTelevisionsRates(String text, int numerator, int denominator) {
        assertEquals(new FrameRate(numerator, denominator), FrameRate.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "0/1", "24/0", "1e9", "fast", "1/2/3", "NaN", "0.0000001"})
    void refusesWhatIsNoRate(String text) {
        assertThrows(IllegalArgumentException.class, () -> FrameRate.parse(text));
    }

    @Test
    void isANumberOrAFractionInJson() throws JsonProcessingException {
        ObjectMapper json = new ObjectMapper();
        for (FrameRate rate : new FrameRate[] {FrameRate.of(16), new FrameRate(24000, 1001)}) {
            assertEquals(rate, json.readValue(json.writeValueAsString(rate), FrameRate.class));
        }
        assertEquals("16", json.writeValueAsString(FrameRate.of(16)));
        assertEquals("\"24000/1001\"", json.writeValueAsString(new FrameRate(24000, 1001)));
    }
}

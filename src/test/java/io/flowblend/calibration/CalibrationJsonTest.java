package io.flowblend.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.SourceModel.Cell;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.file.InvalidFileException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalibrationJsonTest {
    private static Calibration read(String json) {
        return CalibrationJson.read("pair.json", new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    private static Calibration calibration() {
        List<List<Cell>> cells = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            List<Cell> row = new ArrayList<>();
            for (int distance = 0; distance <= AnchorDistance.CLASSES; distance++) {
                row.add(new Cell((long) bin * distance, 0.1 + 0.01 * bin + 0.02 * distance, 0.05, 0.9, 0.25));
            }
            cells.add(row);
        }
        List<Double> ones = Collections.nCopies(SigmaBins.COUNT, 1.5);
        return new Calibration(
                "fresh",
                "abc",
                new Calibration.Origin("test", "2026-01-31", 40, 4),
                List.of(
                        new SourceModel(Source.SMALL, cells, ones, 1.25, ones),
                        new SourceModel(Source.REUSED, cells, ones, 2, ones)),
                1.4,
                new PromiseCurve(List.of(new PromiseCurve.Sample(40, "RS", 0.1, 0.12)), 0.01),
                Optional.of(new StoredProfile(0.4, 0.2, OptionalDouble.of(0.07), 40, "found")));
    }

    @Test
    void everyNumberSurvivesWritingAndReading() {
        assertEquals(calibration(), read(CalibrationJson.write(calibration())));
    }

    @Test
    void cellsThatNobodyReadAreMarkedAsPrior() {
        String json = CalibrationJson.write(calibration());
        assertTrue(json.contains("\"prior\" : true"));
        InvalidFileException refused = assertThrows(
                InvalidFileException.class, () -> read(json.replaceFirst("\"prior\" : true", "\"prior\" : false")));
        assertTrue(
                String.valueOf(refused.getMessage()).contains("prior must be true where count is 0"),
                refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "residual, -0.1",
        "residual, 1e21",
        "spread, -1",
        "gain, 1.6",
        "slope_share, 1.1",
        "sensitivity, 0",
        "sensitivity, 1e21",
        "reading_gain, -1",
        "exponent, 3",
        "ceiling, 1e21",
        "shift, 0.5",
        "actual, -1",
        "predicted, 1e21",
        "guidance, -1",
        "distance, 0.3",
        "sigma_from, 0.5",
        "deviation, 1e21"
    })
    void numberOutOfItsRangeIsRefusedByTheFieldsName(String field, String value) {
        String json = CalibrationJson.write(calibration());
        String broken = json.replaceFirst("\"" + field + "\" : [-+.0-9eE]+", "\"" + field + "\" : " + value);
        assertTrue(!broken.equals(json), "the field is there");
        InvalidFileException refused = assertThrows(InvalidFileException.class, () -> read(broken));
        assertTrue(String.valueOf(refused.getMessage()).contains(field), refused.getMessage());
    }

    @Test
    void unknownSourceIsRefused() {
        String json = CalibrationJson.write(calibration()).replaceFirst("\"reused\"", "\"large\"");
        InvalidFileException refused = assertThrows(InvalidFileException.class, () -> read(json));
        assertTrue(String.valueOf(refused.getMessage())
                .contains("source must be one of [small, reused, guidance_reused]"));
    }
}

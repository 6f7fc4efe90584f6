package io.flowblend.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.video.Frames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Measures of features against closed forms, and against what {@code src/test/python/make_frechet_fixture.py} wrote. */
class FrechetTest {
    static Stream<JsonNode> features() throws IOException {
        return cases("features");
    }

    static Stream<JsonNode> videos() throws IOException {
        return cases("videos");
    }

    private static Stream<JsonNode> cases(String kind) throws IOException {
        JsonNode root = new ObjectMapper()
                .readTree(Path.of("src/test/resources/quality/frechet.json").toFile());
        return StreamSupport.stream(root.path(kind).spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("features")
    void agreesWithScipy(JsonNode expected) {
        int rows = expected.path("rows").asInt();
        int width = expected.path("width").asInt();
        List<double[]> first = features(rows, width, expected.path("first").asInt());
        List<double[]> second =
                features(rows + 10, width, expected.path("second").asInt());
        double distance = FrameGaussian.of(first).distance(FrameGaussian.of(second));
        assertEquals(expected.path("distance").asDouble(), distance, 1e-6);
        assertEquals(
                expected.path("similarity").asDouble(), Consistency.similarity(first, second.subList(0, rows)), 1e-12);
        List<double[]> around = first.stream()
                .map(row -> Arrays.stream(row).map(v -> v - 0.5).toArray())
                .toList();
        assertEquals(expected.path("consistency").asDouble(), Consistency.ofFeatures(around), 1e-12);
    }

    @ParameterizedTest
    @MethodSource("videos")
    void agreesWithNumpyOnFlickering(JsonNode expected) {
        Frames video = PixelMetricsTest.video(expected, expected.path("video"));
        assertEquals(expected.path("flickering").asDouble(), Consistency.flickering(video), 1e-12);
    }

    @Test
    void isTheClosedFormOfTwoDiagonalGaussians() {
        // |m1 - m2|^2 + sum (s1 - s2)^2 = 9 + 16 + (1 - 3)^2 + (2 - 2)^2
        FrameGaussian a = gaussian(new double[] {0, 0}, new double[][] {{1, 0}, {0, 4}});
        FrameGaussian b = gaussian(new double[] {3, 4}, new double[][] {{9, 0}, {0, 4}});
        assertEquals(29, a.distance(b), 1e-9);
        assertEquals(29, b.distance(a), 1e-9);
        assertEquals(0, a.distance(a), 1e-9);
    }

    @Test
    void isTheClosedFormWhereOneIsTheOtherScaled() {
        double[][] covariance = {{2, 0.8}, {0.8, 1}};
        FrameGaussian a = gaussian(new double[2], covariance);
        FrameGaussian b = gaussian(
                new double[2],
                MatrixUtils.createRealMatrix(covariance).scalarMultiply(4).getData());
        // tr (C + 4 C - 2 * 2 C) = tr C
        assertEquals(3, a.distance(b), 1e-9);
    }

    @Test
    void knowsDegenerateGaussians() {
        FrameGaussian point = gaussian(new double[] {1, 0}, new double[2][2]);
        FrameGaussian line = gaussian(new double[] {0, 0}, new double[][] {{1, 1}, {1, 1}});
        assertEquals(1 + 2, point.distance(line), 1e-7);
        assertEquals(0, line.distance(line), 1e-7);
    }

    @Test
    void refusesOneRowAndOtherWidths() {
        assertThrows(IllegalArgumentException.class, () -> FrameGaussian.of(features(1, 2, 0)));
        FrameGaussian two = FrameGaussian.of(features(9, 2, 0));
        FrameGaussian three = FrameGaussian.of(features(9, 3, 0));
        assertThrows(IllegalArgumentException.class, () -> two.distance(three));
    }

    private static FrameGaussian gaussian(double[] mean, double[][] covariance) {
        RealMatrix matrix = MatrixUtils.createRealMatrix(covariance);
        return new FrameGaussian(mean, matrix);
    }

    /** The same numbers as {@code features} in the script. */
    private static List<double[]> features(int rows, int width, int phase) {
        List<double[]> features = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            double[] row = new double[width];
            for (int c = 0; c < width; c++) {
                row[c] = (r * 7919 + c * 104729 + r * c * (31 + phase) + phase * 1299709) % 97 / 97.0;
            }
            features.add(row);
        }
        return features;
    }
}

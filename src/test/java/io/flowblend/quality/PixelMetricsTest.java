package io.flowblend.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.video.Frames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PixelMetricsTest {
    private static final Psnr PSNR = new Psnr();
    private static final Ssim SSIM = new Ssim();

    /** What scikit-image gives for fixed videos; {@code src/test/python/make_quality_fixture.py} made the file. */
    static Stream<JsonNode> scikitImage() throws IOException {
        JsonNode root = new ObjectMapper()
                .readTree(Path.of("src/test/resources/quality/skimage.json").toFile());
        return StreamSupport.stream(root.path("cases").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("scikitImage")
    void agreesWithScikitImage(JsonNode expected) {
        Frames video = video(expected, expected.path("video"));
        Frames reference = video(expected, expected.path("reference"));
        double psnr = expected.path("psnr").isTextual()
                ? Double.POSITIVE_INFINITY
                : expected.path("psnr").asDouble();
        assertEquals(psnr, PSNR.compare(video, reference), 1e-9);
        assertEquals(expected.path("ssim").asDouble(), SSIM.compare(video, reference), 1e-9);
    }

    @Test
    void doesNotDependOnWhichVideoIsTheReference() {
        Frames a = FixtureVideo.of(2, 20, 14, 3, 5);
        Frames b = FixtureVideo.of(2, 20, 14, 30, 1);
        assertEquals(PSNR.compare(a, b), PSNR.compare(b, a));
        assertEquals(SSIM.compare(a, b), SSIM.compare(b, a), 1e-12);
    }

    @Test
    void fallsAsTheDifferenceGrows() {
        Frames reference = FixtureVideo.of(1, 24, 24, 0, 0);
        double psnr = Double.POSITIVE_INFINITY;
        double ssim = 1;
        for (int noise = 1; noise <= 7; noise += 2) {
            Frames noisier = FixtureVideo.of(1, 24, 24, 0, noise);
            assertTrue(PSNR.compare(noisier, reference) < psnr);
            assertTrue(SSIM.compare(noisier, reference) < ssim);
            psnr = PSNR.compare(noisier, reference);
            ssim = SSIM.compare(noisier, reference);
        }
    }

    @Test
    void refusesVideosOfDifferentSizesNamingBoth() {
        Frames a = FixtureVideo.of(2, 20, 14, 0, 0);
        Frames b = FixtureVideo.of(3, 20, 14, 0, 0);
        String message = "video has 2 frames of 14x20, expected those of the reference, 3 frames of 14x20";
        for (VideoMetric metric : new VideoMetric[] {PSNR, SSIM}) {
            assertEquals(
                    message,
                    assertThrows(IllegalArgumentException.class, () -> metric.compare(a, b))
                            .getMessage());
        }
    }

    @Test
    void refusesFramesThatHoldNoWindow() {
        Frames small = FixtureVideo.of(1, 20, 10, 0, 0);
        assertEquals(
                "frames of 10x20 are smaller than the window of 11x11",
                assertThrows(IllegalArgumentException.class, () -> SSIM.compare(small, small))
                        .getMessage());
        Frames none = new Frames(0, 20, 20, new byte[0]);
        assertThrows(IllegalArgumentException.class, () -> PSNR.compare(none, none));
    }

    static Frames video(JsonNode size, JsonNode look) {
        return FixtureVideo.of(
                size.path("count").asInt(),
                size.path("height").asInt(),
                size.path("width").asInt(),
                look.path(0).asInt(),
                look.path(1).asInt());
    }
}

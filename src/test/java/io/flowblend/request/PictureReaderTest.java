package io.flowblend.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureReaderTest {
    /** Pictures, and in table.json what Pillow makes of them, by src/test/python/make_pictures.py. */
    private static final Path PICTURES = Path.of("src/test/resources/pictures");

    static Stream<Map.Entry<String, JsonNode>> pictures() throws IOException {
        JsonNode table =
                new ObjectMapper().readTree(PICTURES.resolve("table.json").toFile());
        return List.copyOf(table.properties()).stream();
    }

    @ParameterizedTest
    @MethodSource("pictures")
    void readsEveryKindOfPictureAsPillowDoes(Map.Entry<String, JsonNode> picture) throws IOException {
        JsonNode expected = picture.getValue();
        int width = expected.get("width").asInt();
        int height = expected.get("height").asInt();
        BufferedImage read = fitted(Files.readAllBytes(PICTURES.resolve(picture.getKey())), width, height);
        byte[] rgb = Base64.getDecoder().decode(expected.get("rgb").asText());
        int most = expected.get("difference").asInt();
        for (int i = 0; i < width * height; i++) {
            int colour = read.getRGB(i % width, i / width);
            for (int channel = 0; channel < 3; channel++) {
                int difference = (colour >> (16 - 8 * channel) & 0xFF) - (rgb[3 * i + channel] & 0xFF);
                assertTrue(
                        Math.abs(difference) <= most,
                        "channel " + channel + " at " + i % width + ", " + i / width + " is off by " + difference);
            }
        }
    }

    private static BufferedImage fitted(byte[] file, int width, int height) throws IOException {
        byte[] png = Base64.getDecoder().decode(FirstFrame.fitted(file, width, height));
        return ImageIO.read(new ByteArrayInputStream(png));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rgb.png", "rgb.jpg", "progressive.jpg", "adobe-cmyk.jpg", "lossless.webp", "lossy.webp"})
    void refusesAFileThatEndsEarly(String name) throws IOException {
        byte[] whole = Files.readAllBytes(PICTURES.resolve(name));
        for (double share : new double[] {0.97, 0.9, 0.7, 0.5}) {
            byte[] cut = Arrays.copyOf(whole, (int) (whole.length * share));
            InvalidRequestException refusal =
                    assertThrows(InvalidRequestException.class, () -> FirstFrame.fitted(cut, 24, 16), name + share);
            assertTrue(String.valueOf(refusal.getMessage()).contains("is damaged"), refusal.getMessage());
        }
    }

    @Test
    void takesAPictureOf48Megapixels() throws IOException {
        BufferedImage large = new BufferedImage(8064, 6048, BufferedImage.TYPE_BYTE_GRAY);
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(large, "png", png);
        assertEquals(64, fitted(png.toByteArray(), 64, 48).getWidth());
    }
}

package io.flowblend.quality.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.file.InvalidFileException;
import io.flowblend.quality.Consistency;
import io.flowblend.quality.FixtureVideo;
import io.flowblend.quality.FrameGaussian;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.video.Frames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks and measures against what {@code src/test/python/make_network_cases.py} wrote. */
class FeatureNetworksTest {
    private static final Path FOLDER = Path.of("src/test/resources/quality/networks");
    private static final int EVERY_FRAME = 1;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private static JsonNode cases() throws IOException {
        return new ObjectMapper().readTree(FOLDER.resolve("cases.json").toFile());
    }

    private static Frames video(JsonNode numbers) {
        return FixtureVideo.of(
                numbers.get(0).asInt(),
                numbers.get(1).asInt(),
                numbers.get(2).asInt(),
                numbers.get(3).asInt(),
                numbers.get(4).asInt());
    }

    private static double[] numbers(JsonNode node) {
        return StreamSupport.stream(node.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "dinov2", "clip"})
    void agreesWithTransformersOnFeatures(String name) throws IOException {
        JsonNode expected = cases().path(name);
        try (PictureNetwork network = PictureNetwork.in(FOLDER.resolve(name)).orElseThrow()) {
            List<double[]> found = network.features(video(cases().path("video")), EVERY_FRAME);
            List<double[]> reference = network.features(video(cases().path("reference")), EVERY_FRAME);
            assertEquals(expected.path("features").size(), found.size());
            for (int frame = 0; frame < found.size(); frame++) {
                assertArrayEquals(numbers(expected.path("features").get(frame)), found.get(frame), 2e-5);
            }
            assertEquals(expected.path("similarity").asDouble(), Consistency.similarity(found, reference), 1e-5);
            assertEquals(expected.path("consistency").asDouble(), Consistency.ofFeatures(found), 1e-5);
            assertEquals(
                    expected.path("frechet").asDouble(),
                    FrameGaussian.of(first(found)).distance(FrameGaussian.of(first(reference))),
                    1e-4);
        }
    }

    private static List<double[]> first(List<double[]> rows) {
        return rows.stream().map(row -> Arrays.copyOf(row, 3)).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "clip"})
    void scalesCutsAndNormalisesPicturesAsPillowDoes(String name) throws IOException {
        double[] expected = numbers(cases().path("pixels").path(name));
        try (TensorScope scope = TensorScope.open()) {
            float[] found =
                    TensorData.toFloats(Preprocessing.in(FOLDER.resolve(name)).apply(video(cases().path("video")), 1));
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], found[7 * i], 1e-5, "value " + 7 * i);
            }
        }
    }

    @Test
    void agreesWithLpipsAndVbenchOnWhatTheyMakeOfANetwork() throws IOException {
        Frames frames = video(cases().path("video"));
        try (FeatureNetworks networks = FeatureNetworks.in(FOLDER)) {
            assertEquals("clip/, lpips.pt, raft.pt, amt.pt", networks.names());
            assertEquals(Optional.empty(), networks.frechetName());
            assertEquals(
                    cases().path("lpips").asDouble(),
                    networks.lpips(frames, video(cases().path("reference"))).orElseThrow(),
                    1e-6);
            assertEquals(0, networks.lpips(frames, frames).orElseThrow(), 1e-12);
            assertEquals(
                    cases().path("smoothness").asDouble(),
                    networks.motionSmoothness(frames).orElseThrow(),
                    1e-9);
            List<Double> degrees = new ArrayList<>();
            for (JsonNode each : cases().path("dynamic")) {
                Frames moving = stopping(each.path("moving").asInt());
                double degree = networks.dynamicDegree(moving, each.path("fps").asDouble())
                        .orElseThrow();
                assertEquals(each.path("degree").asDouble(), degree, each.toString());
                degrees.add(degree);
            }
            assertTrue(degrees.contains(1.0) && degrees.contains(0.0), degrees.toString());
        }
    }

    /** 17 frames of which so many move; the rest repeat the last of them. */
    private static Frames stopping(int moving) {
        byte[] some = FixtureVideo.of(moving, 24, 37, 4, 2).rgb();
        int size = some.length / moving;
        byte[] all = Arrays.copyOf(some, 17 * size);
        for (int frame = moving; frame < 17; frame++) {
            System.arraycopy(some, (moving - 1) * size, all, frame * size, size);
        }
        return new Frames(17, 24, 37, all);
    }

    @Test
    void takesWhatIsThereAndSaysWhatIsNotAvailable() throws IOException {
        copy("vit", "dino");
        try (FeatureNetworks networks = FeatureNetworks.in(folder)) {
            assertEquals("dino/", networks.names());
            assertEquals(Optional.of("dino/"), networks.frechetName());
            assertEquals(
                    Optional.empty(), networks.lpips(FixtureVideo.of(3, 8, 8, 0, 0), FixtureVideo.of(3, 8, 8, 0, 1)));
            assertEquals(Optional.empty(), networks.motionSmoothness(FixtureVideo.of(3, 8, 8, 0, 0)));
            assertEquals(Optional.empty(), networks.dynamicDegree(FixtureVideo.of(3, 8, 8, 0, 0), 8));
        }
    }

    private void copy(String from, String to) throws IOException {
        Files.createDirectories(folder.resolve(to));
        for (String file : List.of("config.json", "model.safetensors", "preprocessor_config.json")) {
            Files.copy(FOLDER.resolve(from).resolve(file), folder.resolve(to).resolve(file));
        }
    }

    @Test
    void namesTheFileAndTheKeyThatAreWrong() throws IOException {
        assertRefused("none of dino/", () -> FeatureNetworks.in(folder));
        assertRefused("is not a folder", () -> FeatureNetworks.in(folder.resolve("missing")));
        copy("vit", "dino");
        Path config = folder.resolve("dino/config.json");
        String text = Files.readString(config);
        Files.writeString(config, text.replace("\"vit\"", "\"swin\""));
        assertRefused("'model_type' is \"swin\", expected vit, dinov2, clip", () -> FeatureNetworks.in(folder));
        Files.writeString(config, text.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"));
        assertRefused("'encoder.layer.2.layernorm_before.weight' is missing", () -> FeatureNetworks.in(folder));
        Files.writeString(config, text);
        Path preprocessor = folder.resolve("dino/preprocessor_config.json");
        Files.writeString(preprocessor, Files.readString(preprocessor).replace("\"resample\": 2", "\"resample\": 1"));
        assertRefused("'resample' is 1, expected 2 (bilinear) or 3 (bicubic)", () -> FeatureNetworks.in(folder));
        Files.delete(preprocessor);
        assertRefused("preprocessor_config.json", () -> FeatureNetworks.in(folder));
    }

    private static void assertRefused(String why, Executable work) {
        String message =
                String.valueOf(assertThrows(InvalidFileException.class, work).getMessage());
        assertTrue(message.contains(why), message);
    }
}

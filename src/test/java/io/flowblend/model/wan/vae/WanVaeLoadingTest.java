package io.flowblend.model.wan.vae;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.vae.VaeFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WanVaeLoadingTest {
    private static final String MIDDLE = "decoder.mid_block.resnets.0.conv1.weight";

    private final Path folder;

    WanVaeLoadingTest(@TempDir Path folder) {
        this.folder = folder;
    }

    static Stream<Arguments> badConfigs() {
        return Stream.of(
                bad(c -> c.put("is_residual", true), "'is_residual' is true", "supported is false"),
                bad(c -> c.put("patch_size", 2), "'patch_size' is 2", "supported is null"),
                bad(
                        c -> c.put("_class_name", "AutoencoderKL"),
                        "'_class_name' is \"AutoencoderKL\"",
                        "AutoencoderKLWan"),
                bad(c -> c.remove("z_dim"), "'z_dim' is missing", "expected an integer from 1"),
                bad(c -> c.put("base_dim", 0), "'base_dim' is 0", "expected an integer from 1"),
                bad(c -> c.put("base_dim", 1e18), "'base_dim' is 1.0E18", "expected an integer from 1"),
                bad(c -> c.put("num_res_blocks", "two"), "'num_res_blocks' is \"two\"", "expected an integer"),
                bad(c -> c.put("dim_mult", "wide"), "'dim_mult' is \"wide\"", "expected a list of integers"),
                bad(c -> c.putArray("dim_mult"), "'dim_mult' 0", "expected one fewer"),
                bad(c -> c.putArray("temperal_downsample").add(true), "'temperal_downsample' has 1", "one fewer"),
                bad(c -> c.putArray("temperal_downsample").add(1), "'temperal_downsample' is [1]", "list of booleans"),
                bad(c -> ((ArrayNode) c.get("latents_std")).set(3, 0), "'latents_std'", "numbers above 0"),
                bad(c -> ((ArrayNode) c.get("latents_mean")).remove(0), "'latents_mean' has 15", "'z_dim' = 16"));
    }

    private static Arguments bad(Consumer<ObjectNode> change, String... expected) {
        return Arguments.of(change, List.of(expected));
    }

    @ParameterizedTest
    @MethodSource("badConfigs")
    void refusesABadConfigNamingFileKeyAndWhatWasExpected(Consumer<ObjectNode> change, List<String> expected)
            throws IOException {
        VaeFolder.copy(VaeFolder.WAN, folder).withConfig(change);
        assertRefused(expected, "config.json");
    }

    @Test
    void refusesAMissingOrBrokenConfig() throws IOException {
        assertRefused(List.of("no such file"), "config.json");
        Files.writeString(folder.resolve("config.json"), "{");
        assertRefused(List.of("is not valid JSON"), "config.json");
    }

    @Test
    void refusesAMissingTensorByName() throws IOException {
        VaeFolder.copy(VaeFolder.WAN, folder).withHeader(header -> header.set("decoder.other", header.remove(MIDDLE)));
        assertRefusedByDecoder(List.of("'" + MIDDLE + "' is missing"), folder.toString());
    }

    @Test
    void refusesATensorOfAnotherShapeNamingBothShapes() throws IOException {
        VaeFolder.copy(VaeFolder.WAN, folder).withHeader(header -> {
            ArrayNode shape = (ArrayNode) header.get(MIDDLE).get("shape");
            shape.set(0, shape.get(0).asInt() * 3).set(2, 1);
        });
        assertRefusedByDecoder(
                List.of("'" + MIDDLE + "' has shape [48, 16, 1, 3, 3]", "expected [16, 16, 3, 3, 3]"), "safetensors");
    }

    @Test
    void refusesATensorThatTheArchitectureDoesNotHave() throws IOException {
        VaeFolder.copy(VaeFolder.WAN, folder).withExtraTensor("decoder.extra");
        assertRefusedByDecoder(List.of("'decoder.extra' does not belong to the architecture"), folder.toString());
    }

    @Test
    void readsConfigsOfOlderFilesThatLackTheLaterKeys() throws IOException {
        VaeFolder.copy(VaeFolder.WAN, folder)
                .withConfig(config -> config.remove(
                        List.of("decoder_base_dim", "is_residual", "patch_size", "in_channels", "out_channels")));
        WanVaeConfig config = WanVaeConfig.read(folder);
        assertEquals(config.encoderDim(), config.decoderDim());
        assertEquals(3, config.frameChannels());
        WanVaeDecoder.load(folder).close();
        WanVaeEncoder.load(folder).close();
    }

    private void assertRefused(List<String> expected, String file) {
        assertRefusedByDecoder(expected, file);
        assertMessage(assertThrows(InvalidFileException.class, () -> WanVaeEncoder.load(folder)), expected, file);
    }

    private void assertRefusedByDecoder(List<String> expected, String file) {
        assertMessage(assertThrows(InvalidFileException.class, () -> WanVaeDecoder.load(folder)), expected, file);
    }

    private static void assertMessage(InvalidFileException refusal, List<String> expected, String file) {
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains(file), message);
        expected.forEach(part -> assertTrue(message.contains(part), message));
    }
}

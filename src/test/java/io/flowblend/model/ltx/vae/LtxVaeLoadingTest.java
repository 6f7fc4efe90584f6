package io.flowblend.model.ltx.vae;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.vae.VaeFolder;
import io.flowblend.tensor.Placement;
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

class LtxVaeLoadingTest {
    private static final String MIDDLE = "decoder.mid_block.resnets.0.conv1.conv.weight";

    private final Path folder;

    LtxVaeLoadingTest(@TempDir Path folder) {
        this.folder = folder;
    }

    static Stream<Arguments> badConfigs() {
        return Stream.of(
                bad(
                        c -> c.put("_class_name", "AutoencoderKL"),
                        "'_class_name' is \"AutoencoderKL\"",
                        "AutoencoderKLLTXVideo"),
                bad(c -> c.put("patch_size_t", 2), "'patch_size_t' is 2", "supported is 1"),
                bad(c -> c.put("patch_size", 0), "'patch_size' is 0", "a whole number from 1"),
                bad(c -> c.put("encoder_causal", false), "'encoder_causal' is false", "supported is true"),
                bad(c -> c.put("decoder_causal", "no"), "'decoder_causal' is \"no\"", "true or false"),
                bad(
                        c -> c.putArray("decoder_inject_noise").add(true),
                        "'decoder_inject_noise' is [true]",
                        "a list of 3"),
                bad(
                        c -> set(c, "decoder_inject_noise", 0, 1),
                        "'decoder_inject_noise' is [1,",
                        "a list of true and false"),
                bad(c -> c.put("latent_channels", "many"), "'latent_channels' is \"many\"", "a whole number"),
                bad(c -> c.put("resnet_norm_eps", 0), "'resnet_norm_eps' is 0", "a number above 0"),
                bad(c -> c.put("scaling_factor", -1), "'scaling_factor' is -1", "a number above 0"),
                bad(c -> c.put("timestep_conditioning", 1), "'timestep_conditioning' is 1", "true or false"),
                bad(c -> c.putArray("block_out_channels"), "'block_out_channels' is []", "a list of"),
                bad(c -> c.putArray("block_out_channels").add(4.5), "'block_out_channels' is [4.5]", "whole numbers"),
                bad(c -> set(c, "block_out_channels", 1, 6), "'block_out_channels'", "'spatial' downsampling"),
                bad(c -> set(c, "block_out_channels", 2, 16), "'block_out_channels'", "'conv' downsampling"),
                bad(c -> set(c, "down_block_types", 0, "LTXVideoDownBlock3D"), "'down_block_types'", "everywhere"),
                bad(c -> set(c, "down_block_types", 0, 7), "'down_block_types'", "a list of texts"),
                bad(c -> set(c, "downsample_type", 0, "pool"), "'downsample_type'", "conv, spatial, temporal"),
                bad(c -> c.putArray("layers_per_block").add(1), "'layers_per_block' is [1]", "a list of 4"),
                bad(c -> c.putArray("spatio_temporal_scaling").add(true), "'spatio_temporal_scaling'", "a list of 3"),
                bad(
                        c -> c.putArray("spatio_temporal_scaling").add("yes"),
                        "'spatio_temporal_scaling'",
                        "true and false"),
                bad(c -> c.putArray("decoder_block_out_channels"), "'decoder_block_out_channels' is []", "a list of 1"),
                bad(
                        c -> set(c, "decoder_block_out_channels", 0, 9),
                        "'decoder_block_out_channels'",
                        "'upsample_factor'"),
                bad(
                        c -> {
                            set(c, "upsample_factor", 0, 1);
                            set(c, "decoder_block_out_channels", 0, 4);
                        },
                        "'decoder_block_out_channels'",
                        "'timestep_conditioning' is true"),
                bad(c -> c.putArray("upsample_factor").add(2), "'upsample_factor' is [2]", "a list of 2"),
                bad(c -> c.putArray("upsample_residual").add(true), "'upsample_residual' is [true]", "a list of 2"),
                bad(c -> c.putArray("decoder_layers_per_block").add(1), "'decoder_layers_per_block'", "a list of 3"),
                bad(c -> c.put("patch_size", 4), "'spatial_compression_ratio' is 8", "supported is 16"),
                bad(c -> c.put("temporal_compression_ratio", 8), "'temporal_compression_ratio' is 8", "supported is 4"),
                bad(
                        c -> set(c, "downsample_type", 0, "spatiotemporal"),
                        "'decoder_spatio_temporal_scaling'",
                        "one latent of 8 frames of 8x8"));
    }

    private static Arguments bad(Consumer<ObjectNode> change, String... expected) {
        return Arguments.of(change, List.of(expected));
    }

    private static void set(ObjectNode config, String key, int index, Object value) {
        ((ArrayNode) config.get(key)).set(index, config.pojoNode(value));
    }

    @ParameterizedTest
    @MethodSource("badConfigs")
    void refusesABadConfigNamingFileKeyAndWhatIsSupported(Consumer<ObjectNode> change, List<String> expected)
            throws IOException {
        VaeFolder.copy(VaeFolder.LTX_LATER, folder).withConfig(change);
        assertMessage(
                assertThrows(InvalidFileException.class, () -> LtxVaeDecoder.load(folder)), "config.json", expected);
        assertMessage(
                assertThrows(InvalidFileException.class, () -> LtxVaeEncoder.load(folder)), "config.json", expected);
    }

    @Test
    void refusesAMissingConfig() {
        assertRefusedByDecoder("config.json", "no such file");
    }

    @Test
    void refusesAMissingTensorByName() throws IOException {
        VaeFolder.copy(VaeFolder.LTX_LATER, folder)
                .withHeader(header -> header.set("decoder.other", header.remove(MIDDLE)));
        assertRefusedByDecoder(folder.toString(), "'" + MIDDLE + "' is missing");
    }

    @Test
    void refusesMissingStatisticsUnlessLatentsAreRaw() throws IOException {
        VaeFolder.copy(VaeFolder.LTX_LATER, folder)
                .withHeader(header -> header.set("encoder.other", header.remove("latents_std")));
        assertRefusedByDecoder(folder.toString(), "'latents_std' is missing");
        LtxVaeDecoder.loadRaw(folder, 0, Placement.CPU).close();
    }

    @Test
    void refusesATensorOfAnotherShapeNamingBothShapes() throws IOException {
        VaeFolder.copy(VaeFolder.LTX_LATER, folder).withHeader(header -> {
            ArrayNode shape = (ArrayNode) header.get(MIDDLE).get("shape");
            shape.set(0, shape.get(0).asInt() * 3).set(2, 1);
        });
        assertRefusedByDecoder(
                "safetensors", "'" + MIDDLE + "' has shape [48, 16, 1, 3, 3]", "expected [16, 16, 3, 3, 3]");
    }

    @Test
    void refusesATensorThatTheArchitectureDoesNotHave() throws IOException {
        VaeFolder.copy(VaeFolder.LTX_LATER, folder).withExtraTensor("decoder.extra");
        assertRefusedByDecoder(folder.toString(), "'decoder.extra' does not belong to the architecture");
    }

    @Test
    void refusesTimestepTensorsWhereTheConfigSaysThereAreNone() throws IOException {
        VaeFolder.copy(VaeFolder.LTX_LATER, folder).withConfig(config -> config.put("timestep_conditioning", false));
        assertRefusedByDecoder(folder.toString(), "does not belong to the architecture");
    }

    @Test
    void keysThatOlderFilesLackHaveTheValuesOfTheFirstRelease() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"_class_name\": \"AutoencoderKLLTXVideo\"}");
        LtxVaeConfig config = LtxVaeConfig.read(folder);
        config.requireOneGrid();
        assertEquals(32, config.spatialFactor());
        assertEquals(8, config.temporalFactor());
        assertEquals(128, config.latentChannels());
        assertEquals(512, config.decoderFirst());
        assertEquals(128, config.decoderLast());
        assertEquals(4, config.decoderMiddle());
    }

    private void assertRefusedByDecoder(String file, String... expected) {
        assertMessage(
                assertThrows(InvalidFileException.class, () -> LtxVaeDecoder.load(folder)), file, List.of(expected));
    }

    private static void assertMessage(InvalidFileException refusal, String file, List<String> expected) {
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains(file), message);
        expected.forEach(part -> assertTrue(message.contains(part), message));
    }
}

package io.flowblend.model.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.model.LatentShape;
import io.flowblend.model.PairSpec.Hardware;
import io.flowblend.model.ltx.LtxTransformer;
import io.flowblend.model.t5.T5Encoder;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.tensor.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The models of the FlowBlending paper, by their published configs, without any weights. */
class PairInspectionTest {
    private static final Path SIZES = Path.of("src/test/resources/sizes");
    private static final Path REFERENCE = Path.of("src/test/resources/reference");
    private static final double TERA = 1e12;
    private static final PairInspection.Size USUAL = new PairInspection.Size(0, 0, 0);

    /** The paper's size: 832x480, 61 frames. */
    private static final PairInspection WAN =
            PairInspection.of(SIZES.resolve("wan2.1"), new PairInspection.Size(832, 480, 61), Hardware.OPEN);

    /** 608x342 in the paper, padded to a multiple of 32; 65 frames. */
    private static final PairInspection LTX =
            PairInspection.of(SIZES.resolve("ltx-video"), new PairInspection.Size(608, 352, 65), Hardware.OPEN);

    @Test
    void wan14bCosts599TeraflopsAStep() {
        assertTera(599.0, WAN.large().paperLinear());
        assertEquals(24_960, WAN.video().tokens());
    }

    @Test
    void wan1_3bCosts62_58TeraflopsAStep() {
        assertTera(62.58, WAN.small().paperLinear());
    }

    @Test
    void ltx13bCosts87_40TeraflopsAStep() {
        assertTera(87.40, LTX.large().paperLinear());
        assertEquals(1_881, LTX.video().tokens());
    }

    @Test
    void ltx2bCosts12_85TeraflopsAStep() {
        assertTera(12.85, LTX.small().paperLinear());
    }

    /** The paper's LDL: 20 steps of the 13B model and 4 of the distilled 2B, which runs without guidance. */
    @Test
    void aDistilledSmallModelCosts6_427TeraflopsAStep(@TempDir Path folder) throws IOException {
        Path pair = PairCopies.copyAll(SIZES.resolve("ltx-video"), folder.resolve("ldl"));
        PairCopies.edit(pair.resolve("pair.yaml"), "guidance: 3.0", "guidance: 3.0\n  small-guidance: 1");
        PairInspection ldl = PairInspection.of(pair, new PairInspection.Size(608, 352, 65), Hardware.OPEN);
        assertTera(6.427, ldl.small().paperLinear());
        assertTera(1774, 20 * ldl.large().paperLinear() + 4 * ldl.small().paperLinear());
    }

    @Test
    void totalCountsBothPassesOfGuidanceAndAttention() {
        assertEquals(2, WAN.video().passes());
        assertEquals(2 * 599.0, WAN.large().linear() / TERA, 0.001 * 2 * 599.0);
        assertTrue(WAN.large().total() > 2 * 1107 * TERA, "attention is missing from " + WAN.large());
        assertTrue(LTX.large().linear() < LTX.large().paperLinear(), "here the time's layers run once a level");
    }

    @Test
    void countsThePublishedModelsWeightsFromTheirConfigs() {
        assertParameters(14_288_491_584L, WAN, 0);
        assertParameters(1_418_996_800L, WAN, 1);
        assertParameters(5_680_910_336L, WAN, 2);
        assertParameters(4_762_310_656L, LTX, 2);
        assertEquals(13.04e9, (double) LTX.parts().get(0).parameters(), 0.01e9);
        assertEquals(1.92e9, (double) LTX.parts().get(1).parameters(), 0.01e9);
    }

    @Test
    void saysWhichWeightFilesAreNotThere() {
        assertEquals(4, WAN.notes().size());
        assertTrue(WAN.notes().get(0).contains("large's weight files are not there: counted from its config"));
        assertTrue(WAN.notes().get(3).contains("decoder's weight files are not there: its weights are not counted"));
    }

    @Test
    void readsParametersAndFormatsFromTheHeadersWhereTheFilesAre(@TempDir Path folder) throws IOException {
        PairInspection builtIn = PairInspection.of(PairCopies.copy(folder, "pair"), USUAL, Hardware.OPEN);
        LatentShape latents = PairCopies.latents();
        assertEquals(PairCopies.spec().video().width(), builtIn.video().width());
        assertEquals(latents.positions() / 4, builtIn.video().tokens(), "patches of 2 x 2");
        assertTrue(builtIn.notes().isEmpty(), builtIn.notes().toString());
        PairInspection.Part large = builtIn.parts().get(0);
        assertEquals(Map.of("F32", 4 * large.parameters()), large.bytesByFormat());
        assertEquals(
                4
                        * builtIn.parts().stream()
                                .mapToLong(PairInspection.Part::parameters)
                                .sum(),
                builtIn.memory().get(0).weights());
    }

    @Test
    void countsWeightsInTheFormatAndOnTheDeviceThatTheyAreUsedIn() {
        Hardware twoGpus =
                new Hardware(Optional.of("cuda:0"), Optional.of("cuda:1"), Optional.of("bfloat16"), Optional.of(false));
        PairInspection wan = PairInspection.of(SIZES.resolve("wan2.1"), new PairInspection.Size(832, 480, 61), twoGpus);
        PairInspection.Memory first = wan.memory().get(0);
        PairInspection.Memory second = wan.memory().get(1);
        assertEquals(2 * 14_288_491_584L, first.weights(), "without the text encoder, which goes after use");
        assertEquals(2 * 1_418_996_800L, second.weights());
        assertTrue(first.encode() > 2 * 5_680_910_336L, "the text encoder comes for each prompt");
        assertEquals(0, second.encode());
        assertEquals(0, second.decode());
        assertEquals("cuda:1", second.device());
        assertTrue(first.forward() > second.forward());
        PairInspection.Memory onCpu = WAN.memory().get(0);
        assertEquals(1, WAN.memory().size());
        assertEquals(onCpu.decode(), first.decode(), "decoders are float32 everywhere");
        assertTrue(onCpu.forward() > first.forward() && onCpu.forward() < 2 * first.forward());
    }

    @ParameterizedTest
    @ValueSource(strings = {"wan-transformer-0", "wan-transformer-1", "wan-transformer-2"})
    void wanConfigAndFileAgreeOnTheNumberOfWeights(String name) {
        Path model = REFERENCE.resolve(name).resolve("model");
        assertEquals(stored(model), WanTransformer.plan(model).parameters());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ltx-transformer-0", "ltx-transformer-1", "ltx-transformer-2", "ltx-transformer-3"})
    void ltxConfigAndFileAgreeOnTheNumberOfWeights(String name) {
        Path model = REFERENCE.resolve(name).resolve("model");
        assertEquals(stored(model), LtxTransformer.plan(model).parameters());
    }

    @ParameterizedTest
    @ValueSource(strings = {"t5-1", "umt5-0"})
    void textEncoderConfigAndFileAgreeOnTheNumberOfWeights(String name) {
        Path model = REFERENCE.resolve(name).resolve("model");
        assertEquals(stored(model), T5Encoder.parameters(model));
    }

    @ParameterizedTest
    @CsvSource({"830, 480, 61, width 830 is not a multiple of 16", "832, 480, 60, num_frames 60 is not 4k+1"})
    void refusesASizeThatThePairCannotMake(int width, int height, int frames, String message) {
        IllegalArgumentException failure = assertThrows(
                IllegalArgumentException.class,
                () -> PairInspection.of(
                        SIZES.resolve("wan2.1"), new PairInspection.Size(width, height, frames), Hardware.OPEN));
        assertTrue(String.valueOf(failure.getMessage()).startsWith(message), failure.getMessage());
    }

    private static long stored(Path model) {
        try (Weights weights = Weights.open(model)) {
            return weights.parameters();
        }
    }

    private static void assertParameters(long expected, PairInspection pair, int part) {
        assertEquals(expected, pair.parts().get(part).parameters());
    }

    private static void assertTera(double expected, double flops) {
        assertEquals(expected, flops / TERA, 0.001 * expected);
    }
}

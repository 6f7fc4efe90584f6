package io.flowblend.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The figures of the FlowBlending paper's tables 2 and 5, in TFLOPs a step, from the models' shapes. */
class TransformerCostTest {
    private static final double TERA = 1e12;
    private static final double TOLERANCE = 0.001;

    /** 832x480, 61 frames: 16 x 60 x 104 latents in patches of 1 x 2 x 2. */
    private static final double WAN_TOKENS = 16 * 30 * 52;

    private static final double WAN_TEXT = 512;

    /** 608x342 padded to 608x352, 65 frames: 9 x 11 x 19 latents. */
    private static final double LTX_TOKENS = 9 * 11 * 19;

    private static final double LTX_TEXT = 256;

    private static final TransformerCost WAN_14B = new TransformerCost(5120, 40, 13824, 4096, 256, 64, 64, false);
    private static final TransformerCost WAN_1_3B = new TransformerCost(1536, 30, 8960, 4096, 256, 64, 64, false);
    private static final TransformerCost LTX_13B = new TransformerCost(4096, 48, 4 * 4096, 4096, 256, 128, 128, true);
    private static final TransformerCost LTX_2B = new TransformerCost(2048, 28, 4 * 2048, 4096, 256, 128, 128, true);

    @Test
    void givesThePapersCostOfAWanStepWithOnePassAndLinearLayersOnly() {
        assertTera(599.0, WAN_14B.forward(WAN_TOKENS, WAN_TEXT).linear());
        assertTera(62.58, WAN_1_3B.forward(WAN_TOKENS, WAN_TEXT).linear());
    }

    @Test
    void givesThePapersCostOfAnLtxStepWithBothPassesOfGuidance() {
        assertTera(87.40, LTX_13B.forward(LTX_TOKENS, LTX_TEXT).times(2).linear());
        assertTera(12.85, LTX_2B.forward(LTX_TOKENS, LTX_TEXT).times(2).linear());
    }

    @Test
    void givesThePapersCostOfADistilledLtxStepWithoutGuidance() {
        assertTera(6.427, LTX_2B.forward(LTX_TOKENS, LTX_TEXT).linear());
    }

    @Test
    void addsUpToThePapersSchedules() {
        double large = LTX_13B.forward(LTX_TOKENS, LTX_TEXT).times(2).linear();
        double small = LTX_2B.forward(LTX_TOKENS, LTX_TEXT).times(2).linear();
        double distilled = LTX_2B.forward(LTX_TOKENS, LTX_TEXT).linear();
        assertTera(2005, 20 * large + 20 * small);
        assertTera(1774, 20 * large + 4 * distilled);
    }

    @Test
    void selfAttentionNearlyDoublesWhatALargeWanPassCosts() {
        assertEquals(1107, withSelfAttention(WAN_14B) / TERA, 0.005 * 1107);
        assertEquals(177, withSelfAttention(WAN_1_3B) / TERA, 0.005 * 177);
    }

    private static double withSelfAttention(TransformerCost cost) {
        double toText = 4 * WAN_TOKENS * WAN_TEXT * cost.width() * cost.layers();
        return cost.forward(WAN_TOKENS, WAN_TEXT).total() - toText;
    }

    @Test
    void totalCountsEveryMultiplyAddOfTinyModels() {
        TransformerCost large = new TransformerCost(160, 6, 640, 64, 256, 64, 64, false);
        TransformerCost small = new TransformerCost(128, 2, 512, 64, 256, 64, 64, false);
        assertEquals(2 * 202.1e6, large.forward(80, 32).total(), 2 * 0.1e6);
        assertEquals(2 * 45.6e6, small.forward(80, 32).total(), 2 * 0.1e6);
    }

    private static void assertTera(double expected, double flops) {
        assertEquals(expected, flops / TERA, TOLERANCE * expected);
    }

    /** Layers of Wan2.1-T2V-1.3B, measured with random weights (models.md). */
    @ParameterizedTest
    @CsvSource({
        "4, 4, 8, 4, 0.016",
        "4, 4, 512, 4, 0.109",
        "4, 192, 512, 4, 0.133",
        "4, 1560, 8, 4, 0.351",
        "4, 1560, 512, 4, 0.431",
        "4, 6240, 8, 4, 0.351",
        "4, 6240, 512, 4, 0.451",
        "30, 192, 512, 4, 0.615",
        "30, 1560, 512, 4, 0.770",
        "4, 192, 512, 2, 0.085",
        "4, 1560, 8, 2, 0.314",
        "4, 1560, 512, 2, 0.346"
    })
    void theEstimateOfMemoryHoldsWhatWasMeasured(int layers, int tokens, int text, int bytes, double measured) {
        TransformerCost cost = new TransformerCost(1536, layers, 8960, 4096, 256, 64, 64, false);
        double estimated = cost.workingBytes(tokens, text, bytes) / (double) (1 << 30);
        assertTrue(estimated >= measured && estimated < 1.5 * measured + 0.06, estimated + " for " + measured);
    }
}

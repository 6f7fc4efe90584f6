package io.flowblend.model.vae;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.model.ltx.vae.LtxVaeDecoder;
import io.flowblend.model.wan.vae.WanVaeDecoder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The published autoencoders' memory by their configs, beside what was measured with random weights (models.md). */
class VaePlanTest {
    private static final Path SIZES = Path.of("src/test/resources/sizes");
    private static final double GIB = 1 << 30;

    private static VaePlan plan(String family) {
        return family.equals("wan")
                ? WanVaeDecoder.plan(SIZES.resolve("wan2.1/vae"), 2)
                : LtxVaeDecoder.plan(SIZES.resolve("ltx-video/vae"), 1);
    }

    private static double estimated(VaePlan plan, int frames, int height, int width) {
        return plan.workingBytes(plan.grid().shape(frames, height, width)) / GIB;
    }

    @ParameterizedTest
    @CsvSource({
        "wan, 9, 128, 128, 0.358",
        "wan, 9, 256, 256, 1.144",
        "wan, 5, 320, 480, 2.699",
        "wan, 5, 480, 832, 6.693",
        "ltx, 9, 128, 128, 0.439",
        "ltx, 17, 256, 256, 0.434",
        "ltx, 17, 320, 480, 0.495"
    })
    void theEstimateHoldsWhatWasMeasuredAndNotTwiceAsMuch(
            String family, int frames, int height, int width, double measured) {
        double estimated = estimated(plan(family), frames, height, width);
        assertTrue(estimated >= measured && estimated < 2 * measured, estimated + " for " + measured);
    }

    @Test
    void beyondTheLargestWholeFrameOnlyTheFramesThemselvesGrow() {
        VaePlan plan = plan("wan");
        double frames = plan.grid().frameBytes(plan.grid().shape(81, 1024, 1024), 3) / GIB;
        double larger = plan.grid().frameBytes(plan.grid().shape(81, 1024, 2048), 3) / GIB;
        assertEquals(2, larger / frames, 1e-9);
        assertEquals(larger - frames, estimated(plan, 81, 1024, 2048) - estimated(plan, 81, 1024, 1024), 1e-6);
    }
}

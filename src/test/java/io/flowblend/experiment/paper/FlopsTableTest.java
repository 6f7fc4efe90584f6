package io.flowblend.experiment.paper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.flowblend.calibration.StoredProfile;
import io.flowblend.model.TransformerCost;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every entry of the TFLOPs columns in the paper's Tables 2 and 3, from the models' sizes and the step counts. */
class FlopsTableTest {
    private static final double TERA = 1e12;
    private static final TransformerCost WAN_14B = new TransformerCost(5120, 40, 13824, 4096, 256, 64, 64, false);
    private static final TransformerCost WAN_1_3B = new TransformerCost(1536, 30, 8960, 4096, 256, 64, 64, false);
    private static final TransformerCost LTX_13B = new TransformerCost(4096, 48, 4 * 4096, 4096, 256, 128, 128, true);
    private static final TransformerCost LTX_2B = new TransformerCost(2048, 28, 4 * 2048, 4096, 256, 128, 128, true);

    /** One pass: the paper does not count guidance's second one. */
    private static final FlopsTable WAN = new FlopsTable(wan(WAN_14B), wan(WAN_1_3B));

    private static final FlopsTable LTX = new FlopsTable(2 * ltx(LTX_13B), 2 * ltx(LTX_2B));

    /** The distilled model runs without guidance. */
    private static final FlopsTable LTX_DISTILLED = new FlopsTable(2 * ltx(LTX_13B), ltx(LTX_2B));

    private static final StoredProfile LTX_PROFILE = new StoredProfile(0.375, 0.125);
    private static final StoredProfile WAN_PROFILE = new StoredProfile(0.4, 0.2);

    private static double wan(TransformerCost model) {
        return model.forward(16 * 30 * 52, 512).linear();
    }

    private static double ltx(TransformerCost model) {
        return model.forward(9 * 11 * 19, 256).linear();
    }

    @Test
    void givesTableTwoForLtxVideo() {
        assertRows(List.of(3496.0, 2005.0, 1632.0, 514.0), LTX.rows(40, LTX_PROFILE));
    }

    @Test
    void givesTableTwoForWan() {
        assertRows(List.of(29950.0, 19222.0, 13858.0, 3129.0), WAN.rows(50, WAN_PROFILE));
    }

    @Test
    void givesTableThreeForHalfTheSteps() {
        List<FlopsTable.Row> rows = LTX.rows(20, LTX_PROFILE);
        assertEquals(9, rows.get(1).largeSteps());
        assertWithin(1748, rows.get(0));
        assertWithin(928, rows.get(1));
        assertWithin(257, rows.get(3));
    }

    @Test
    void givesTableThreeForTheDistilledModel() {
        assertWithin(3496, LTX_DISTILLED.row("LLL", 40, 0));
        assertEquals(1774, LTX_DISTILLED.row("LDL", 20, 4).flops() / TERA, 0.5);
        assertEquals(51, LTX_DISTILLED.row("DDD", 0, 8).flops() / TERA, 0.5);
    }

    @Test
    void saysTheShareOfLargeAlone() {
        assertEquals(0.5735, LTX.rows(40, LTX_PROFILE).get(1).share(), 0.0005);
    }

    private static void assertRows(List<Double> expected, List<FlopsTable.Row> rows) {
        assertEquals(expected.size(), rows.size());
        for (int i = 0; i < expected.size(); i++) {
            assertWithin(expected.get(i), rows.get(i));
        }
    }

    private static void assertWithin(double teraFlops, FlopsTable.Row row) {
        assertEquals(teraFlops, row.flops() / TERA, 0.001 * teraFlops, row.schedule());
    }
}

package io.flowblend.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class ReachTest {
    private static final Reach MEASURED =
            new Reach(List.of(new Reach.Point(0.05, 0.06), new Reach.Point(0.2, 0.24), new Reach.Point(0.8, 0.7)));

    @Property(tries = 200)
    void budgetForADeviationReachesIt(@ForAll @DoubleRange(min = 0.01, max = 3) double deviation) {
        assertEquals(deviation, MEASURED.of(MEASURED.budgetFor(deviation)), 1e-9);
    }

    @Property(tries = 200)
    void fartherBudgetsReachFarther(
            @ForAll @DoubleRange(min = 0, max = 3) double a, @ForAll @DoubleRange(min = 0, max = 3) double b) {
        assertTrue(MEASURED.of(Math.min(a, b)) <= MEASURED.of(Math.max(a, b)) + 1e-12);
    }

    @Test
    void beyondThePointsTheNearestRatioHolds() {
        assertEquals(0.012, MEASURED.of(0.01), 1e-12);
        assertEquals(1.4, MEASURED.of(1.6), 1e-12);
        assertEquals(0, MEASURED.of(0));
        assertEquals(0, MEASURED.budgetFor(0));
    }

    @Test
    void pointsThatDoNotRiseAreRefused() {
        Reach.Point near = new Reach.Point(0.1, 0.2);
        assertThrows(IllegalArgumentException.class, () -> new Reach(List.of()));
        assertThrows(IllegalArgumentException.class, () -> new Reach(List.of(near, near)));
        assertThrows(IllegalArgumentException.class, () -> new Reach(List.of(near, new Reach.Point(0.2, 0.1))));
    }
}

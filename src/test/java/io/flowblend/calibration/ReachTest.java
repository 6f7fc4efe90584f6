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
    private static final Reach MEASURED = new Reach(
            List.of(new Reach.Point(40, 0.05, 0.06), new Reach.Point(40, 0.2, 0.24), new Reach.Point(40, 0.8, 0.7)));

    @Property(tries = 200)
    void budgetForADeviationReachesIt(@ForAll @DoubleRange(min = 0.01, max = 3) double deviation) {
        assertEquals(deviation, MEASURED.of(MEASURED.budgetFor(deviation, 40), 40), 1e-9);
    }

    @Property(tries = 200)
    void fartherBudgetsReachFarther(
            @ForAll @DoubleRange(min = 0, max = 3) double a, @ForAll @DoubleRange(min = 0, max = 3) double b) {
        assertTrue(MEASURED.of(Math.min(a, b), 40) <= MEASURED.of(Math.max(a, b), 40) + 1e-12);
    }

    @Test
    void beyondThePointsTheNearestRatioHolds() {
        assertEquals(0.012, MEASURED.of(0.01, 40), 1e-12);
        assertEquals(1.4, MEASURED.of(1.6, 40), 1e-12);
        assertEquals(0, MEASURED.of(0, 40));
        assertEquals(0, MEASURED.budgetFor(0, 40));
    }

    @Test
    void pointsThatDoNotRiseAreRefused() {
        Reach.Point near = new Reach.Point(40, 0.1, 0.2);
        assertThrows(IllegalArgumentException.class, () -> new Reach(List.of()));
        assertThrows(IllegalArgumentException.class, () -> new Reach(List.of(near, near)));
        assertThrows(IllegalArgumentException.class, () -> new Reach(List.of(near, new Reach.Point(40, 0.2, 0.1))));
    }

    @Test
    void goesByTheMostStepsMeasuredThatAreNotMoreThanTheRuns() {
        Reach reach = new Reach(
                List.of(new Reach.Point(40, 0.1, 0.2), new Reach.Point(20, 0.1, 0.5), new Reach.Point(20, 0.2, 0.6)));
        assertEquals(0.2, reach.of(0.1, 60), 1e-12);
        assertEquals(0.2, reach.of(0.1, 40), 1e-12);
        assertEquals(0.5, reach.of(0.1, 39), 1e-12);
        assertEquals(0.6, reach.of(0.2, 20), 1e-12);
        assertEquals(0.5, reach.of(0.1, 8), 1e-12, "nothing closer was measured");
        assertEquals(0.2, reach.budgetFor(0.6, 30), 1e-12);
    }
}

package io.flowblend.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.experiment.Front.Point;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrontTest {
    private static final Front FRONT = Front.of(
            List.of(new Point(1, 0), new Point(0.5, 0.4), new Point(0.6, 0.5), new Point(0.2, 1), new Point(0.5, 0.7)));

    @Test
    void keepsWhatNoOtherBeatsInBoth() {
        assertEquals(List.of(new Point(0.2, 1), new Point(0.5, 0.4), new Point(1, 0)), FRONT.corners());
    }

    @Test
    void goesStraightBetweenNeighbours() {
        assertEquals(0.2, FRONT.deviationAt(0.75), 1e-12);
        assertEquals(0.75, FRONT.computeAt(0.2), 1e-12);
        assertEquals(0.4, FRONT.deviationAt(0.5), 1e-12);
        assertEquals(0.35, FRONT.computeAt(0.7), 1e-12);
    }

    @Test
    void doesNotReachBelowItsCheapestOrItsBest() {
        assertTrue(Double.isNaN(FRONT.deviationAt(0.1)));
        Front withoutLarge = Front.of(List.of(new Point(0.5, 0.4), new Point(0.2, 1)));
        assertTrue(Double.isNaN(withoutLarge.computeAt(0.3)));
        assertEquals(0.4, withoutLarge.deviationAt(2));
        assertEquals(0.2, withoutLarge.computeAt(5));
    }
}

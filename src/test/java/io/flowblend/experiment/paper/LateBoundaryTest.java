package io.flowblend.experiment.paper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.experiment.paper.LateBoundary.Found;
import io.flowblend.experiment.paper.LateBoundary.Shape;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LateBoundaryTest {
    @Test
    void findsTheLeastPointOfAV() {
        assertEquals(new Found(2, 2, 2, Shape.V), found(0.05, 5, 4, 3, 4, 5));
    }

    @Test
    void saysThatThereIsNoVWhereTheLeastPointIsAnEnd() {
        assertEquals(new Found(0, 0, 0, Shape.RISES), found(0.05, 1, 2, 3, 4));
        assertEquals(new Found(3, 3, 3, Shape.FALLS), found(0.05, 4, 3, 2, 1));
    }

    @Test
    void saysFlatWhereTheDifferencesAreWithinTheNoise() {
        Found found = found(1, 2, 2.01, 1.99, 2, 2.02);
        assertEquals(Shape.FLAT, found.shape());
        assertEquals(0, found.lowest());
        assertEquals(4, found.highest());
    }

    @Test
    void widensTheIntervalAroundAShallowLeastPoint() {
        Found found = found(0.1, 5, 3.02, 3, 3.02, 5);
        assertEquals(Shape.V, found.shape());
        assertTrue(found.lowest() == 1 && found.highest() == 3, found.toString());
    }

    @Test
    void takesTheFirstOfEqualPoints() {
        assertEquals(
                0,
                LateBoundary.find(new double[] {1, 1, 1}, List.of(new double[] {1, 1, 1}))
                        .index());
    }

    @Test
    void refusesDrawnCurvesOfAnotherLength() {
        assertThrows(
                IllegalArgumentException.class,
                () -> LateBoundary.find(new double[] {1, 2}, List.of(new double[] {1})));
    }

    /** Drawn curves are the curve with noise. */
    private static Found found(double noise, double... curve) {
        Random random = new Random(3);
        List<double[]> drawn = Stream.generate(() -> {
                    double[] each = curve.clone();
                    for (int i = 0; i < each.length; i++) {
                        each[i] += noise * random.nextGaussian();
                    }
                    return each;
                })
                .limit(400)
                .toList();
        return LateBoundary.find(curve, drawn);
    }
}

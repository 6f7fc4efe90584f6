package io.flowblend.experiment.paper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.flowblend.experiment.paper.EarlyBoundary.Ending;
import io.flowblend.experiment.paper.EarlyBoundary.Point;
import io.flowblend.experiment.paper.EarlyBoundary.RelativeSlope;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EarlyBoundaryTest {
    @Test
    void findsTheEndOfTheFirstFlatPiece() {
        // slopes 1, 1, 0.2, 0.1 per 0.1
        List<Point> curve = curve(0.6, 0.7, 0.8, 0.82, 0.83);
        assertEquals(new RelativeSlope(3, Ending.FOUND), EarlyBoundary.relativeSlope(curve, 0.3));
        assertEquals(new RelativeSlope(4, Ending.FOUND), EarlyBoundary.relativeSlope(curve, 0.15));
    }

    @Test
    void answersTheLastPointWhereTheSlopeNeverFalls() {
        assertEquals(new RelativeSlope(3, Ending.NO_FALL), EarlyBoundary.relativeSlope(curve(0.4, 0.6, 0.8, 1.0), 0.5));
    }

    @Test
    void saysThatAPlateauAtTheBeginningGivesNothingToCompareWith() {
        assertEquals(
                new RelativeSlope(1, Ending.NO_REFERENCE), EarlyBoundary.relativeSlope(curve(0.5, 0.5, 0.9, 1.0), 0.5));
        assertEquals(new RelativeSlope(1, Ending.NO_REFERENCE), EarlyBoundary.relativeSlope(curve(1, 1, 1, 1), 0.5));
    }

    @Test
    void takesTwoPointsAtOnePlaceAsFlat() {
        List<Point> curve = List.of(new Point(0, 0.5), new Point(0.1, 0.6), new Point(0.1, 0.7), new Point(0.2, 0.8));
        assertEquals(new RelativeSlope(2, Ending.FOUND), EarlyBoundary.relativeSlope(curve, 0.5));
    }

    @Test
    void keepsTheKneeUnderNoiseThatIsSmallAgainstTheSlopes() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            List<Point> curve = new ArrayList<>();
            for (int i = 0; i <= 10; i++) {
                double clean = Math.min(0.6 + 0.08 * i, 0.92);
                curve.add(new Point(i / 10.0, clean + 0.004 * (2 * random.nextDouble() - 1)));
            }
            assertEquals(new RelativeSlope(5, Ending.FOUND), EarlyBoundary.relativeSlope(curve, 0.3));
        }
    }

    @Test
    void takesTheFirstPointFromWhichAllAreSimilar() {
        assertEquals(OptionalInt.of(2), EarlyBoundary.similarFrom(curve(0.7, 0.9, 0.96, 0.97, 1), 0.96));
        assertEquals(OptionalInt.of(3), EarlyBoundary.similarFrom(curve(0.7, 0.97, 0.95, 0.97, 1), 0.96));
        assertEquals(OptionalInt.of(0), EarlyBoundary.similarFrom(curve(0.99, 0.98, 1), 0.96));
        assertEquals(OptionalInt.empty(), EarlyBoundary.similarFrom(curve(0.99, 0.98, 0.9), 0.96));
    }

    @Test
    void refusesOnePointAndAThresholdOutsideOfZeroToOne() {
        assertThrows(IllegalArgumentException.class, () -> EarlyBoundary.relativeSlope(curve(1), 0.5));
        assertThrows(IllegalArgumentException.class, () -> EarlyBoundary.relativeSlope(curve(0, 1), 1));
    }

    /** Points 0.1 apart. */
    private static List<Point> curve(double... similarities) {
        List<Point> curve = new ArrayList<>();
        for (int i = 0; i < similarities.length; i++) {
            curve.add(new Point(i / 10.0, similarities[i]));
        }
        return curve;
    }
}

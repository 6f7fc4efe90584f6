package io.flowblend.experiment.paper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class StagesTest {
    private static final int REQUESTS = 32;

    @Test
    void namesTheStagesOfAU() {
        // mean |i - 10| / 10: the lowest quarter of the range is 8 to 12
        Stages stages = stages(i -> Math.abs(i - 10) / 10.0, i -> 0.1);
        assertEquals(8, stages.middle());
        assertEquals(13, stages.late());
        assertTrue(stages.uShaped());
        assertEquals(OptionalInt.empty(), stages.onset());
    }

    @Test
    void findsTheOnsetOfTheLateRiseInVariance() {
        // 0.1 up to step 14, then 0.2 more a step; smoothed over three it passes 0.15 at step 14
        Stages stages = stages(i -> Math.abs(i - 10) / 10.0, i -> i <= 14 ? 0.1 : 0.1 + 0.2 * (i - 14));
        assertEquals(OptionalInt.of(14), stages.onset());
    }

    @Test
    void doesNotTakeTheHighVarianceAtTheBeginningForALateRise() {
        assertEquals(OptionalInt.empty(), stages(i -> 1, i -> i < 5 ? 2 : 0.1).onset());
    }

    @Test
    void doesNotBelieveARiseThatFewRequestsMayShowByChance() {
        double[] mean = values(i -> 1);
        double[] variance = values(i -> i < 15 ? 0.1 : 0.25);
        assertEquals(OptionalInt.empty(), Stages.of(mean, variance, 4).onset());
        assertTrue(Stages.of(mean, variance, 64).onset().isPresent());
    }

    @Test
    void saysThatThereIsNoLateStageWhereTheMeanOnlyFalls() {
        Stages stages = stages(i -> 20 - i, i -> 0.1);
        assertFalse(stages.uShaped());
        assertEquals(20, stages.late());
        assertTrue(stages.words().contains("late none"), stages.words());
    }

    @Test
    void takesAFlatCurveAsOneMiddleStage() {
        Stages stages = stages(i -> 0.5, i -> 0);
        assertEquals(0, stages.middle());
        assertEquals(20, stages.late());
        assertFalse(stages.uShaped());
        assertEquals(OptionalInt.empty(), stages.onset());
    }

    private static Stages stages(IntToDoubleFunction mean, IntToDoubleFunction variance) {
        return Stages.of(values(mean), values(variance), REQUESTS);
    }

    private static double[] values(IntToDoubleFunction value) {
        double[] values = new double[20];
        Arrays.setAll(values, value);
        return values;
    }
}

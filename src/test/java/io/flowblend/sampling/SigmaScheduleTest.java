package io.flowblend.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.control.Step;
import java.util.List;
import java.util.function.DoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigmaScheduleTest {
    @Test
    void shiftOneIsIdentity() {
        for (double sigma = 0; sigma <= 1; sigma += 0.125) {
            assertEquals(sigma, SigmaSchedule.shifted(sigma, 1));
        }
        assertArrayEquals(
                new double[] {1, 0.75025, 0.5005, 0.25075, 0.001, 0},
                SigmaSchedule.euler(5, 1).sigmas(),
                1e-7);
    }

    @Test
    void shiftKeepsTheEndsAndIsUndoneByItsInverse() {
        assertEquals(0, SigmaSchedule.shifted(0, 5));
        assertEquals(1, SigmaSchedule.shifted(1, 5));
        assertEquals(0.3, SigmaSchedule.shifted(SigmaSchedule.shifted(0.3, 5), 1 / 5.0), 1e-15);
    }

    @Test
    void largerShiftRaisesEveryInnerLevel() {
        assertShiftRaisesEveryInnerLevel(shift -> SigmaSchedule.euler(20, shift));
        assertShiftRaisesEveryInnerLevel(shift -> SigmaSchedule.uniPc(20, shift));
        assertShiftRaisesEveryInnerLevel(shift -> SigmaSchedule.dpmPlusPlus(20, shift));
        assertShiftRaisesEveryInnerLevel(shift -> SigmaSchedule.dynamic(20, Math.log(shift), 0));
    }

    private static void assertShiftRaisesEveryInnerLevel(DoubleFunction<SigmaSchedule> make) {
        double[] shifts = {0.5, 1, 3, 5, 12};
        for (int s = 0; s + 1 < shifts.length; s++) {
            SigmaSchedule lower = make.apply(shifts[s]);
            SigmaSchedule higher = make.apply(shifts[s + 1]);
            for (int k = 1; k < lower.steps(); k++) {
                assertTrue(lower.sigma(k) < higher.sigma(k));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 50, 1000, 10_000})
    void fallsInEveryStepFromItsFirstLevelToZero(int steps) {
        assertEquals(1, SigmaSchedule.euler(steps, 5).sigma(0));
        assertEquals((float) (1 - 1e-6), SigmaSchedule.uniPc(steps, 5).sigma(0));
        assertEquals(
                SigmaSchedule.shifted(0.999, 5),
                SigmaSchedule.dpmPlusPlus(steps, 5).sigma(0),
                1e-7);
        for (String solver : new String[] {"euler", "unipc", "dpm++"}) {
            SigmaSchedule schedule = Solver.of(solver, 2).schedule(steps, 5);
            assertEquals(steps, schedule.steps());
            assertEquals(0, schedule.sigma(steps));
            for (int k = 0; k < steps; k++) {
                assertTrue(schedule.sigma(k) > schedule.sigma(k + 1));
            }
        }
    }

    @Test
    void dynamicScheduleEndsAtItsTerminalLevel() {
        SigmaSchedule schedule = SigmaSchedule.dynamic(8, 1.6, 0.1);
        assertEquals(1, schedule.sigma(0));
        assertEquals(0.1, schedule.sigma(7), 1e-7);
        assertEquals(0, schedule.sigma(8));
    }

    @Test
    void listedTimestepsAreUsedAndToldAsTheyStand() {
        SigmaSchedule schedule = SigmaSchedule.timesteps(List.of(1000.0, 987.5, 725.0, 0.03));
        assertArrayEquals(new double[] {1, 0.9875, 0.725, 3e-5, 0}, schedule.sigmas(), 1e-7);
        assertEquals(0.9875, schedule.modelSigma(1));
        assertEquals((double) 0.03f, 1000 * schedule.modelSigma(3), 1e-15);
        assertThrows(IllegalArgumentException.class, () -> SigmaSchedule.timesteps(List.of()));
        assertThrows(IllegalArgumentException.class, () -> SigmaSchedule.timesteps(List.of(900.0, 900.0)));
        assertThrows(IllegalArgumentException.class, () -> SigmaSchedule.timesteps(List.of(900.0, 0.0)));
    }

    @Test
    void linearQuadraticRemovesAFortiethOfTheNoiseInTheFirstHalfAndFallsEverFasterThen() {
        SigmaSchedule schedule = SigmaSchedule.linearQuadratic(40);
        assertEquals(1, schedule.sigma(0));
        assertEquals(0.975, schedule.sigma(20), 1e-6);
        assertEquals(0.025 / 20, schedule.sigma(10) - schedule.sigma(11), 1e-6);
        for (int k = 20; k < 39; k++) {
            double step = schedule.sigma(k) - schedule.sigma(k + 1);
            assertTrue(step < schedule.sigma(k + 1) - schedule.sigma(k + 2), "step " + k);
        }
        assertEquals(0, schedule.sigma(40));
    }

    @Test
    void multistepSolversTellModelsWholeTimesteps() {
        SigmaSchedule schedule = SigmaSchedule.uniPc(20, 3);
        assertEquals(0.999, schedule.modelSigma(0));
        for (int k = 0; k < 20; k++) {
            assertEquals(Math.floor(1000 * schedule.sigma(k)) / 1000, schedule.modelSigma(k));
        }
        assertEquals(
                SigmaSchedule.euler(20, 3).sigma(4), SigmaSchedule.euler(20, 3).modelSigma(4));
    }

    @Test
    void stepNamesItsEnds() {
        assertEquals(new Step(1, 2, 0.5, 0), SigmaSchedule.of(1, 0.5, 0).step(1));
    }

    @Test
    void refusesAStepOfNoLength() {
        String message = refused(1, 0.5, 0.5, 0);
        assertTrue(message.contains("step 1 goes from 0.5 to 0.5"), message);
    }

    @Test
    void refusesLevelsThatRise() {
        refused(1, 0.5, 0.6, 0);
    }

    @Test
    void refusesOtherEndPoints() {
        refused(1.5, 0.5, 0);
        refused(1, 0.5, 0.1);
        refused(1, 0.5, -0.5);
        refused(Double.NaN, 0);
        refused(0);
        refused();
    }

    private static String refused(double... sigmas) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, () -> SigmaSchedule.of(sigmas))
                .getMessage());
    }

    @Test
    void refusesStepsAndShiftsThatMakeNoSchedule() {
        assertThrows(IllegalArgumentException.class, () -> SigmaSchedule.euler(0, 1));
        assertThrows(IllegalArgumentException.class, () -> SigmaSchedule.uniPc(-1, 1));
        for (double shift : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> SigmaSchedule.euler(5, shift));
            assertThrows(IllegalArgumentException.class, () -> SigmaSchedule.uniPc(5, shift));
        }
        assertThrows(IllegalArgumentException.class, () -> SigmaSchedule.dynamic(5, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> SigmaSchedule.dynamic(1, 1, 0.1));
    }

    @Test
    void levelsCannotBeChangedFromOutside() {
        double[] given = {1, 0.5, 0};
        SigmaSchedule schedule = SigmaSchedule.of(given);
        given[1] = 7;
        schedule.sigmas()[1] = 8;
        assertEquals(0.5, schedule.sigma(1));
    }
}

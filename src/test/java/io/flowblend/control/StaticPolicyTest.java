package io.flowblend.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaticPolicyTest {
    /** Step counts behind the tables of the FlowBlending paper. */
    @ParameterizedTest
    @CsvSource({
        "LSL, 40, 0.375, 0.125, 15, 20, 5",
        "LSL, 20, 0.375, 0.125, 7, 11, 2",
        "LSL, 50, 0.4, 0.2, 20, 20, 10",
        "LSS, 40, 0.375, 0.125, 15, 25, 0",
        "LSS, 50, 0.4, 0.2, 20, 30, 0",
        "LLSSSSSL, 40, 0, 0, 10, 25, 5",
        "LLLSSSSL, 20, 0, 0, 7, 11, 2",
        "LLLSSSSL, 50, 0, 0, 18, 26, 6",
        "LSL, 10, 0.7, 0.2, 7, 1, 2",
        "LSL, 4, 1, 1, 4, 0, 0",
        "SSS, 24, 0.5, 0.5, 0, 24, 0",
    })
    void countsWholeLargeStepsOnly(
            String schedule, int steps, double early, double late, int large, int small, int largeAgain) {
        assertEquals(
                "L".repeat(large) + "S".repeat(small) + "L".repeat(largeAgain), letters(schedule, steps, early, late));
    }

    @Test
    void sllIsSmallUpToTheEarlyBoundary() {
        assertEquals("SSLLL", letters("SLL", 5, 0.4, 0.2));
    }

    @Test
    void oneLetterAStepIsTakenAsItIsInEitherCase() {
        assertEquals("LSSLS", letters("lsSlS", 5, 0.4, 0.2));
        assertEquals("LSL", letters("LSL", 3, 0.9, 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "LSX | a schedule is made of the letters L and S (for one letter a step also R, but not first; for eight segments also digits), not 'LSX'",
                "''  | a schedule is made of the letters L and S (for one letter a step also R, but not first; for eight segments also digits), not ''",
                "LSLS | a schedule is one of LLL, LSL, LSS, SLL, SSS, or 8 letters, or 40 letters (one a step), not 'LSLS'",
                "LLS | a schedule is one of LLL, LSL, LSS, SLL, SSS, or 8 letters, or 40 letters (one a step), not 'LLS'",
            })
    void errorSaysWhatWasExpected(String schedule, String message) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> StaticPolicy.of(schedule, 40, 0.4, 0.2))
                        .getMessage());
    }

    private static String letters(String schedule, int steps, double early, double late) {
        double[] sigmas = Requests.sigmas(steps, 3);
        return Runs.run(StaticPolicy.of(schedule, steps, early, late), sigmas, step -> {
                    throw new AssertionError("a static policy does not probe");
                })
                .letters();
    }
}

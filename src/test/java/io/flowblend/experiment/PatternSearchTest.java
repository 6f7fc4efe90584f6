package io.flowblend.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.control.Schedule;
import io.flowblend.experiment.PatternSearch.Pattern;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PatternSearchTest {
    private static final int STEPS = 16;

    /** S costs a quarter; a step's error is known, and each S after a probe has a tenth of it. */
    private static final class KnownErrors implements PatternSearch.Measure {
        private final List<String> measured = new ArrayList<>();

        @Override
        public double compute(String letters) {
            return letters.chars()
                            .mapToDouble(letter -> letter == 'S' ? 0.25 : letter == 'P' ? 1.25 : letter == 'R' ? 0 : 1)
                            .sum()
                    / letters.length();
        }

        @Override
        public List<Double> deviations(List<String> schedules) {
            measured.addAll(schedules);
            return schedules.stream().map(KnownErrors::deviation).toList();
        }

        private static double deviation(String letters) {
            double sum = 0;
            boolean probed = false;
            for (int step = 0; step < letters.length(); step++) {
                probed |= letters.charAt(step) == 'P';
                double error = step < 4 ? 8 : step < 12 ? 1 : 2;
                if (letters.charAt(step) == 'S') {
                    sum += probed ? error / 10 : error;
                } else if (letters.charAt(step) == 'R') {
                    sum += error / 2;
                }
            }
            return sum;
        }
    }

    private static List<Pattern> search(KnownErrors errors, List<String> motifs) {
        return PatternSearch.search(STEPS, motifs, Double.POSITIVE_INFINITY, errors, line -> {});
    }

    @Test
    void givesTheCheapestErrorsUpFirst() {
        List<String> found = search(new KnownErrors(), PatternSearch.MODELS).stream()
                .map(Pattern::letters)
                .toList();
        assertTrue(found.contains("LLLLSSSSSSSSLLLL"), found.toString());
        assertTrue(found.contains("LLLLSSSSSSSSSSSS"), found.toString());
        assertTrue(found.contains("S".repeat(STEPS)), found.toString());
    }

    @Test
    void paysForProbesWhereTheyMakeSmallBetter() {
        List<Pattern> plain = search(new KnownErrors(), PatternSearch.MODELS);
        List<Pattern> probed = search(new KnownErrors(), PatternSearch.PROBED);
        Front front = front(probed);
        double compute = 0.6;
        assertTrue(front.deviationAt(compute) < 0.5 * front(plain).deviationAt(compute));
        assertTrue(probed.stream().anyMatch(pattern -> pattern.letters().contains("PS")));
    }

    private static Front front(List<Pattern> patterns) {
        return Front.of(patterns.stream()
                .map(pattern -> new Front.Point(pattern.compute(), pattern.deviation()))
                .toList());
    }

    @Test
    void keepsOnlyWhatNoOtherBeatsByRisingCompute() {
        List<Pattern> found = search(new KnownErrors(), PatternSearch.ALL);
        for (int i = 1; i < found.size(); i++) {
            assertTrue(found.get(i).compute() > found.get(i - 1).compute());
            assertTrue(found.get(i).deviation() < found.get(i - 1).deviation());
        }
        assertEquals("L".repeat(STEPS), found.get(found.size() - 1).letters());
    }

    @Test
    void measuresEachScheduleOnceAndOnlySuchAsCanRun() {
        KnownErrors errors = new KnownErrors();
        search(errors, PatternSearch.ALL);
        assertEquals(errors.measured.size(), errors.measured.stream().distinct().count());
        for (String letters : errors.measured) {
            assertEquals(STEPS, Schedule.ofLetters(letters).steps());
            assertFalse(letters.startsWith("R"), letters);
        }
    }

    @Test
    void endsOnceSchedulesAreTooFarFromLarge() {
        KnownErrors all = new KnownErrors();
        search(all, PatternSearch.MODELS);
        KnownErrors near = new KnownErrors();
        List<Pattern> found = PatternSearch.search(STEPS, PatternSearch.MODELS, 8, near, line -> {});
        assertTrue(near.measured.size() < all.measured.size());
        assertTrue(found.stream().anyMatch(pattern -> pattern.letters().equals("LLLLSSSSSSSSLLLL")));
    }

    @Test
    void fewStepsAreSearchedToo() {
        List<Pattern> found =
                PatternSearch.search(2, PatternSearch.ALL, Double.POSITIVE_INFINITY, new KnownErrors(), line -> {});
        assertEquals("LL", found.get(found.size() - 1).letters());
        assertTrue(found.get(0).compute() < 0.5);
    }

    @Test
    void aSpreadKeepsBothEnds() {
        List<Pattern> all = new ArrayList<>();
        for (int i = 0; i <= 100; i++) {
            all.add(new Pattern("no " + i, i / 100.0, 1 - i / 100.0));
        }
        List<Pattern> spread = PatternSearch.spread(all, 5);
        assertEquals(
                List.of(0.0, 0.25, 0.5, 0.75, 1.0),
                spread.stream().map(Pattern::compute).toList());
        assertEquals(all.subList(0, 3), PatternSearch.spread(all.subList(0, 3), 5));
    }
}

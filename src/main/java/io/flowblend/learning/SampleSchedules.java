package io.flowblend.learning;

import io.flowblend.control.Schedule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The schedules of a sample's twin runs: the sources used as the controller uses them, in one stretch of the run each, so
 * that every noise level's sensitivity is seen, and in random mixes, so that it is seen how their errors combine.
 */
public final class SampleSchedules {
    /** Fewer steps have no stretch that could be measured. */
    static final int FEWEST_STEPS = 4;

    private static final int STRETCHES = 3;
    private static final int MIXES = 2;

    private SampleSchedules() {}

    /**
     * @param number of the sample; the schedules follow from it
     * @param steps of the run
     * @return by name; none for runs too short to have a stretch
     */
    public static Map<String, Schedule> of(int number, int steps) {
        SplittableRandom random = new SplittableRandom(number * 7919L + 17);
        Map<String, Schedule> schedules = new LinkedHashMap<>();
        if (steps < FEWEST_STEPS) {
            return schedules;
        }
        for (int i = 0; i < STRETCHES; i++) {
            schedules.put("small " + i, Schedule.ofLetters(smallStretch(random, number + i, steps)));
            schedules.put("reused " + i, Schedule.ofLetters(reusedStretch(random, number + i, steps)));
        }
        for (int i = 0; i < MIXES; i++) {
            schedules.put("mix " + i, Schedule.ofLetters(mix(random, steps)));
        }
        return schedules;
    }

    /** A probe and SMALL after it, at a place that moves through the run from sample to sample. */
    private static String smallStretch(SplittableRandom random, int turn, int steps) {
        int length = Math.max(1, random.nextInt(Math.max(1, steps / 12), Math.max(2, steps / 3)));
        int start = place(random, turn, steps - length);
        return filled("L".repeat(start) + "P" + "S".repeat(length), steps);
    }

    /** Velocities reused up to 4 times in a row. */
    private static String reusedStretch(SplittableRandom random, int turn, int steps) {
        int most = 1 + random.nextInt(4);
        int length = Math.max(2, random.nextInt(Math.max(1, steps / 12), Math.max(2, steps / 3)));
        StringBuilder letters = new StringBuilder("L".repeat(place(random, turn, steps - length)));
        int end = letters.length() + length;
        while (letters.length() < end) {
            letters.append("L").append("R".repeat(most));
        }
        return filled(letters.toString(), steps);
    }

    private static int place(SplittableRandom random, int turn, int last) {
        int eighths = Math.floorMod(turn * 3, 8);
        return Math.max(0, Math.min(last - 1, (int) ((eighths + random.nextDouble()) * last / 8)));
    }

    private static String mix(SplittableRandom random, int steps) {
        StringBuilder letters = new StringBuilder("L".repeat(1 + random.nextInt(Math.max(1, steps / 5))));
        while (letters.length() < steps) {
            switch (random.nextInt(3)) {
                case 0 -> letters.append("L".repeat(1 + random.nextInt(4)));
                case 1 -> letters.append("P").append("S".repeat(1 + random.nextInt(Math.max(2, steps / 5))));
                default -> letters.append(("L" + "R".repeat(1 + random.nextInt(4))).repeat(1 + random.nextInt(3)));
            }
        }
        return filled(letters.toString(), steps);
    }

    private static String filled(String letters, int steps) {
        return (letters + "L".repeat(Math.max(0, steps - letters.length()))).substring(0, steps);
    }
}

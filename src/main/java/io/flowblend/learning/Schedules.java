package io.flowblend.learning;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** The schedules that rehearsals compare, as patterns over eight equal segments. */
public final class Schedules {
    public static final int SEGMENTS = 8;

    /** SMALL alone. */
    public static final String SMALL_ALONE = "S".repeat(SEGMENTS);

    /** SMALL in one segment, from the first to the last: what each noise level matters. */
    public static final List<String> SINGLES = IntStream.range(0, SEGMENTS)
            .mapToObj(segment -> "L".repeat(segment) + "S" + "L".repeat(SEGMENTS - 1 - segment))
            .toList();

    private Schedules() {}

    /**
     * LARGE with velocities carried on in one segment only, up to {@code most} in a row.
     *
     * @param most 1..9
     */
    public static String carriedOn(int segment, int most) {
        return "L".repeat(segment) + most + "L".repeat(SEGMENTS - 1 - segment);
    }

    /** A pattern of LARGE with velocities carried on, up to 4 in a row, in any of its segments. */
    public static String randomCarriedOn(RandomGenerator random) {
        StringBuilder pattern = new StringBuilder();
        for (int segment = 0; segment < SEGMENTS; segment++) {
            int most = Math.max(0, random.nextInt(-1, 5));
            pattern.append(most == 0 ? "L" : String.valueOf(most));
        }
        boolean none = pattern.toString().equals("L".repeat(SEGMENTS));
        return none ? randomCarriedOn(random) : pattern.toString();
    }

    /** A pattern that LARGE begins, with SMALL in 2 to 7 segments: how segments combine. */
    public static String random(RandomGenerator random) {
        while (true) {
            int bits = random.nextInt(1 << (SEGMENTS - 1)) << 1;
            if (Integer.bitCount(bits) > 1) {
                StringBuilder pattern = new StringBuilder();
                for (int segment = 0; segment < SEGMENTS; segment++) {
                    pattern.append((bits >> segment & 1) == 1 ? 'S' : 'L');
                }
                return pattern.toString();
            }
        }
    }
}

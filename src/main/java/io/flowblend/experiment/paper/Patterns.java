package io.flowblend.experiment.paper;

import io.flowblend.calibration.StoredProfile;
import java.util.ArrayList;
import java.util.List;

/** All ways to give equal segments of a run to LARGE (L) or SMALL (S), and which of them the paper marks. */
public final class Patterns {
    /** Most segments that are swept: 256 patterns. */
    public static final int MOST_SEGMENTS = 8;

    private Patterns() {}

    /** What a pattern is beside the stored LSL. */
    public enum Kind {
        LLL,
        SSS,
        /** The stored profile, to the nearest segment. */
        LSL,
        /** As many large segments, the middle moved by one. */
        SHIFTED,
        /** One more large segment at an end of the middle. */
        EXPANDED,
        /** One less. */
        REDUCED,
        /** LARGE first, anything after. */
        LXX,
        /** SMALL first, anything after. */
        SXX,
        /** No pattern: the adaptive policy. */
        ADAPTIVE
    }

    /** All patterns of so many segments, from SMALL alone to LARGE alone. */
    public static List<String> all(int segments) {
        if (segments < 2 || segments > MOST_SEGMENTS) {
            throw new IllegalArgumentException("segments have to be 2 to " + MOST_SEGMENTS + ", not " + segments);
        }
        List<String> all = new ArrayList<>();
        for (int bits = 0; bits < 1 << segments; bits++) {
            StringBuilder pattern = new StringBuilder();
            for (int segment = segments - 1; segment >= 0; segment--) {
                pattern.append((bits >> segment & 1) == 1 ? 'L' : 'S');
            }
            all.add(pattern.toString());
        }
        return all;
    }

    /** One letter a step; whole large steps only: a step that reaches into a small segment is SMALL, but for the first and the last. */
    public static String letters(String pattern, int steps) {
        int segments = pattern.length();
        StringBuilder letters = new StringBuilder();
        for (int step = 0; step < steps; step++) {
            int first = step > 0 && step == steps - 1 ? segments - 1 : step * segments / steps;
            int last = step == 0 ? 0 : ((step + 1) * segments - 1) / steps;
            letters.append(pattern.substring(first, last + 1).contains("S") ? 'S' : 'L');
        }
        return letters.toString();
    }

    /** The stored LSL to the nearest segment, with at least one of SMALL. */
    static String lsl(int segments, StoredProfile profile) {
        int early = (int) Math.round(profile.early() * segments);
        int late = Math.min((int) Math.round(profile.late() * segments), segments - 1);
        int first = Math.min(early, segments - late - 1);
        return "L".repeat(first) + "S".repeat(segments - first - late) + "L".repeat(late);
    }

    /** What a pattern is beside the LSL of a profile. */
    public static Kind kind(String pattern, StoredProfile profile) {
        String lsl = lsl(pattern.length(), profile);
        if (!pattern.contains("S")) {
            return Kind.LLL;
        }
        if (!pattern.contains("L")) {
            return Kind.SSS;
        }
        if (pattern.equals(lsl)) {
            return Kind.LSL;
        }
        if (pattern.matches("L*S+L*")) {
            int early = pattern.indexOf('S') - lsl.indexOf('S');
            int late = lsl.lastIndexOf('S') - pattern.lastIndexOf('S');
            if (Math.abs(early) == 1 && late == -early) {
                return Kind.SHIFTED;
            }
            if (Math.abs(early + late) == 1 && early * late == 0) {
                return early + late > 0 ? Kind.EXPANDED : Kind.REDUCED;
            }
        }
        return pattern.charAt(0) == 'L' ? Kind.LXX : Kind.SXX;
    }
}

package io.flowblend.control;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A role for each step, fixed before the run: a schedule that was asked for, or the stored profile of a fallback. */
public final class StaticPolicy implements SwitchPolicy {
    private final Role[] roles;
    private final Reason reason;
    private final Optional<Fallback> fallback;

    private StaticPolicy(Role[] roles, Reason reason, Optional<Fallback> fallback) {
        this.roles = roles;
        this.reason = reason;
        this.fallback = fallback;
    }

    /**
     * A schedule in words.
     *
     * @param schedule LLL, LSL, LSS, SLL or SSS (stages bounded by the pair's early and late fraction), a pattern over
     *     eight equal segments such as {@code LLLSSSSL}, or one letter for each step; a boundary inside a step makes the
     *     step SMALL, so only whole large steps count. In a pattern over segments a digit 1 to 9 makes that many steps
     *     REUSED after each large one; among one letter for each step, R makes one so
     * @param steps steps of the run
     * @param early fraction of the steps before the middle stage, 0..1
     * @param late fraction of the steps after it, 0..1
     * @throws IllegalArgumentException saying what was expected
     */
    public static StaticPolicy of(String schedule, int steps, double early, double late) {
        String letters = schedule.toUpperCase(Locale.ROOT);
        if (!letters.matches("[LS][LSR]*|[LS1-9]+")) {
            throw new IllegalArgumentException(
                    "a schedule is made of the letters L and S (for one letter a step also R, but"
                            + " not first; for eight segments also digits), not '" + shown(schedule) + "'");
        }
        Role[] roles = new Role[steps];
        if (letters.length() == steps && letters.matches("[LSR]+")) {
            Arrays.setAll(roles, step -> role(letters.charAt(step)));
        } else if (letters.matches("LLL|LSL|LSS|SLL|SSS")) {
            int first = wholeSteps(early, steps);
            int last = steps - Math.min(wholeSteps(late, steps), steps - first);
            Arrays.setAll(roles, step -> role(letters.charAt(step < first ? 0 : step < last ? 1 : 2)));
        } else if (letters.matches("[LS1-9]{8}")) {
            Arrays.setAll(roles, step -> inEighths(letters, step, steps));
        } else {
            throw new IllegalArgumentException("a schedule is one of LLL, LSL, LSS, SLL, SSS, or 8 letters, or " + steps
                    + " letters (one a step), not '" + shown(schedule) + "'");
        }
        return new StaticPolicy(roles, Reason.SCHEDULE, Optional.empty());
    }

    /** LARGE alone, after a fallback. */
    static StaticPolicy large(Fallback fallback, int steps) {
        Role[] roles = new Role[steps];
        Arrays.fill(roles, Role.LARGE);
        return new StaticPolicy(roles, Reason.NOT_LEARNED, Optional.of(fallback));
    }

    /** Whether any step is SMALL. */
    boolean hasSmall() {
        return Arrays.asList(roles).contains(Role.SMALL);
    }

    /** LSL with the stored profile's fractions, after a fallback. */
    static StaticPolicy storedProfile(Fallback fallback, int steps, double early, double late) {
        return new StaticPolicy(of("LSL", steps, early, late).roles, Reason.STORED_PROFILE, Optional.of(fallback));
    }

    /** A fraction of the steps as whole steps; a boundary inside a step does not count it. */
    static int wholeSteps(double fraction, int steps) {
        // 0.7 x 10 is 6.999... in binary; that is still 7 whole steps.
        return (int) Math.floor(fraction * steps + 1e-9);
    }

    /** Role of a step. */
    public Role role(int step) {
        return roles[step];
    }

    @Override
    public Decision decide(Step step) {
        return switch (roles[step.index()]) {
            case LARGE -> Decision.large(reason);
            case SMALL -> Decision.small(reason);
            case REUSED -> Decision.reused(reason);
        };
    }

    @Override
    public void observe(Reading reading) {
        // Fixed beforehand: nothing that a step shows changes it.
    }

    @Override
    public Optional<Fallback> fallback() {
        return fallback;
    }

    /** Whole large steps only: a step that reaches into a small segment is SMALL. */
    private static Role inEighths(String letters, int step, int steps) {
        int firstSegment = step * 8 / steps;
        int lastSegment = ((step + 1) * 8 - 1) / steps;
        if (letters.substring(firstSegment, lastSegment + 1).contains("S")) {
            return Role.SMALL;
        }
        char letter = letters.charAt(firstSegment);
        int stepInSegment = step - (firstSegment * steps + 7) / 8;
        return letter == 'L' || stepInSegment % (letter - '0' + 1) == 0 ? Role.LARGE : Role.REUSED;
    }

    private static Role role(char letter) {
        return switch (letter) {
            case 'L' -> Role.LARGE;
            case 'S' -> Role.SMALL;
            default -> Role.REUSED;
        };
    }

    private static String shown(String schedule) {
        return schedule.length() > 40 ? schedule.substring(0, 40) + "..." : schedule;
    }
}

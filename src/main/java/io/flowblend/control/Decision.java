package io.flowblend.control;

import java.util.OptionalDouble;

/**
 * Who advances a step, and why.
 *
 * @param role the source of the velocity that advances the step; LARGE on a probe
 * @param probe whether both models run and the velocity divergence is measured
 * @param reason why
 * @param threshold what was compared with, where anything was: a relative L2 divergence, or for REUSED the change of the
 *     velocity up to which it may be carried on
 */
public record Decision(Role role, boolean probe, Reason reason, OptionalDouble threshold) {
    public Decision {
        if (probe && role != Role.LARGE) {
            throw new IllegalArgumentException("a probe is advanced by the large velocity");
        }
    }

    public static Decision large(Reason reason) {
        return new Decision(Role.LARGE, false, reason, OptionalDouble.empty());
    }

    public static Decision small(Reason reason) {
        return new Decision(Role.SMALL, false, reason, OptionalDouble.empty());
    }

    /** May not be the first step of a run: there has to be a velocity before it. */
    public static Decision reused(Reason reason) {
        return new Decision(Role.REUSED, false, reason, OptionalDouble.empty());
    }

    public static Decision probe(Reason reason) {
        return new Decision(Role.LARGE, true, reason, OptionalDouble.empty());
    }

    public Decision against(double comparedThreshold) {
        return new Decision(role, probe, reason, OptionalDouble.of(comparedThreshold));
    }

    /** L, S, R, or P for a probe. */
    public char letter() {
        return probe ? 'P' : role.letter();
    }
}

package io.flowblend.control;

/** Why a step went the way it went; shown in the trace, the answer and the metrics. */
public enum Reason {
    /** The request asked for this move by a static schedule or policy. */
    SCHEDULE,
    /** Inside the head of the profile, which LARGE makes. */
    HEAD,
    /** Inside the tail of the profile, which LARGE makes. */
    TAIL,
    /** The first step of the large model's other expert: what was last known is of the expert before. */
    OTHER_EXPERT,
    /** The cheapest rest of the run that fits the budget begins with this move. */
    PLAN,
    /** The plan wanted a cheaper move, but what is left of the budget does not bear its error. */
    BUDGET,
    /** The plan wanted SMALL, but the last probe was above the profile's ceiling on the divergence. */
    CEILING,
    /** The plan buys a probe: it makes the steps after it better. */
    PROBE_PLANNED,
    /** A probe that the plan would not have bought, so that changes of the pair are seen. */
    PROBE_EXPLORING,
    /** The predicted residual of the source that was running has passed the threshold and its hysteresis. */
    ABOVE_THRESHOLD,
    /** The source that was running goes on although the plan would leave it: the hysteresis at leaving. */
    WITHIN_HYSTERESIS,
    /** The pair is not known well enough: LARGE, with probes from which it is learned. */
    LEARNING,
    /** The small model failed or gave a non-finite value: LARGE to the end. */
    NON_FINITE,
    /** The stored profile, or LARGE, decides after a fallback. */
    FALLBACK,
    /** The profile is a shadow: decided and recorded, but LARGE runs. */
    SHADOW
}

package io.flowblend.control;

/** Why a step went the way it went; shown in the trace, the response and the metrics. */
public enum Reason {
    /** The request asked for this role by a static schedule. */
    SCHEDULE,
    /** Inside the guaranteed large head. */
    HEAD,
    /** Inside the guaranteed large tail, after the late rise of the divergence was seen or at the profile's limit. */
    TAIL,
    /** The predicted divergence is not below the entry threshold. */
    ABOVE_ENTRY,
    /** The divergence varies more than the profile allows. */
    VARIANCE,
    /** A probe for the pair's curve, which lacks readings here. */
    LEARNING,
    /** The small model's velocity was shown to be no better than none: large to the end. */
    WORTHLESS,
    /** The pair is not known well enough yet, and nothing better than the large model is. */
    NOT_LEARNED,
    /** Not enough consecutive probes below the entry threshold yet. */
    CONFIRMING,
    /** Prediction and probes are below the threshold: the small model advances. */
    BELOW_THRESHOLD,
    /** A planned probe: both models run and the divergence is measured. */
    PROBE_DUE,
    /** A probe showed a divergence above the exit threshold: the small stage ends. */
    ABOVE_EXIT,
    /** The minimum dwell after a switch is not over. */
    DWELL,
    /** The stored profile decides, after a fallback. */
    STORED_PROFILE,
    /** The small model failed or gave a non-finite value: large to the end. */
    SMALL_FAILED,
    /** The profile is a shadow: decided and recorded, but the large model runs. */
    SHADOW
}

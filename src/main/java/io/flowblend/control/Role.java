package io.flowblend.control;

/** The source of the velocity that advances a step. */
public enum Role {
    LARGE,
    SMALL,
    /** No model: the last velocity that either of them computed, once more. */
    REUSED
}

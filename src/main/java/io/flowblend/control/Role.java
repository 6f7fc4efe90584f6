package io.flowblend.control;

/** Which model of a pair advances a step. */
public enum Role {
    LARGE,
    SMALL
}

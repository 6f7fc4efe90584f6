package io.flowblend.control;

/**
 * How much harder a request is than the pair's typical one.
 *
 * @param small for SMALL, from its probes
 * @param reused for carrying a velocity on, from how LARGE's own velocity changed
 */
record Factors(double small, double reused) {
    static final Factors TYPICAL = new Factors(1, 1);
}

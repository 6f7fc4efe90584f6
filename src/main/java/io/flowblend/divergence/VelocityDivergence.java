package io.flowblend.divergence;

/**
 * Distance between the large and the small model's velocity at the same x, sigma and condition.
 *
 * @param cosine {@code 1 - cos(vL, vS)}, 0..2
 * @param relativeL2 {@code |vL - vS| / |vL|}, 0 and up
 * @param l2 {@code |vL - vS|}, 0 and up
 */
public record VelocityDivergence(double cosine, double relativeL2, double l2) {
    /** Whether both velocities were finite, so that the distances mean something. */
    public boolean isFinite() {
        return Double.isFinite(cosine) && Double.isFinite(relativeL2) && Double.isFinite(l2);
    }
}

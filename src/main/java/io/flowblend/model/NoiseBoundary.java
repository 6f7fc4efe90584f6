package io.flowblend.model;

/**
 * The noise level at which one expert takes over from another. Models are told timesteps in float32, and that is what
 * diffusers 0.42.1 compares: the level itself still belongs to the expert above.
 *
 * @param sigma 0..1
 */
public record NoiseBoundary(double sigma) {
    private static final double TIMESTEPS = 1000;

    public NoiseBoundary {
        if (!(sigma >= 0 && sigma <= 1)) {
            throw new IllegalArgumentException("boundary has to be 0..1, not " + sigma);
        }
    }

    /** Whether a level that a model is told belongs to the expert below. */
    public boolean isAbove(double told) {
        return (float) (told * TIMESTEPS) < (float) (sigma * TIMESTEPS);
    }
}

package io.flowblend.sampling;

import io.flowblend.control.Step;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import org.bytedeco.pytorch.Tensor;

/**
 * Noise that depends on a request's seed and on the step alone.
 *
 * @param seed of the request, 64 bits
 */
public record SeededStepNoise(long seed) implements StepNoise {
    /** Steps' seeds lie far apart: the request's own is that of its first noise. */
    private static final long APART = 0xD1342543DE82EF95L;

    @Override
    public Tensor at(Step step, Tensor like) {
        return SeededNoise.tensor(seed + (step.index() + 1) * APART, TensorData.shape(like))
                .to(like);
    }
}

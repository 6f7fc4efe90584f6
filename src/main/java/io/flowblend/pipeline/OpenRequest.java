package io.flowblend.pipeline;

import io.flowblend.control.RequestControl;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.video.Frames;
import org.bytedeco.pytorch.Tensor;

/**
 * A request laid open for measurements: it can be sampled again and again, by any policy, from the same noise. Valid
 * during the call that it was given to, on its thread; what is made belongs to that call.
 */
public interface OpenRequest {
    /** The whole run. */
    SamplingSpec fromNoise();

    /** The policy that would decide at this quality, as new. */
    RequestControl control(double quality);

    /** The policy of a request that names this tuning profile and no quality. */
    RequestControl controlBy(String profile);

    /** As {@link #control}, but no velocity is carried on: the two models alone take turns. */
    RequestControl controlOfModels(double quality);

    /** Frames from latents at sigma 0. */
    Frames decode(Tensor latents);

    /** Flow shift of its schedule. */
    double flowShift();

    /** Floating point operations of a LARGE step, guidance included. */
    double largeStepFlops();

    /** Floating point operations of a SMALL step, guidance included. */
    double smallStepFlops();
}

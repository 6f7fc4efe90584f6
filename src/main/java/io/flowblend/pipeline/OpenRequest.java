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
    /** The whole run, every source that the pair can use tracked. */
    SamplingSpec fromNoise();

    /** The policy that would decide at a quality by a tuning profile, as new. */
    RequestControl control(double quality, String profile);

    /** Frames from latents at sigma 0, which this closes. */
    Frames decode(Tensor latents);

    /** Flow shift of its schedule. */
    double flowShift();
}

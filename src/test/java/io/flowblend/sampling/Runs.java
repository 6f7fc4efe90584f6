package io.flowblend.sampling;

import io.flowblend.control.SwitchPolicy;
import io.flowblend.tensor.TensorData;

/** Whole runs. */
final class Runs {
    private Runs() {}

    /** A run that has made all its steps; the caller closes it. */
    static SamplingRun of(SamplingSpec spec, SwitchPolicy policy) {
        SamplingRun run = new SamplingRun(spec, policy);
        try {
            run.finish();
            return run;
        } catch (RuntimeException failure) {
            run.close();
            throw failure;
        }
    }

    static float[] latents(SamplingSpec spec, SwitchPolicy policy) {
        try (SamplingRun run = of(spec, policy)) {
            return TensorData.toFloats(run.state().x());
        }
    }

    static float[] latents(SamplingSpec spec, String letters) {
        return latents(spec, new ScriptedPolicy(letters));
    }
}

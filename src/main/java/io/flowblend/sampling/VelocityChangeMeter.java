package io.flowblend.sampling;

import io.flowblend.calibration.Source;
import io.flowblend.control.Step;
import io.flowblend.control.VelocityChange;
import io.flowblend.tensor.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Measures a step's {@link VelocityChange}, with one transfer from the device. */
final class VelocityChangeMeter {
    private VelocityChangeMeter() {}

    /**
     * @param before the state at the start of the step
     * @param next latents at its end
     */
    static VelocityChange measure(Step step, StepVelocity made, RunState before, Tensor next) {
        try (TensorScope scope = TensorScope.open()) {
            Source source = made.decision().move().source();
            Optional<Anchor> last = before.lastVelocity();
            Tensor velocity = made.velocity();
            Tensor compared =
                    last.filter(any -> source.runsModel()).map(Anchor::unknown).orElse(velocity);
            Tensor x = before.x();
            TensorVector sizes =
                    new TensorVector(size(velocity), size(velocity.sub(compared)), size(x), size(next.sub(x)));
            last.ifPresent(anchor -> sizes.push_back(size(anchor.unknown())));
            double[] values = new double[5];
            torch.stack(sizes, 0).to(ScalarType.Double).cpu().data_ptr_double().get(values, 0, (int) sizes.size());
            Source lastSource = last.map(Anchor::by).orElse(source);
            return new VelocityChange(step, source, lastSource, values[0], values[1], values[4], values[2], values[3]);
        }
    }

    private static Tensor size(Tensor values) {
        return values.abs().mean();
    }
}

package io.flowblend.sampling;

import io.flowblend.control.Role;
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
     * @param velocity that advanced the step
     * @param last what was computed before it, where there is anything; for a reused velocity that which it carries on
     * @param x latents at the start of the step
     * @param next latents at its end
     */
    static VelocityChange measure(
            Step step, Role role, Tensor velocity, Optional<Computed> last, Tensor x, Tensor next) {
        try (TensorScope scope = TensorScope.open()) {
            TensorVector sizes =
                    new TensorVector(size(velocity), size(change(role, velocity, last)), size(x), size(next.sub(x)));
            if (last.isPresent()) {
                sizes.push_back(size(last.get().velocity()));
            }
            double[] values = new double[5];
            torch.stack(sizes, 0).to(ScalarType.Double).cpu().data_ptr_double().get(values, 0, (int) sizes.size());
            Role lastRole = last.map(Computed::role).orElse(role);
            return new VelocityChange(step, role, lastRole, values[0], values[1], values[4], values[2], values[3]);
        }
    }

    private static Tensor change(Role role, Tensor velocity, Optional<Computed> last) {
        Tensor before = last.filter(computed -> role != Role.REUSED)
                .map(Computed::velocity)
                .orElse(velocity);
        return velocity.sub(before);
    }

    private static Tensor size(Tensor values) {
        return values.abs().mean();
    }
}

package io.flowblend.divergence;

import io.flowblend.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Measures the velocity divergence of two velocities, in double precision and with one transfer from the device.
 *
 * <p>Only three lengths are needed: with {@code d = vL - vS},
 * {@code 1 - cos = (|d|^2 - (|vL| - |vS|)^2) / (2 |vL| |vS|)}, which unlike {@code 1 - vL.vS / (|vL| |vS|)} keeps its
 * digits when the two are nearly the same.
 */
public final class DivergenceMeter {
    private DivergenceMeter() {}

    /**
     * Over all values of both, which have to be of one shape. Where a velocity is zero it has no direction: two zero
     * velocities are at distance 0, otherwise cosine is 1; beside a zero large one, relativeL2 is l2. If a value is not
     * finite, neither is the result ({@link VelocityDivergence#isFinite()}).
     */
    public static VelocityDivergence measure(Tensor large, Tensor small) {
        if (large.numel() != small.numel()) {
            throw new IllegalArgumentException("velocities have to be of one shape, but have " + large.numel() + " and "
                    + small.numel() + " values");
        }
        try (TensorScope scope = TensorScope.open()) {
            Tensor vL = large.to(ScalarType.Double);
            Tensor vS = small.to(ScalarType.Double);
            Tensor rows = torch.stack(new TensorVector(vL, vS, vL.sub(vS)), 0).flatten(1, -1);
            double[] lengths = new double[3];
            rows.norm(new ScalarOptional(new Scalar(2.0)), 1L)
                    .cpu()
                    .data_ptr_double()
                    .get(lengths);
            return of(lengths[0], lengths[1], lengths[2]);
        }
    }

    private static VelocityDivergence of(double large, double small, double distance) {
        if (distance == 0) {
            return new VelocityDivergence(0, 0, 0);
        }
        if (large == 0 || small == 0) {
            return new VelocityDivergence(1, large == 0 ? distance : distance / large, distance);
        }
        double gap = large - small;
        double cosine = (distance - gap) * (distance + gap) / (2 * large * small);
        return new VelocityDivergence(within(cosine), distance / large, distance);
    }

    /** Rounding may lead just outside 0..2; NaN stays NaN. */
    private static double within(double cosine) {
        return Math.min(Math.max(cosine, 0), 2);
    }
}

package io.flowblend.api;

import io.flowblend.calibration.Source;
import io.flowblend.model.Condition;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.model.VelocityModel;
import io.flowblend.replay.Branch;
import io.flowblend.replay.Replay;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.EulerSolver;
import io.flowblend.sampling.Guidance;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.SigmaSchedule;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorScope;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A replay of two models in closed form, SMALL a fifth off LARGE. Each of its steps needs a permit. */
final class SyntheticReplay {
    private static final int[] LATENTS = {1, 4, 1, 4, 4};

    private SyntheticReplay() {}

    static Replay of(VideoRequest request, List<Branch> branches, boolean probed, Semaphore permits) {
        return new Replay(
                (giveWay, work) -> {
                    try (TensorScope job = TensorScope.open();
                            Guidance guidance = Guidance.of(torch.zeros(1, 1, 1), torch.zeros(1, 1, 1), 1, false)) {
                        SamplingSpec spec = SamplingSpec.fromNoise(
                                new Shrinking(100, 1),
                                new Shrinking(10, 1.2),
                                guidance,
                                SigmaSchedule.euler(request.steps(), request.flowShift()),
                                new EulerSolver(),
                                SeededNoise.tensor(request.seed(), noiseShape()));
                        return work.sample(
                                spec.tracking(Set.of(Source.SMALL, Source.REUSED)), () -> awaits(permits, giveWay));
                    }
                },
                branches,
                probed,
                Replay.Ends.NONE);
    }

    private static long[] noiseShape() {
        return new long[] {LATENTS[0], LATENTS[1], LATENTS[2], LATENTS[3], LATENTS[4]};
    }

    /** Whether to give way before the next step is permitted. */
    private static boolean awaits(Semaphore permits, BooleanSupplier giveWay) {
        try {
            while (!giveWay.getAsBoolean()) {
                if (permits.tryAcquire(5, TimeUnit.MILLISECONDS)) {
                    return false;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return true;
    }

    /** A velocity in proportion to x. A forward of one sample costs {@code flops}. */
    private record Shrinking(double flops, double factor) implements VelocityModel {
        @Override
        public Tensor velocity(Tensor x, double sigma, Condition condition) {
            return x.mul(new Scalar(factor * sigma));
        }

        @Override
        public ForwardCost cost(LatentShape latents, int textTokens) {
            return new ForwardCost(flops / 2, flops);
        }

        @Override
        public long parameters() {
            return 0;
        }

        @Override
        public void close() {}
    }
}

package io.flowblend.experiment.timing;

import io.flowblend.experiment.Environment;
import io.flowblend.experiment.Statistics;
import io.flowblend.model.Condition;
import io.flowblend.model.LatentShape;
import io.flowblend.model.TransformerPlan;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.SystemMemory;
import io.flowblend.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Single forwards of one Wan transformer on noise, by themselves: what a step costs before guidance, and in how much memory.
 * Their peer is {@code src/test/python/bench_forward.py}.
 */
public final class ForwardBenchmark {
    private static final double NANOS = 1e-9;
    private static final double SIGMA = 0.5;
    private static final double GIB = 1 << 30;

    private ForwardBenchmark() {}

    /**
     * What is run.
     *
     * @param model folder of the diffusers layout
     * @param latents of one sample
     * @param batch rows
     * @param textTokens text positions
     */
    public record Setup(Path model, LatentShape latents, int batch, int textTokens) {}

    /**
     * Medians over the rounds; one forward before them is not counted.
     *
     * @param videoTokens of one row
     * @param firstSeconds a forward that makes the text's part anew, as on a video's first step: what the peer does always
     * @param laterSeconds a forward that has it already, as on all other steps
     * @param gflops floating point operations of a forward with the text's part, 1e9
     * @param peakBytes growth of the largest resident size by the forwards, over that after loading
     * @param estimatedBytes what is counted for it before a request is let in
     */
    public record Result(
            Environment environment,
            String model,
            String device,
            String dtype,
            long videoTokens,
            double gflops,
            double firstSeconds,
            double laterSeconds,
            long peakBytes,
            long estimatedBytes) {}

    public static Result run(Setup setup, Placement placement, int rounds) {
        TransformerPlan plan = WanTransformer.plan(setup.model());
        double flops = plan.forward(setup.latents(), setup.textTokens()).total() * setup.batch();
        NativeRuntime.useThreadsFor(flops / setup.batch(), plan.parameters());
        List<Double> first = new ArrayList<>();
        List<Double> later = new ArrayList<>();
        try (TensorScope scope = TensorScope.open();
                NoGradGuard inferenceOnly = new NoGradGuard();
                WanTransformer model = WanTransformer.load(setup.model(), placement)) {
            Tensor text = placement.here(SeededNoise.tensor(
                    1, setup.batch(), setup.textTokens(), plan.cost().textWidth()));
            Tensor x =
                    placement.exact().here(SeededNoise.tensor(2, setup.latents().batched(setup.batch())));
            long loaded = SystemMemory.residentBytes();
            for (int round = -1; round < rounds; round++) {
                try (Condition condition = new Condition(text)) {
                    double withText = seconds(model, x, condition);
                    double without = seconds(model, x, condition);
                    if (round >= 0) {
                        first.add(withText);
                        later.add(without);
                    }
                }
            }
            return new Result(
                    Environment.here(),
                    setup.model().toString(),
                    placement.device(),
                    placement.formatName(),
                    plan.tokens().applyAsInt(setup.latents()),
                    flops * NANOS,
                    Statistics.median(first),
                    Statistics.median(later),
                    Math.max(0, SystemMemory.peakResidentBytes() - loaded),
                    setup.batch() * model.workingBytes(setup.latents(), setup.textTokens()));
        }
    }

    private static double seconds(WanTransformer model, Tensor x, Condition condition) {
        long start = System.nanoTime();
        try (TensorScope forward = TensorScope.open()) {
            double sum = model.velocity(x, SIGMA, condition).sum().item_double();
            if (!Double.isFinite(sum)) {
                throw new IllegalStateException("the forward gave a non-finite value");
            }
        }
        return (System.nanoTime() - start) * NANOS;
    }

    public static String table(Result result) {
        return String.format(
                Locale.ROOT,
                "%s, %s on %s, %d video tokens, %.2f GFLOP, %s%n"
                        + "a forward: %.4f s with the text's part, %.4f s without%n"
                        + "its peak %.3f GiB, estimated %.3f GiB%n",
                result.model(),
                result.dtype(),
                result.device(),
                result.videoTokens(),
                result.gflops(),
                result.environment(),
                result.firstSeconds(),
                result.laterSeconds(),
                result.peakBytes() / GIB,
                result.estimatedBytes() / GIB);
    }
}

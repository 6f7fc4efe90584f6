package io.flowblend.experiment;

import io.flowblend.model.Condition;
import io.flowblend.model.LatentShape;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Single forwards of one Wan transformer on noise, by themselves: what a step costs before guidance. Their peer is {@code
 * src/test/python/bench_forward.py}, which also makes folders with random weights.
 */
public final class ForwardBenchmark {
    private static final double NANOS = 1e-9;

    private ForwardBenchmark() {}

    /**
     * What is run.
     *
     * @param model folder of the diffusers layout
     * @param latents of one sample
     * @param batch rows
     * @param textTokens text positions
     * @param textWidth width of the text embeddings
     */
    public record Setup(Path model, LatentShape latents, int batch, int textTokens, int textWidth) {}

    /**
     * @param seconds of each forward, after one that is not counted and makes the text's part
     * @param gflops floating point operations of one forward, 1e9
     */
    public record Result(
            Environment environment,
            String model,
            String device,
            String dtype,
            double gflops,
            List<Double> seconds,
            double median,
            double fastest) {}

    public static Result run(Setup setup, Placement placement, int rounds) {
        try (TensorScope scope = TensorScope.open();
                NoGradGuard inferenceOnly = new NoGradGuard();
                WanTransformer model = WanTransformer.load(setup.model(), placement);
                Condition condition = new Condition(
                        placement.here(SeededNoise.tensor(1, setup.batch(), setup.textTokens(), setup.textWidth())))) {
            double flops = model.cost(setup.latents(), setup.textTokens()).total() * setup.batch();
            NativeRuntime.useThreadsFor(flops / setup.batch());
            Tensor x =
                    placement.exact().here(SeededNoise.tensor(2, setup.latents().batched(setup.batch())));
            List<Double> seconds = new ArrayList<>();
            for (int round = -1; round < rounds; round++) {
                long start = System.nanoTime();
                try (TensorScope forward = TensorScope.open()) {
                    double sum = model.velocity(x, 0.5, condition).sum().item_double();
                    if (!Double.isFinite(sum)) {
                        throw new IllegalStateException("the forward gave a non-finite value");
                    }
                }
                if (round >= 0) {
                    seconds.add((System.nanoTime() - start) * NANOS);
                }
            }
            List<Double> sorted = seconds.stream().sorted().toList();
            return new Result(
                    Environment.here(),
                    setup.model().toString(),
                    placement.device(),
                    placement.formatName(),
                    flops * NANOS,
                    seconds,
                    sorted.get(sorted.size() / 2),
                    sorted.get(0));
        }
    }

    public static String table(Result result) {
        return String.format(
                Locale.ROOT,
                "%s, %s on %s, %.2f GFLOP, %s%na forward: median %.4f s (%.1f GFLOP/s), fastest %.4f s%n",
                result.model(),
                result.dtype(),
                result.device(),
                result.gflops(),
                result.environment(),
                result.median(),
                result.gflops() / result.median(),
                result.fastest());
    }
}

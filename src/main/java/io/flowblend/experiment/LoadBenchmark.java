package io.flowblend.experiment;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.Condition;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.LatentShape;
import io.flowblend.model.TransformerPlan;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * How fast a Wan transformer of full size comes into memory, how much memory that takes, and how long one forward is. What
 * {@code cat FILE > /dev/null} needs for the same files, right before each load, is the measure for the first.
 */
public final class LoadBenchmark {
    private static final double NANOS = 1e9;
    private static final double SIGMA = 0.9;
    private static final double GIB = 1 << 30;

    private LoadBenchmark() {}

    /**
     * What is measured.
     *
     * @param folder of a {@code WanTransformer3DModel}
     * @param width of the forward's video, pixels, a multiple of 16; {@code height} likewise
     * @param frames 4k+1
     * @param textPositions T
     * @param rounds of cat and load, and of forwards; one more before each is not counted
     */
    public record Setup(Path folder, int width, int height, int frames, int textPositions, int rounds) {}

    /**
     * Medians over the rounds.
     *
     * @param storedBytes size of the weight files
     * @param weightBytes size of the weights in the format that they are used in, float32
     * @param catSeconds reading the files by {@code cat} to nowhere, from the page cache
     * @param loadSeconds from the folder to a model whose weights are all in memory
     * @param rateShare load rate over cat's, the goal is 0.8
     * @param loadPeakBytes growth of the resident size during a load, at its highest
     * @param loadPeakShare the same over {@code weightBytes}, the goal is 1.1
     * @param forwardSeconds one forward of one sample, the text's part included
     * @param forwardPeakBytes growth of the largest resident size by forwards, over that after loading
     * @param forwardEstimateBytes what {@code inspect} says to that
     */
    public record Result(
            Environment environment,
            String folder,
            long parameters,
            long storedBytes,
            long weightBytes,
            double catSeconds,
            double loadSeconds,
            double rateShare,
            long loadPeakBytes,
            double loadPeakShare,
            long videoTokens,
            double forwardSeconds,
            long forwardPeakBytes,
            long forwardEstimateBytes) {}

    public static Result run(Setup setup) throws IOException {
        List<Path> files = weightFiles(setup.folder());
        TransformerPlan plan = WanTransformer.plan(setup.folder());
        LatentShape latents = new LatentShape(
                ConfigFile.in(setup.folder()).size("in_channels", 16),
                1 + (setup.frames() - 1) / 4,
                setup.height() / 8,
                setup.width() / 8);
        NativeRuntime.useThreadsFor(plan.forward(latents, setup.textPositions()).total());
        long weightBytes = Float.BYTES * plan.parameters();
        long before = NativeRuntime.residentBytes();
        WanTransformer.load(setup.folder()).close();
        long peak = NativeRuntime.peakResidentBytes() - before;
        List<Double> cats = new ArrayList<>();
        List<Double> loads = new ArrayList<>();
        for (int round = 0; round < setup.rounds(); round++) {
            cats.add(cat(files));
            long start = System.nanoTime();
            WanTransformer.load(setup.folder()).close();
            loads.add((System.nanoTime() - start) / NANOS);
        }
        double cat = median(cats);
        double load = median(loads);
        try (VelocityModel model = WanTransformer.load(setup.folder())) {
            long loaded = NativeRuntime.residentBytes();
            double forward = forward(model, plan, latents, setup);
            return new Result(
                    Environment.here(),
                    setup.folder().toString(),
                    plan.parameters(),
                    size(files),
                    weightBytes,
                    cat,
                    load,
                    cat / load,
                    peak,
                    (double) peak / weightBytes,
                    plan.tokens().applyAsInt(latents),
                    forward,
                    Math.max(0, NativeRuntime.peakResidentBytes() - loaded),
                    (long) (Float.BYTES * plan.workingNumbers(latents, setup.textPositions(), 1)));
        }
    }

    private static double forward(VelocityModel model, TransformerPlan plan, LatentShape latents, Setup setup) {
        List<Double> seconds = new ArrayList<>();
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = SeededNoise.tensor(1, latents.batched(1));
            Tensor text =
                    SeededNoise.tensor(2, 1, setup.textPositions(), plan.cost().textWidth());
            for (int round = -1; round < setup.rounds(); round++) {
                long start = System.nanoTime();
                try (TensorScope step = TensorScope.open();
                        Condition condition = new Condition(text)) {
                    model.velocity(x, SIGMA, condition);
                }
                if (round >= 0) {
                    seconds.add((System.nanoTime() - start) / NANOS);
                }
            }
        }
        return median(seconds);
    }

    private static List<Path> weightFiles(Path folder) throws IOException {
        if (!Weights.areIn(folder)) {
            throw new InvalidFileException(folder, "has no *.safetensors file");
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        }
    }

    private static long size(List<Path> files) throws IOException {
        long size = 0;
        for (Path file : files) {
            size += Files.size(file);
        }
        return size;
    }

    private static double cat(List<Path> files) throws IOException {
        List<String> command = new ArrayList<>(List.of("cat"));
        files.forEach(file -> command.add(file.toString()));
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            if (process.waitFor() != 0) {
                throw new IOException("cat failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("cat was interrupted", e);
        }
        return (System.nanoTime() - start) / NANOS;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** For people. */
    public static String table(Result result) {
        return String.format(
                Locale.ROOT,
                "%s, %,d parameters, %s%n"
                        + "files %.3f GiB, weights in float32 %.3f GiB%n"
                        + "cat %.3f s, load %.3f s: load rate over cat's %.2f%n"
                        + "load's peak %.3f GiB: %.3f of the weights%n"
                        + "forward of %d video tokens %.3f s; its peak %.3f GiB, estimated %.3f GiB%n",
                result.folder(),
                result.parameters(),
                result.environment(),
                result.storedBytes() / GIB,
                result.weightBytes() / GIB,
                result.catSeconds(),
                result.loadSeconds(),
                result.rateShare(),
                result.loadPeakBytes() / GIB,
                result.loadPeakShare(),
                result.videoTokens(),
                result.forwardSeconds(),
                result.forwardPeakBytes() / GIB,
                result.forwardEstimateBytes() / GIB);
    }
}

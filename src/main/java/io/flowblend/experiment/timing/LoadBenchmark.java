package io.flowblend.experiment.timing;

import io.flowblend.experiment.Environment;
import io.flowblend.experiment.Statistics;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SystemMemory;
import io.flowblend.tensor.WeightFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * How fast a Wan transformer of full size comes into memory and how much memory that takes. What {@code cat FILE > /dev/null}
 * needs for the same files, right before each load, is the measure for the first.
 */
public final class LoadBenchmark {
    private static final double NANOS = 1e9;
    private static final double GIB = 1 << 30;

    private LoadBenchmark() {}

    /**
     * Medians over the rounds.
     *
     * @param dtype that the weights are used in
     * @param storedBytes size of the weight files
     * @param weightBytes size of the weights in {@code dtype}
     * @param catSeconds reading the files by {@code cat} to nowhere, from the page cache
     * @param loadSeconds from the folder to a model whose weights are all in memory
     * @param rateShare load rate over cat's, the goal is 0.8
     * @param loadPeakBytes growth of the resident size during the first load, at its highest
     * @param loadPeakShare the same over {@code weightBytes}, the goal is 1.1
     */
    public record Result(
            Environment environment,
            String folder,
            String device,
            String dtype,
            long parameters,
            long storedBytes,
            long weightBytes,
            double catSeconds,
            double loadSeconds,
            double rateShare,
            long loadPeakBytes,
            double loadPeakShare) {}

    /**
     * @param folder of a {@code WanTransformer3DModel}
     * @param rounds of cat and load; one load before them is not counted
     */
    public static Result run(Path folder, Placement placement, int rounds) throws IOException {
        List<Path> files = weightFiles(folder);
        long parameters = WanTransformer.plan(folder).parameters();
        long weightBytes = placement.bytes() * parameters;
        long before = SystemMemory.residentBytes();
        WanTransformer.load(folder, placement).close();
        long peak = SystemMemory.peakResidentBytes() - before;
        List<Double> cats = new ArrayList<>();
        List<Double> loads = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            cats.add(cat(files));
            long start = System.nanoTime();
            WanTransformer.load(folder, placement).close();
            loads.add((System.nanoTime() - start) / NANOS);
        }
        double cat = Statistics.median(cats);
        double load = Statistics.median(loads);
        return new Result(
                Environment.here(),
                folder.toString(),
                placement.device(),
                placement.formatName(),
                parameters,
                size(files),
                weightBytes,
                cat,
                load,
                cat / load,
                peak,
                (double) peak / weightBytes);
    }

    private static List<Path> weightFiles(Path folder) throws IOException {
        if (!WeightFiles.areIn(folder)) {
            throw new InvalidFileException(folder, "has no *.safetensors or *.gguf file");
        }
        if (Files.isRegularFile(folder)) {
            return List.of(folder);
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().matches(".*\\.(safetensors|gguf)"))
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

    /** For people. */
    public static String table(Result result) {
        return String.format(
                Locale.ROOT,
                "%s, %,d parameters, %s%n"
                        + "files %.3f GiB, weights in %s on %s %.3f GiB%n"
                        + "cat %.3f s, load %.3f s: load rate over cat's %.2f%n"
                        + "load's peak %.3f GiB: %.3f of the weights%n",
                result.folder(),
                result.parameters(),
                result.environment(),
                result.storedBytes() / GIB,
                result.dtype(),
                result.device(),
                result.weightBytes() / GIB,
                result.catSeconds(),
                result.loadSeconds(),
                result.rateShare(),
                result.loadPeakBytes() / GIB,
                result.loadPeakShare());
    }
}

package io.flowblend.cli;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.flowblend.model.PairSpec.Hardware;
import io.flowblend.model.pair.PairInspection;
import io.flowblend.request.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a pair is, what it needs and what a step costs, without loading it. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Shows a pair's parts, memory and cost of a step for a video's size, from its configs and the "
                + "headers of its weight files.")
final class InspectCommand implements Callable<Integer> {
    private static final double GIB = 1 << 30;
    private static final double TERA = 1e12;

    @Parameters(paramLabel = "PAIR-FOLDER", description = "Folder with a pair.yaml.")
    private Path folder = Path.of("");

    @Option(names = "--width", defaultValue = "0", description = "Pixels; default: the pair's own.")
    private int width;

    @Option(names = "--height", defaultValue = "0", description = "Pixels; default: the pair's own.")
    private int height;

    @Option(names = "--frames", defaultValue = "0", description = "Frames; default: the pair's own.")
    private int frames;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "Counts for cpu or cuda:N, whether it is there or not; default: as the pair says.")
    private @Nullable String device;

    @Option(
            names = "--small-device",
            paramLabel = "DEVICE",
            description = "The same for the small model, if it has one of its own.")
    private @Nullable String smallDevice;

    @Option(
            names = "--dtype",
            paramLabel = "DTYPE",
            description = "Counts for auto, fastest, float32 or bfloat16; default: as the pair says.")
    private @Nullable String dtype;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures to this file.")
    private @Nullable Path json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PairInspection inspection = inspect();
        if (spec != null) {
            spec.commandLine().getOut().print(table(inspection));
            spec.commandLine().getOut().flush();
        }
        if (json != null) {
            String text = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build()
                    .writeValueAsString(inspection);
            Files.writeString(json, text + System.lineSeparator());
        }
        return 0;
    }

    private PairInspection inspect() {
        try {
            Hardware hardware = new Hardware(
                    Optional.ofNullable(device),
                    Optional.ofNullable(smallDevice),
                    Optional.ofNullable(dtype),
                    Optional.empty());
            return PairInspection.of(folder, new PairInspection.Size(width, height, frames), hardware);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException("the command line", String.valueOf(e.getMessage()));
        }
    }

    private static String table(PairInspection pair) {
        StringBuilder text = new StringBuilder();
        PairInspection.Video video = pair.video();
        line(text, "pair %s", pair.pair());
        line(text, "%-14s%-28s%16s  %s", "part", "architecture", "parameters", "stored");
        for (PairInspection.Part part : pair.parts()) {
            line(
                    text,
                    "%-14s%-28s%16s  %s",
                    part.role(),
                    part.architecture(),
                    part.parameters() == 0 ? "?" : String.format(Locale.ROOT, "%,d", part.parameters()),
                    stored(part.bytesByFormat()));
        }
        line(text, "");
        line(
                text,
                "%dx%d, %d frames: latents %d x %d x %d x %d, %,d video tokens, %d text tokens, %d %s a step (small: %d)",
                video.width(),
                video.height(),
                video.frames(),
                video.latents().channels(),
                video.latents().frames(),
                video.latents().height(),
                video.latents().width(),
                video.tokens(),
                video.textTokens(),
                video.passes(),
                video.passes() == 1 ? "pass" : "passes",
                video.smallPasses());
        line(text, "%-14s%22s%22s%12s", "TFLOPs a step", "linear, as the paper", "linear, all passes", "total");
        cost(text, "large", pair.large());
        cost(text, "small", pair.small());
        line(text, "");
        line(text, "%-24s%10s%10s%10s%10s%10s", "memory, GiB", "weights", "encode", "forward", "decode", "at once");
        for (PairInspection.Memory memory : pair.memory()) {
            line(
                    text,
                    "%-24s%10.2f%10.2f%10.2f%10.2f%10.2f",
                    memory.device() + ", " + memory.dtype(),
                    memory.weights() / GIB,
                    memory.encode() / GIB,
                    memory.forward() / GIB,
                    memory.decode() / GIB,
                    memory.atOnce() / GIB);
        }
        line(text, "(all but weights estimated; at once: the weights and the largest of the others)");
        pair.notes().forEach(note -> line(text, "note: %s", note));
        return text.toString();
    }

    private static void cost(StringBuilder text, String role, PairInspection.StepCost cost) {
        line(
                text,
                "%-14s%22s%22s%12s",
                role,
                teraflops(cost.paperLinear()),
                teraflops(cost.linear()),
                teraflops(cost.total()));
    }

    private static String teraflops(double flops) {
        return flops == 0 ? "?" : String.format(Locale.ROOT, "%.5g", flops / TERA);
    }

    private static String stored(Map<String, Long> bytesByFormat) {
        return bytesByFormat.isEmpty()
                ? "no weight files"
                : bytesByFormat.entrySet().stream()
                        .map(format ->
                                String.format(Locale.ROOT, "%s %.3f GiB", format.getKey(), format.getValue() / GIB))
                        .collect(Collectors.joining(", "));
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append(System.lineSeparator());
    }
}

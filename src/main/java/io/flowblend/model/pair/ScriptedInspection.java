package io.flowblend.model.pair;

import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentShape;
import io.flowblend.model.PairSpec;
import io.flowblend.model.ScriptSpec;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.pair.PairInspection.Memory;
import io.flowblend.model.pair.PairInspection.Part;
import io.flowblend.model.pair.PairInspection.Size;
import io.flowblend.model.pair.PairInspection.StepCost;
import io.flowblend.model.pair.PairInspection.Video;
import io.flowblend.tensor.Placement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What can be said of a pair of TorchScript files before they are loaded: their sizes, and the costs that {@code pair.yaml} tells. */
final class ScriptedInspection {
    private final PairSpec spec;
    private final ScriptSpec script;
    private final ScriptedParts parts;

    ScriptedInspection(PairSpec spec, ScriptSpec script, Path pairFile) {
        this.spec = spec;
        this.script = script;
        this.parts = new ScriptedParts(spec, script, pairFile);
    }

    PairInspection of(Size size) {
        Video video = size.video(spec, parts.grid(), this::tokens);
        List<Part> files = List.of(
                part("large", spec.large(), ModelPart.TRANSFORMER),
                part("small", spec.small(), ModelPart.TRANSFORMER),
                part("text encoder", spec.textEncoder(), ModelPart.TEXT_ENCODER),
                part("decoder", spec.decoder(), ModelPart.DECODER));
        long weights = files.stream().mapToLong(ScriptedInspection::bytes).sum();
        long frames = parts.grid().frameBytes(video.latents(), LatentDecoder.CHANNELS);
        return new PairInspection(
                spec.id(),
                files,
                video,
                cost(script.large(), video.latents(), video.passes()),
                cost(script.small(), video.latents(), video.smallPasses()),
                List.of(new Memory(Placement.CPU, weights, 0, 0, frames)),
                notes());
    }

    private long tokens(LatentShape latents) {
        long side = script.latents().multiple();
        return latents.positions() / (side * side);
    }

    private static Part part(String role, Path path, ModelPart part) {
        if (Files.isDirectory(path)) {
            return PairInspection.part(role, path, part, 0);
        }
        String kind = path.toString().endsWith(ScriptedParts.TABLE) ? "table of prompts" : "TorchScript";
        return new Part(role, kind, 0, Map.of("file", path.toFile().length()));
    }

    /** As it is used, in float32: a file as it is, the parts of a folder by their number. */
    private static long bytes(Part part) {
        return part.bytesByFormat().getOrDefault("file", part.parameters() * Float.BYTES);
    }

    /** Attention is not told apart, so that all three are the same; 0 where nothing is told. */
    private StepCost cost(ScriptSpec.Network network, LatentShape latents, int passes) {
        double flops = network.flopsPerPosition(parts.usual()).orElse(0) * latents.positions() * passes;
        return new StepCost(flops, flops, flops);
    }

    private List<String> notes() {
        List<String> notes = new ArrayList<>();
        if (script.large().tflops().isEmpty() || script.small().tflops().isEmpty()) {
            notes.add("Where 'tflops' is not given, the cost is told from the weights when the pair is loaded.");
        }
        notes.add(
                "What a TorchScript file works with cannot be read off: of the memory, weights and frames are counted.");
        return notes;
    }
}

package io.flowblend.model.torchscript;

import io.flowblend.model.pair.PairCopies;
import io.flowblend.tensor.TensorScope;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.QualifiedName;

/** Pairs of the networks that {@code make_torchscript_pair.py} made, and networks from source. */
public final class ScriptPairs {
    private static final String NETWORK =
            """
                inputs: {x: latents, timestep: timestep, condition: text, mask: mask}
                prediction: velocity
                timestep: {noise: 1000, data: 0}
                tflops: %s
            """;

    private static final String PAIR =
            """
            id: scripted
            large: large.pt
            small: small.pt
            text-encoder: text_encoder.pt
            decoder: decoder.pt
            text-positions: 32
            sampling:
              solver: euler
              order: 1
              shift: 3.0
              steps: 8
              guidance: 2.0
              negative-prompt: ""
            video:
              width: 32
              height: 16
              frames: 5
              fps: 8
              max-pixels: 4096
              max-frames: 9
            stored-profile:
              early: 0.25
              late: 0.25
            torchscript:
              latents: {channels: 4, temporal: 4, spatial: 8, multiple: 2}
              large:
            %s  small:
            %s  text-encoder: {ids: input_ids, mask: attention_mask}
              decoder: {input: z, black: -1, white: 1}
            """;

    private ScriptPairs() {}

    /** A whole pair in {@code parent/name}, with the tokenizer of the built-in pair. */
    public static Path write(Path parent, String name) throws IOException {
        Path folder = Files.createDirectories(parent.resolve(name));
        Path tokenizer = Files.createDirectories(folder.resolve("tokenizer"));
        Files.copy(PairCopies.ORIGINAL.resolve("tokenizer/tokenizer.json"), tokenizer.resolve("tokenizer.json"));
        for (String file : List.of(
                "large.pt",
                "small.pt",
                "large-epsilon.pt",
                "small-epsilon.pt",
                "large-x0.pt",
                "small-x0.pt",
                "text_encoder.pt",
                "decoder.pt",
                "prompts.safetensors")) {
            Files.copy(resource("/torchscript/" + file), folder.resolve(file));
        }
        Files.writeString(
                folder.resolve("pair.yaml"), PAIR.formatted(NETWORK.formatted("0.001"), NETWORK.formatted("0.0002")));
        return folder;
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(ScriptPairs.class.getResourceAsStream(name));
    }

    /** Writes a network without weights whose forward is {@code source}, TorchScript. */
    public static void define(Path file, String source) {
        try (TensorScope scope = TensorScope.open()) {
            JitModule module = new JitModule(new QualifiedName("Network"));
            module.define(source);
            module.save(file.toString());
        }
    }
}

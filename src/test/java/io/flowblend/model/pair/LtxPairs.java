package io.flowblend.model.pair;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A tiny LTX-Video pair with random weights, made of the reference cases' models. */
public final class LtxPairs {
    private static final Path REFERENCE = Path.of("src/test/resources/reference");
    private static final Path TOKENIZER = PairCopies.ORIGINAL.resolve("tokenizer");

    private static final String PAIR =
            """
            id: tiny-ltx
            large: large
            small: small
            text-encoder: text_encoder
            tokenizer: tokenizer
            decoder: vae
            text-positions: 16
            sampling:
              scheduler: scheduler
              steps: 8
              guidance: 3.0
              guidance-rescale: 0.3
              negative-prompt: ""
            video:
              width: 64
              height: 64
              frames: 17
              fps: 25
              max-pixels: 16384
              max-frames: 33
            stored-profile:
              early: 0.375
              late: 0.125
            """;

    /** The levels that the model card of LTX-Video 0.9.7 distilled gives. */
    private static final String DISTILLED = "timesteps: [1000, 993, 987, 981, 975, 909, 725, 0.03]\n  guidance: 1.0";

    private LtxPairs() {}

    /** The same pair as a distilled one is run: without guidance, at listed levels, and times told as 0.9.5 is. */
    public static Path makeDistilled(Path folder) throws IOException {
        Path file = make(folder).resolve("pair.yaml");
        PairCopies.edit(file, "steps: 8\n  guidance: 3.0", DISTILLED);
        PairCopies.edit(file, "fps: 25", "fps: 25\n  frame-times: causal");
        return folder;
    }

    /** A pair whose small model alone is distilled: it runs without guidance. */
    public static Path makeWithDistilledSmall(Path folder) throws IOException {
        PairCopies.edit(make(folder).resolve("pair.yaml"), "guidance: 3.0", "guidance: 3.0\n  small-guidance: 1");
        return folder;
    }

    /** The pair in {@code folder}, which tests may damage. */
    public static Path make(Path folder) throws IOException {
        Map<String, Path> parts = Map.of(
                "large", REFERENCE.resolve("ltx-image-pipeline-1/transformer"),
                "small", REFERENCE.resolve("ltx-transformer-0/model"),
                "vae", REFERENCE.resolve("ltx-image-pipeline-1/vae"),
                "scheduler", REFERENCE.resolve("ltx-image-pipeline-1/scheduler"),
                "text_encoder", REFERENCE.resolve("t5-1/model"),
                "tokenizer", TOKENIZER);
        for (Map.Entry<String, Path> part : parts.entrySet()) {
            PairCopies.copyAll(part.getValue(), folder.resolve(part.getKey()));
        }
        Files.writeString(folder.resolve("pair.yaml"), PAIR);
        return folder;
    }
}

package io.flowblend.model.pair;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.Condition;
import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import io.flowblend.model.Scene;
import io.flowblend.model.ScriptSpec;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.model.TextEncoder;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.t5.T5TextEncoder;
import io.flowblend.model.torchscript.PromptTable;
import io.flowblend.model.torchscript.ScriptDecoder;
import io.flowblend.model.torchscript.ScriptTextEncoder;
import io.flowblend.model.torchscript.ScriptVelocityModel;
import io.flowblend.model.vae.LatentGrid;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorScope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The parts of a pair whose velocity models are TorchScript files. No config says whether such files belong together, so
 * they are tried: each does what a step at the default size takes before the pair is accepted.
 */
final class ScriptedParts {
    /** Ending of a file of encoded prompts. */
    static final String TABLE = ".safetensors";

    private final PairSpec spec;
    private final ScriptSpec script;
    private final Path pairFile;
    private final LatentGrid grid;
    private final LatentShape usual;

    /** @param pairFile the {@code pair.yaml} */
    ScriptedParts(PairSpec spec, ScriptSpec script, Path pairFile) {
        this.spec = spec;
        this.pairFile = pairFile;
        this.script = script;
        ScriptSpec.Latents latents = script.latents();
        this.grid = new LatentGrid(latents.channels(), latents.spatial(), latents.temporal(), latents.multiple());
        this.usual = usual(grid::shape);
        PairSpec.Hardware hardware = spec.hardware();
        requireOneOf(List.of("auto", "cpu"), "device", hardware.device());
        requireOneOf(List.of("auto", "cpu"), "small-device", hardware.smallDevice());
        requireOneOf(List.of("auto", "fastest", "float32"), "dtype", hardware.dtype());
        for (Path part : new Path[] {spec.large(), spec.small(), spec.textEncoder(), spec.decoder()}) {
            if (!Files.exists(part)) {
                throw new InvalidFileException(part, "no such file or folder");
            }
        }
    }

    /** The files are loaded on the CPU and called with float32, so nothing else may be asked for. */
    private void requireOneOf(List<String> possible, String key, Optional<String> asked) {
        asked.filter(name -> !possible.contains(name)).ifPresent(name -> {
            throw new InvalidFileException(
                    pairFile,
                    "'" + key + "' is " + name + ", but TorchScript files run on the CPU in float32; expected one of "
                            + possible);
        });
    }

    private interface Shape {
        LatentShape of(int frames, int height, int width);
    }

    private LatentShape usual(Shape shape) {
        try {
            return shape.of(
                    spec.video().frames(), spec.video().height(), spec.video().width());
        } catch (IllegalArgumentException e) {
            throw new InvalidFileException(pairFile, "'video': " + e.getMessage());
        }
    }

    /** How latents lie in a video. */
    LatentGrid grid() {
        return grid;
    }

    /** Latents of the default size. */
    LatentShape usual() {
        return usual;
    }

    VelocityModel velocityModel(Path file, ScriptSpec.Network network) {
        return ScriptVelocityModel.load(file, network, script.latents().multiple(), usual);
    }

    TextEncoder textEncoder() {
        Path part = spec.textEncoder();
        if (Files.isDirectory(part)) {
            boolean keep = spec.hardware().keepTextEncoder().orElse(true);
            return T5TextEncoder.load(part, spec.tokenizer(), spec.textPositions(), Placement.CPU, keep);
        }
        if (part.toString().endsWith(TABLE)) {
            return PromptTable.load(part, spec.textPositions());
        }
        ScriptSpec.Text text = required(script.textEncoder(), "text-encoder", part);
        return ScriptTextEncoder.load(part, spec.tokenizer(), text, spec.textPositions());
    }

    LatentDecoder decoder() {
        Path part = spec.decoder();
        if (!Files.isDirectory(part)) {
            return ScriptDecoder.load(part, required(script.decoder(), "decoder", part), grid);
        }
        LatentDecoder decoder =
                ModelFamily.ofDecoder(part).decoder(spec, script.latents().multiple(), Placement.CPU);
        try {
            LatentShape decoded = usual(decoder::latentShape);
            if (!decoded.equals(usual)) {
                throw new InvalidFileException(
                        pairFile,
                        "'torchscript.latents' makes " + text(usual) + " of the default size, but the decoder "
                                + part.getFileName() + " reads " + text(decoded)
                                + ": the parts do not belong together");
            }
            return decoder;
        } catch (InvalidFileException e) {
            decoder.close();
            throw e;
        }
    }

    private <T> T required(Optional<T> block, String name, Path part) {
        return block.orElseThrow(() -> new InvalidFileException(
                pairFile,
                "'torchscript." + name + "' is missing, it has to say how " + part.getFileName() + " is used"));
    }

    /** What the velocities depend on besides the files. */
    String use() {
        return use(script.large()) + use(script.small());
    }

    private static String use(ScriptSpec.Network network) {
        return network.inputs() + " " + network.prediction() + " " + network.timestep() + "\n";
    }

    /** Fails, naming the file and what it was given, unless each part takes what the others give. */
    @SuppressWarnings("try") // the scope is there for what its closing frees
    void requireTogether(ModelPair pair) {
        try (TensorScope scope = TensorScope.open()) {
            TextEmbeddings text = pair.textEncoder().encode(pair.textEncoder().example());
            double guidance = spec.sampling().guidance();
            tryOut(pair.large(), text, guidance);
            tryOut(pair.small(), text, spec.sampling().smallScale(guidance));
            if (pair.decoder() instanceof ScriptDecoder decoder) {
                decoder.decode(SeededNoise.tensor(0, usual.batched(1)));
            }
        }
    }

    /** One step: with guidance, prompt and negative prompt run in one batch. */
    private void tryOut(VelocityModel model, TextEmbeddings text, double guidance) {
        long batch = PairSpec.Sampling.passes(guidance);
        TextEmbeddings texts = new TextEmbeddings(
                text.values().repeat(batch, 1, 1), text.mask().map(mask -> mask.repeat(batch, 1)));
        try (Condition condition = new Condition(texts, Scene.PLAIN)) {
            model.velocity(SeededNoise.tensor(0, usual.batched(batch)), 0.5, condition);
        }
    }

    private static String text(LatentShape shape) {
        return "[" + shape.channels() + ", " + shape.frames() + ", " + shape.height() + ", " + shape.width() + "]";
    }
}

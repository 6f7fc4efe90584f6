package io.flowblend.model.pair;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.HubCache;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.Condition;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import io.flowblend.model.Scene;
import io.flowblend.tensor.SafetensorsFile;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in pair as its parts would lie on the disks of people: original layouts, variants, the Hub's cache. */
class OriginalFilesTest {
    /** Of the built-in transformer, in the terms of Wan-Video's own code. */
    private static final String WAN_MODEL =
            """
            {"_class_name": "WanModel", "_diffusers_version": "0.30.0", "model_type": "t2v", "dim": 160, "num_heads": 5,
             "num_layers": 12, "ffn_dim": 640, "freq_dim": 256, "in_dim": 16, "out_dim": 16, "text_len": 512, "text_dim": 64,
             "window_size": [-1, -1], "qk_norm": true, "cross_attn_norm": true, "eps": 1e-06}
            """;

    private static final Map<String, String> UMT5 = Map.of(
            "encoder.block.", "blocks.",
            "layer.0.SelfAttention.relative_attention_bias", "pos_embedding.embedding",
            "layer.0.SelfAttention", "attn",
            "layer.0.layer_norm", "norm1",
            "layer.1.layer_norm", "norm2",
            "layer.1.DenseReluDense.wi_0", "ffn.gate.0",
            "layer.1.DenseReluDense.wi_1", "ffn.fc1",
            "layer.1.DenseReluDense.wo", "ffn.fc2",
            "encoder.final_layer_norm", "norm",
            "shared.", "token_embedding.");

    private Path pair = Path.of("");
    private Path folder = Path.of("");

    private static long parameters(String part) {
        try (Weights weights = Weights.open(PairCopies.ORIGINAL.resolve(part))) {
            return weights.parameters();
        }
    }

    @BeforeEach
    void copyThePair(@TempDir Path directory) throws IOException {
        folder = directory;
        pair = PairCopies.copy(directory, "original");
    }

    @Test
    void aPairOfSingleFilesInOriginalLayoutsMakesTheSameVelocitiesAndFrames() throws IOException {
        Path files = PairCopies.copy(folder, "files");
        rewrite(files.resolve("large"), "wan.safetensors", OriginalFilesTest::wanName);
        Files.writeString(files.resolve("large/config.json"), WAN_MODEL);
        rewrite(files.resolve("vae"), "Wan2.1_VAE.safetensors", OriginalFilesTest::vaeName);
        rewrite(files.resolve("text_encoder"), "umt5.safetensors", name -> replaced(name, UMT5));
        Files.delete(files.resolve("text_encoder/config.json")); // its tensors tell all of it
        edit(files, "large: large", "large: large/wan.safetensors");
        edit(files, "decoder: vae", "decoder: vae/Wan2.1_VAE.safetensors");
        edit(files, "text-encoder: text_encoder", "text-encoder: text_encoder/umt5.safetensors");
        try (ModelPair usual = PairLoader.ofThisMachine().load(pair);
                ModelPair other = PairLoader.ofThisMachine().load(files)) {
            assertArrayEquals(velocity(usual), velocity(other));
            assertArrayEquals(frames(usual), frames(other));
            assertNotEquals(usual.fingerprint(), other.fingerprint());
        }
        PairInspection.Part large = PairInspection.of(files, new PairInspection.Size(0, 0, 0), PairSpec.Hardware.OPEN)
                .parts()
                .get(0);
        assertEquals("WanTransformer3DModel", large.architecture());
        assertEquals(parameters("large"), large.parameters());
    }

    @Test
    void saysThatAConfigIsNeededWhereTheTensorsDoNotTellTheHeads() throws IOException {
        rewrite(pair.resolve("large"), "wan.safetensors", OriginalFilesTest::wanName);
        Files.delete(pair.resolve("large/config.json"));
        assertFails("a width of 160 is not made of heads of 128: a config.json of diffusers beside the file");
        Files.writeString(pair.resolve("large/config.json"), WAN_MODEL.replace("t2v", "i2v"));
        assertFails("config.json: 'model_type' is \"i2v\"; supported is \"t2v\"");
    }

    @Test
    void aVariantIsChosenByAKeyAndNotByChance() throws IOException {
        Path small = pair.resolve("small");
        SafetensorsFile.read(PairCopies.weights(small))
                .write(small.resolve("diffusion_pytorch_model.fp16.safetensors"));
        assertEquals(small, PairLoader.describe(pair).small());
        try (ModelPair loaded = PairLoader.ofThisMachine().load(pair)) {
            assertEquals(parameters("small"), loaded.small().parameters());
        }
        edit(pair, "id: glyphs", "id: glyphs\nvariant: fp16");
        assertEquals(
                small.resolve("diffusion_pytorch_model.fp16.safetensors"),
                PairLoader.describe(pair).small());
        assertEquals(pair.resolve("large"), PairLoader.describe(pair).large());
        try (ModelPair loaded = PairLoader.ofThisMachine().load(pair)) {
            assertEquals(parameters("small"), loaded.small().parameters());
        }
        edit(pair, "variant: fp16", "variant: bf16");
        assertFails("'variant' is 'bf16', but none of the pair's folders has weights of that variant");
        edit(pair, "variant: bf16", "variant: ../x");
        assertFails("'variant' is '../x', expected the word that stands in the names of files");
    }

    @Test
    void aPairPointsIntoTheCacheOfTheHub() throws IOException {
        Path repository = folder.resolve("hub/models--me--digits");
        Path snapshot = repository.resolve("snapshots/" + "a".repeat(40));
        Files.createDirectories(repository.resolve("refs"));
        Files.writeString(repository.resolve("refs/main"), "a".repeat(40));
        for (String part : List.of("small", "vae")) {
            link(pair.resolve(part), snapshot.resolve(part), repository.resolve("blobs"));
        }
        edit(pair, "small: small", "small: hf://me/digits/small");
        edit(pair, "decoder: vae", "decoder: hf://me/digits@main/vae");
        HubCache cache = new HubCache(folder.resolve("hub"));
        PairSpec spec = PairFile.read(pair, cache);
        assertEquals(snapshot.resolve("small"), spec.small());
        assertEquals(snapshot.resolve("vae"), spec.decoder());
        assertEquals(ModelFamily.WAN, ModelFamily.of(spec));
        Files.delete(snapshot.resolve("small/diffusion_pytorch_model.safetensors"));
        Files.writeString(repository.resolve("blobs/1234.incomplete"), "half");
        String message = String.valueOf(
                assertThrows(InvalidFileException.class, () -> io.flowblend.tensor.WeightFiles.read(spec.small()))
                        .getMessage());
        assertTrue(message.contains("; the Hub's cache has an unfinished download of that repository"), message);
        edit(pair, "hf://me/digits/small", "hf://me/digits/medium");
        String absent = String.valueOf(assertThrows(InvalidFileException.class, () -> PairFile.read(pair, cache))
                .getMessage());
        assertTrue(absent.endsWith("; 'hf download me/digits --include \"medium/*\"' fetches it"), absent);
    }

    @Test
    void refusesPicklesByNameAndByContent() throws IOException {
        Path encoder = pair.resolve("text_encoder");
        Files.writeString(encoder.resolve("models_t5_umt5-xxl-enc-bf16.pth"), "PK");
        edit(pair, "text-encoder: text_encoder", "text-encoder: text_encoder/models_t5_umt5-xxl-enc-bf16.pth");
        assertFails("models_t5_umt5-xxl-enc-bf16.pth: is in PyTorch's own format, which can run code and is not read");
        Path renamed = encoder.resolve("umt5.safetensors");
        Files.writeString(renamed, "PK\3\4 and so on");
        edit(pair, "models_t5_umt5-xxl-enc-bf16.pth", "umt5.safetensors");
        assertFails("umt5.safetensors: is in PyTorch's own format");
        Files.writeString(renamed, "<!DOCTYPE html><title>Sign in</title>");
        assertFails("umt5.safetensors: is a web page");
        edit(pair, "large: large", "large: large/model.pth");
        Files.writeString(pair.resolve("large/model.pth"), "PK");
        assertFails("'torchscript' is missing, it has to say how model.pth is used; weights are read from");
    }

    private void edit(Path changed, String from, String to) throws IOException {
        PairCopies.edit(changed.resolve("pair.yaml"), from, to);
    }

    private void assertFails(String part) {
        String message = String.valueOf(assertThrows(
                        InvalidFileException.class,
                        () -> PairLoader.ofThisMachine().load(pair).close())
                .getMessage());
        assertTrue(message.contains(part), message);
    }

    private static void rewrite(Path model, String name, UnaryOperator<String> names) throws IOException {
        Path from;
        try (var files = Files.list(model)) {
            from = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .findFirst()
                    .orElseThrow();
        }
        SafetensorsFile.read(from).renamed(names).write(model.resolve(name));
        if (!from.endsWith(name)) {
            Files.delete(from);
        }
    }

    private static void link(Path source, Path target, Path blobs) throws IOException {
        Files.createDirectories(target);
        Files.createDirectories(blobs);
        List<Path> files = new ArrayList<>();
        try (var listed = Files.list(source)) {
            listed.forEach(files::add);
        }
        for (Path file : files) {
            Path blob = Files.createTempFile(blobs, "blob", "");
            Files.move(file, blob, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            Files.createSymbolicLink(target.resolve(file.getFileName()), target.relativize(blob));
        }
    }

    private static float[] velocity(ModelPair loaded) {
        try (TensorScope scope = TensorScope.open();
                Condition condition = new Condition(loaded.textEncoder().encode("a red seven"), Scene.PLAIN)) {
            return TensorData.toFloats(loaded.large().velocity(SeededNoise.tensor(3, 1, 16, 2, 8, 8), 0.7, condition));
        }
    }

    private static float[] frames(ModelPair loaded) {
        try (TensorScope scope = TensorScope.open()) {
            return TensorData.toFloats(loaded.decoder().decode(SeededNoise.tensor(4, 1, 16, 2, 4, 4)));
        }
    }

    private static String replaced(String name, Map<String, String> parts) {
        List<String> longestFirst = new ArrayList<>(parts.keySet());
        longestFirst.sort((a, b) -> b.length() - a.length());
        String result = name;
        for (String part : longestFirst) {
            result = result.replace(part, parts.get(part));
        }
        return result;
    }

    private static String wanName(String name) {
        return "model.diffusion_model."
                + (name.equals("scale_shift_table") ? "head.modulation" : name)
                        .replace("scale_shift_table", "modulation")
                        .replace("condition_embedder.time_embedder.linear_1", "time_embedding.0")
                        .replace("condition_embedder.time_embedder.linear_2", "time_embedding.2")
                        .replace("condition_embedder.text_embedder.linear_1", "text_embedding.0")
                        .replace("condition_embedder.text_embedder.linear_2", "text_embedding.2")
                        .replace("condition_embedder.time_proj", "time_projection.1")
                        .replace("proj_out", "head.head")
                        .replace("attn1", "self_attn")
                        .replace("attn2", "cross_attn")
                        .replace("to_out.0", "o")
                        .replace(".to_", ".")
                        .replace("ffn.net.0.proj", "ffn.0")
                        .replace("ffn.net.2", "ffn.2")
                        .replace("norm2", "norm3");
    }

    /** With one residual block a resolution in the encoder: two and an upsampling in the decoder. */
    private static String vaeName(String name) {
        Matcher up = Pattern.compile("decoder\\.up_blocks\\.(\\d)\\.(resnets|upsamplers)\\.(\\d)\\.(.*)")
                .matcher(name);
        String flat = name.replace("encoder.down_blocks", "encoder.downsamples");
        if (up.matches()) {
            int at = 3 * Integer.parseInt(up.group(1))
                    + (up.group(2).equals("resnets") ? Integer.parseInt(up.group(3)) : 2);
            flat = "decoder.upsamples." + at + "." + up.group(4);
        }
        return flat.replaceFirst("^post_quant_conv", "conv2")
                .replaceFirst("^quant_conv", "conv1")
                .replaceFirst("(samples\\.\\d+|resnets\\.\\d)\\.norm1", "$1.residual.0")
                .replaceFirst("(samples\\.\\d+|resnets\\.\\d)\\.conv1", "$1.residual.2")
                .replaceFirst("(samples\\.\\d+|resnets\\.\\d)\\.norm2", "$1.residual.3")
                .replaceFirst("(samples\\.\\d+|resnets\\.\\d)\\.conv2", "$1.residual.6")
                .replace("conv_shortcut", "shortcut")
                .replace("mid_block.resnets.0", "middle.0")
                .replace("mid_block.attentions.0", "middle.1")
                .replace("mid_block.resnets.1", "middle.2")
                .replace("coder.conv_in", "coder.conv1")
                .replace("coder.norm_out", "coder.head.0")
                .replace("coder.conv_out", "coder.head.2");
    }
}

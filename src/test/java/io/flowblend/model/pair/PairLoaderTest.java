package io.flowblend.model.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec.Hardware;
import io.flowblend.tensor.SafetensorsFile;
import io.flowblend.tensor.SystemMemory;
import io.flowblend.tensor.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairLoaderTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void builtInPairIsWhatItsChecksumsSay() throws IOException {
        for (String line : BuiltInPair.checksums()) {
            String[] parts = line.split(" +", 2);
            try (var in = PairLoaderTest.class.getResourceAsStream("/pairs/" + BuiltInPair.ID + "/" + parts[1])) {
                assertTrue(in != null, parts[1]);
                assertEquals(parts[0], BuiltInPair.checksumOf(in), parts[1]);
            }
        }
    }

    @Test
    void unpacksOnceAndMendsWhatWasDamaged() throws IOException {
        Path pair = BuiltInPair.unpack(folder);
        Path config = pair.resolve("large/config.json");
        Path weights = PairCopies.weights(pair.resolve("small"));
        String written = Files.readString(config);
        var untouched = Files.getLastModifiedTime(weights);
        Files.writeString(config, "{");

        BuiltInPair.unpack(folder);

        assertEquals(written, Files.readString(config));
        assertEquals(untouched, Files.getLastModifiedTime(weights));
        try (Stream<Path> files = Files.walk(pair)) {
            assertTrue(files.noneMatch(file -> file.toString().endsWith(".part")));
        }
    }

    @Test
    void loadsAllFourModelsAndTellsPairsApart() throws IOException {
        Path original = PairCopies.copy(folder, "original");
        Path swapped = PairCopies.copy(folder, "swapped");
        PairCopies.edit(swapped.resolve("pair.yaml"), "small: small", "small: large");
        try (ModelPair one = PairLoader.ofThisMachine().load(original);
                ModelPair same = PairLoader.ofThisMachine().load(original);
                ModelPair other = PairLoader.ofThisMachine().load(swapped)) {
            assertTrue(one.large().parameters() > one.small().parameters());
            assertEquals(one.large().parameters(), other.small().parameters());
            assertEquals(one.spec().textPositions(), one.textEncoder().positions());
            assertEquals(one.fingerprint(), same.fingerprint());
            assertNotEquals(one.fingerprint(), other.fingerprint());
        }
    }

    @Test
    void aPairThatRunsOutOfMemoryWhileItIsLoadedIsRefused() {
        InvalidFileException refusal = assertThrows(
                InvalidFileException.class, () -> PairLoader.withinMemory(folder, () -> torch.empty(1L << 50)));
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains("pair.yaml: memory ran out while the pair was loaded: "), message);
        assertFalse(message.contains("\n"), message);
        assertThrows(
                IllegalStateException.class,
                () -> PairLoader.withinMemory(folder, () -> {
                    throw new IllegalStateException("another failure");
                }));
    }

    @Test
    void builtInPairStaysInTheFormatOfItsCalibration() {
        Hardware narrow = new Hardware(Optional.empty(), Optional.empty(), Optional.of("bfloat16"), Optional.empty());
        try (ModelPair pair = PairLoader.ofThisMachine(narrow).load(BuiltInPair.unpack(folder))) {
            assertFalse(pair.large().placement().narrow());
            assertFalse(pair.small().placement().narrow());
        }
    }

    /** 832x480, 61 frames, and 608x352, 65 frames with both passes of guidance: table 2 of the paper. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            {"_class_name": "WanTransformer3DModel", "patch_size": [1, 2, 2]}                         | 1 | 599.0
            {"_class_name": "WanTransformer3DModel", "num_attention_heads": 12, "num_layers": 30, "ffn_dim": 8960} | 1 | 62.58
            {"_class_name": "LTXVideoTransformer3DModel", "attention_head_dim": 128, "num_layers": 48, "cross_attention_dim": 4096} | 2 | 87.40
            {"_class_name": "LTXVideoTransformer3DModel"}                                             | 2 | 12.85
            """)
    void countsTheCostOfThePapersModelsFromTheirConfigsAlone(String config, int passes, double tera)
            throws IOException {
        Files.writeString(folder.resolve("config.json"), config);
        boolean wan = passes == 1;
        LatentShape latents = wan ? new LatentShape(16, 16, 60, 104) : new LatentShape(128, 9, 11, 19);
        double cost =
                passes * PairLoader.cost(folder, latents, wan ? 512 : 256, true).linear() / 1e12;
        assertEquals(tera, cost, 0.001 * tera);
    }

    /** Of 200 MB that are widened to float32 there is one copy, whichever of the two models is closed first. */
    @Test
    void aSmallModelThatIsTheLargeOneSharesItsMemory() throws IOException {
        int side = 7168;
        Path file = folder.resolve("model.safetensors");
        new SafetensorsFile()
                .put("blocks.0.ffn.net.2.weight", "BF16", new byte[2 * side * side], side, side)
                .write(file);
        long bytes = 4L * side * side;
        Weights large = Weights.open(file);
        large.tensor("blocks.0.ffn.net.2.weight", side, side);
        long before = SystemMemory.residentBytes();
        try (Weights small = Weights.open(file).sharing(large)) {
            Tensor shared = small.tensor("blocks.0.ffn.net.2.weight", side, side);
            assertTrue(SystemMemory.residentBytes() - before < bytes / 4, "a second copy");
            large.close();
            assertEquals(0, shared.sum().item_float());
        }
    }

    @Test
    void asksForTheMemoryOfOneModelWhereBothAreOne() throws IOException {
        Path pair = PairCopies.copy(folder, "pair");
        PairLoader loader = new PairLoader(Hardware.OPEN, device -> 1_000_000);
        long apart = neededBytes(loader, pair);
        PairCopies.edit(pair.resolve("pair.yaml"), "small: small", "small: large");
        long one = neededBytes(loader, pair);
        assertTrue(one < apart, one + " and " + apart);
        try (ModelPair loaded = new PairLoader(Hardware.OPEN, device -> one).load(pair)) {
            assertEquals(loaded.large().parameters(), loaded.small().parameters());
        }
    }

    private static long neededBytes(PairLoader loader, Path pair) {
        return Long.parseLong(messageOf(loader, pair).replaceAll(".* needs (\\d+) bytes.*", "$1"));
    }

    @Test
    void refusesAPairThatDoesNotFitInMemoryBeforeLoadingIt() {
        Path pair = BuiltInPair.unpack(folder);
        String message = messageOf(new PairLoader(Hardware.OPEN, device -> 1_000_000), pair);
        assertTrue(
                message.matches(".*pair\\.yaml: the pair needs \\d{7,9} bytes of memory on cpu, 1000000 are available"),
                message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            pair.yaml         | steps: [0-9]+         | steps: many          | pair.yaml: 'sampling.steps' must be a whole number
            pair.yaml         | steps: [0-9]+         | steps: 0             | steps has to be 1..1000, not 0
            pair.yaml         | solver: unipc         | solver: rk4          | solver has to be one of [dpm++, euler, heun, lcm, unipc], not 'rk4'
            pair.yaml         | order: 2              | order: 4             | order 4 of unipc is not there
            pair.yaml         | text-positions:       | text-position:       | 'text-positions' is missing
            pair.yaml         | id: .*                | id: Glyphs/..        | id 'Glyphs/..' is not
            pair.yaml         | small: small          | small: [             | pair.yaml: is malformed at line
            pair.yaml         | small: small          | small: nowhere       | nowhere: no such folder
            pair.yaml         | late: .*              | late: 1.7            | and late 1.7 have to be
            large/config.json | WanTransformer3DModel | FluxTransformer2D    | config.json: architecture 'FluxTransformer2D' is not supported
            vae/config.json   | AutoencoderKLWan      | AutoencoderKLMochi   | config.json: architecture 'AutoencoderKLMochi' is not supported
            large/config.json | "num_layers": [0-9]+  | "num_layers": 99     | tensor 'blocks.
            large/config.json | "num_layers": [0-9]+  | "num_layers": 1      | do not belong to the architecture
            large/config.json | "ffn_dim": [0-9]+     | "ffn_dim": 7         | expected [7,
            large/config.json | "num_layers": [0-9]+  | "num_layers": -6     | 'num_layers' is -6; supported is a whole number
            small/config.json | "text_dim": [0-9]+    | "text_dim": 7        | condition_embedder.text_embedder.linear_1.weight
            text_encoder/config.json | "UMT5EncoderModel" | "CLIPTextModel"  | architecture 'CLIPTextModel' is not supported
            """)
    void refusesWhatItCannotServeAndNamesFileAndField(String file, String from, String to, String expected)
            throws IOException {
        Path pair = PairCopies.copy(folder, "pair");
        PairCopies.editFirst(pair.resolve(file), from, to);
        String message = messageOf(PairLoader.ofThisMachine(), pair);
        assertTrue(message.contains(expected), message);
    }

    @Test
    void refusesPartsThatDoNotBelongTogether() throws IOException {
        Path pair = PairCopies.copy(folder, "pair");
        Path other =
                Path.of("src/test/resources/reference/wan-transformer-0/model").toAbsolutePath();
        PairCopies.edit(pair.resolve("pair.yaml"), "small: small", "small: " + other);
        String message = messageOf(PairLoader.ofThisMachine(), pair);
        assertTrue(
                message.matches(".*config.json: 'text_dim' is 20, but d_model of the text encoder is \\d+: "
                        + "the parts do not belong together"),
                message);
    }

    @Test
    void refusesATruncatedFileOfWeights() throws IOException {
        Path pair = PairCopies.copy(folder, "pair");
        Path weights = PairCopies.weights(pair.resolve("large"));
        try (var channel = Files.newByteChannel(weights, StandardOpenOption.WRITE)) {
            channel.truncate(1_000_000);
        }
        String message = messageOf(PairLoader.ofThisMachine(), pair);
        assertTrue(message.startsWith(weights + ": tensor '"), message);
        assertTrue(message.contains("(truncated file?)"), message);
    }

    @Test
    void refusesAFolderWithoutAPair() {
        String message = messageOf(PairLoader.ofThisMachine(), folder.resolve("nothing"));
        assertTrue(message.endsWith("pair.yaml: no such file, or not readable"), message);
    }

    private static String messageOf(PairLoader loader, Path pair) {
        RuntimeException refusal =
                assertThrows(InvalidFileException.class, () -> loader.load(pair).close());
        return String.valueOf(refusal.getMessage());
    }
}

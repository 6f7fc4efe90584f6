package io.flowblend.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeightsTest {
    private Path folder = Path.of("");
    private Path file = Path.of("");

    @BeforeEach
    void nameTheFile(@TempDir Path directory) {
        folder = directory;
        file = directory.resolve("model.safetensors");
    }

    @Test
    void readsShapesAndValues() throws IOException {
        new SafetensorsFile()
                .put("a", new float[] {1, -2, 3, 4, 5, 6}, 2, 3)
                .put("one", new float[] {7})
                .put("none", new float[0], 0, 4)
                .write(file);
        try (Weights weights = Weights.open(folder)) {
            assertEquals(Set.of("a", "one", "none"), weights.names());
            assertEquals(7, weights.parameters());
            assertEquals(28, weights.storedBytes());
            assertArrayEquals(new long[] {2, 3}, TensorData.shape(weights.tensor("a")));
            assertArrayEquals(new float[] {1, -2, 3, 4, 5, 6}, TensorData.toFloats(weights.tensor("a")));
            assertArrayEquals(new long[0], TensorData.shape(weights.tensor("one")));
            assertEquals(7, weights.tensor("one").item_float());
            assertArrayEquals(new long[] {0, 4}, TensorData.shape(weights.tensor("none")));
        }
    }

    @ParameterizedTest
    @CsvSource({"F16, 3C00, C100, 0001", "BF16, 3F80, C020, 3380"})
    void widensHalfFormatsExactly(String dtype, String one, String minusTwoAndAHalf, String twoPowMinus24)
            throws IOException {
        ByteBuffer data = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN);
        for (String bits : new String[] {one, minusTwoAndAHalf, twoPowMinus24}) {
            data.putShort((short) Integer.parseInt(bits, 16));
        }
        new SafetensorsFile().put("h", dtype, data.array(), 3).write(file);
        try (Weights weights = Weights.open(folder)) {
            assertArrayEquals(new float[] {1, -2.5f, 0x1p-24f}, TensorData.toFloats(weights.tensor("h")));
            assertEquals(ScalarType.Float, weights.tensor("h").scalar_type().intern());
        }
    }

    @Test
    void readsValuesThatDoNotLieOnAMultipleOfTheirSize() throws IOException {
        new SafetensorsFile()
                .put("flag", "BOOL", new byte[] {1}, 1)
                .put("values", new float[] {1.5f, -0.25f}, 2)
                .write(file);
        try (Weights weights = Weights.open(folder)) {
            assertArrayEquals(new float[] {1.5f, -0.25f}, TensorData.toFloats(weights.tensor("values")));
        }
    }

    @Test
    void knowsWhetherAllIsStoredInOneFormat() throws IOException {
        new SafetensorsFile()
                .put("h", "BF16", new byte[4], 2)
                .put("ids", "I64", new byte[8], 1)
                .write(file);
        try (Weights weights = Weights.open(folder)) {
            assertEquals(ScalarType.BFloat16, weights.castFormat());
        }
        new SafetensorsFile()
                .put("h", "BF16", new byte[4], 2)
                .put("f", new float[] {1}, 1)
                .write(file);
        try (Weights weights = Weights.open(folder)) {
            assertEquals(ScalarType.Float, weights.castFormat());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors.index.json", "model.safetensors.index.fp16.json"})
    void readsShardsByTheirIndex(String name) throws IOException {
        new SafetensorsFile().put("a", new float[] {1}, 1).write(folder.resolve("model-1.safetensors"));
        new SafetensorsFile().put("b", new float[] {2}, 1).write(folder.resolve("model-2.safetensors"));
        index("{\"a\": \"model-1.safetensors\", \"b\": \"model-2.safetensors\"}");
        Files.move(folder.resolve("model.safetensors.index.json"), folder.resolve(name));
        try (Weights weights = Weights.open(folder)) {
            assertEquals(1, weights.tensor("a").item_float());
            assertEquals(Set.of("b"), weights.unread());
            assertEquals(2, weights.tensor("b", 1).item_float());
            weights.requireAllRead();
        }
    }

    @Test
    void namesTensorAndShapesThatDiffer() throws IOException {
        new SafetensorsFile().put("a", new float[] {1, 2}, 2, 1).write(file);
        try (Weights weights = Weights.open(folder)) {
            assertFails("tensor 'a' has shape [2, 1], expected [1, 2]", () -> weights.tensor("a", 1, 2));
            assertFails("tensor 'b' is missing", () -> weights.tensor("b", 1));
            assertFails("1 tensors do not belong to the architecture", weights::requireAllRead);
        }
    }

    @Test
    void refusesAFolderWithoutWeightsOrWithSeveralFiles() throws IOException {
        assertFails("no such folder", () -> Weights.open(folder.resolve("absent")));
        assertFails("found 0 files and 0 indexes", () -> Weights.open(folder));
        new SafetensorsFile().put("a", new float[] {1}, 1).write(file);
        Files.copy(file, folder.resolve("other.safetensors"));
        assertFails("found 2 files and 0 indexes", () -> Weights.open(folder));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../outside.safetensors", "/etc/passwd", "", "a/b.safetensors", "x\\u0000y"})
    void refusesAnIndexThatPointsElsewhere(String shard) throws IOException {
        index("{\"a\": \"" + shard + "\"}");
        assertFails("expected a file name", () -> Weights.open(folder));
    }

    @Test
    void refusesAnIndexOfMissingShardsOrTensors() throws IOException {
        index("{\"a\": \"gone.safetensors\"}");
        assertFails("1 of the 1 shards that it lists are missing, first gone.safetensors", () -> Weights.open(folder));
        index("{\"a\": \"..\"}");
        assertFails("..: ", () -> Weights.open(folder));
        new SafetensorsFile().put("b", new float[] {1}, 1).write(folder.resolve("gone.safetensors"));
        index("{\"a\": \"gone.safetensors\"}");
        assertFails("lacks tensor 'a', which the index places there", () -> Weights.open(folder));
        index("{}");
        assertFails("has no weight_map", () -> Weights.open(folder));
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {");
        assertFails("is not valid JSON", () -> Weights.open(folder));
    }

    @Test
    void saysHowManyShardsAreMissingAndThatADownloadIsUnfinished() throws IOException {
        new SafetensorsFile().put("a", new float[] {1}, 1).write(folder.resolve("m-00001-of-00003.safetensors"));
        String shards = "{\"a\": \"m-00001-of-00003.safetensors\", \"b\": \"m-00002-of-00003.safetensors\","
                + " \"c\": \"m-00003-of-00003.safetensors\"}";
        index(shards);
        assertFails(
                "index.json: 2 of the 3 shards that it lists are missing, first m-00002-of-00003.safetensors",
                () -> Weights.open(folder));
        Files.writeString(folder.resolve("m-00002-of-00003.safetensors.part"), "half");
        assertFails(
                "first m-00002-of-00003.safetensors; m-00002-of-00003.safetensors.part looks like an unfinished download",
                () -> Weights.open(folder));
    }

    @Test
    void namesShardsWhoseIndexIsMissing() throws IOException {
        new SafetensorsFile().put("a", new float[] {1}, 1).write(folder.resolve("m-00002-of-00003.safetensors"));
        assertFails(
                "m-00002-of-00003.safetensors: is shard 2 of 3, but the other shards and their index",
                () -> Weights.open(folder));
        new SafetensorsFile().put("a", new float[] {1}, 1).write(folder.resolve("m-00003-of-00003.safetensors"));
        assertFails(
                "found 2 files and 0 indexes; the files are shards whose index is missing", () -> Weights.open(folder));
    }

    @ParameterizedTest
    @CsvSource({
        "model.safetensors.part, looks like an unfinished download",
        "model.safetensors.incomplete, looks like an unfinished download",
        "pytorch_model.bin, is in PyTorch's own format",
        "model.ckpt, is in PyTorch's own format"
    })
    void saysWhatLiesThereInPlaceOfWeights(String name, String problem) throws IOException {
        Files.writeString(folder.resolve(name), "content");
        assertFails("found 0 files and 0 indexes; " + name + " " + problem, () -> Weights.open(folder));
    }

    @Test
    void namesAPointerOfGitLfsInPlaceOfAFileAShardOrAnIndex() throws IOException {
        String pointer =
                "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0".repeat(64) + "\nsize 5676070424\n";
        Files.writeString(file, pointer);
        assertFails("model.safetensors: is a Git LFS pointer and not the file itself", () -> Weights.open(folder));
        assertFails("model.safetensors: is a Git LFS pointer and not the file itself", () -> Weights.open(file));
        index("{\"a\": \"model.safetensors\"}");
        assertFails("model.safetensors: is a Git LFS pointer and not the file itself", () -> Weights.open(folder));
        Files.writeString(folder.resolve("model.safetensors.index.json"), pointer);
        assertFails("index.json: is a Git LFS pointer and not the file itself", () -> Weights.open(folder));
    }

    @Test
    void refusesALinkThatLeadsOutOfTheFolder(@TempDir Path elsewhere) throws IOException {
        Path outside = elsewhere.resolve("secret.safetensors");
        new SafetensorsFile().put("a", new float[] {1}, 1).write(outside);
        Files.createSymbolicLink(folder.resolve("shard.safetensors"), outside);
        index("{\"a\": \"shard.safetensors\"}");
        assertFails("is a link that leads out of its folder", () -> Weights.open(folder));
        Files.delete(folder.resolve("model.safetensors.index.json"));
        assertFails("is a link that leads out of its folder", () -> Weights.open(folder));
    }

    @Test
    void readsTheCacheOfHuggingFace(@TempDir Path hub) throws IOException {
        Path repository = hub.resolve("models--a--b");
        Path blobs = Files.createDirectories(repository.resolve("blobs"));
        folder = Files.createDirectories(repository.resolve("snapshots/0fad/transformer"));
        new SafetensorsFile().put("a", new float[] {1}, 1).write(blobs.resolve("beef"));
        Files.createSymbolicLink(folder.resolve("model-1.safetensors"), Path.of("../../../blobs/beef"));
        index("{\"a\": \"model-1.safetensors\"}");
        Path index = folder.resolve("model.safetensors.index.json");
        Files.move(index, blobs.resolve("cafe"));
        Files.createSymbolicLink(index, Path.of("../../../blobs/cafe"));
        try (Weights weights = Weights.open(folder)) {
            assertEquals(1, weights.tensor("a").item_float());
        }
    }

    private void index(String weightMap) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\": " + weightMap + "}");
    }

    private static void assertFails(String part, Executable action) {
        String message =
                String.valueOf(assertThrows(InvalidFileException.class, action).getMessage());
        assertTrue(message.contains(part), message);
    }
}

package io.flowblend.model.torchscript;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code red} with one row, {@code green} with two, {@code dark blue} with three, of four numbers each. */
class PromptTableTest {
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @SuppressWarnings("NullAway.Init")
    private PromptTable table;

    @SuppressWarnings("NullAway.Init")
    private TensorScope scope;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        scope = TensorScope.open();
        file = ScriptPairs.write(folder, "scripted").resolve("prompts.safetensors");
        table = PromptTable.load(file, 4);
    }

    @AfterEach
    void close() {
        table.close();
        scope.close();
    }

    @Test
    void zerosThatAreMaskedOutFollowAPrompt() {
        TextEmbeddings green = table.encode("green");
        assertArrayEquals(
                new float[] {-1, 1, -1, 0, -1, 1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, TensorData.toFloats(green.values()));
        assertArrayEquals(new long[] {1, 4, 4}, TensorData.shape(green.values()));
        assertArrayEquals(
                new float[] {1, 1, 0, 0}, TensorData.toFloats(green.mask().orElseThrow()));
        assertEquals(2, table.tokens("green"));
    }

    @Test
    void blanksDoNotTellPromptsApart() {
        assertEquals(3, table.tokens(" dark blue\n"));
        assertEquals(3, table.tokens("dark   blue"));
    }

    @Test
    void noTextIsAllZerosAndAttendedTo() {
        TextEmbeddings none = table.encode("");
        assertArrayEquals(new float[16], TensorData.toFloats(none.values()));
        assertArrayEquals(
                new float[] {1, 1, 1, 1}, TensorData.toFloats(none.mask().orElseThrow()));
    }

    @Test
    void anotherPromptIsRefusedAndTheKnownOnesAreNamed() {
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> table.tokens("purple"))
                .getMessage());
        assertEquals("is not one of the 3 that the pair knows: 'dark blue', 'green', 'red'", message);
        assertEquals("dark blue", table.example());
    }

    @Test
    void promptsLongerThanTheTextPositionsAreRefusedByName() {
        String message = String.valueOf(assertThrows(InvalidFileException.class, () -> PromptTable.load(file, 2))
                .getMessage());
        assertTrue(
                message.endsWith("tensor 'dark  blue' has shape [3, 4], expected [1..2, D] ('text-positions' is 2)"),
                message);
    }
}

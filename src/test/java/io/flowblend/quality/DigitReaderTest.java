package io.flowblend.quality;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.quality.DigitCaption.Colour;
import io.flowblend.tensor.SafetensorsFile;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import io.flowblend.video.Frames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigitReaderTest {
    private static final Path JUDGE = PairCopies.ORIGINAL.resolve(DigitReader.FOLDER);

    /** A red seven. */
    private static Frames drawn(Weights reference) {
        Tensor pixels = reference.tensor("judge.frames");
        float[] values = TensorData.toFloats(pixels);
        byte[] rgb = new byte[values.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) values[i];
        }
        return new Frames((int) pixels.size(0), (int) pixels.size(1), (int) pixels.size(2), rgb);
    }

    @Test
    void seesWhatTheReferenceSees() {
        try (TensorScope scope = TensorScope.open();
                Weights reference = Weights.open(PairCopies.REFERENCE.resolve("case.safetensors"));
                DigitReader reader = DigitReader.in(JUDGE).orElseThrow()) {
            Frames frames = drawn(reference);
            float[] expected = TensorData.toFloats(reference.tensor("judge.probabilities"));
            float[] seen = reader.probabilities(frames, Colour.RED);
            assertArrayEquals(expected, seen, 1e-4f);
            int digit = reader.read(frames, Colour.RED).orElseThrow();
            for (float probability : expected) {
                assertTrue(probability <= expected[digit]);
            }
        }
    }

    @Test
    void readsNothingWhereTheColourIsNotThere() {
        try (TensorScope scope = TensorScope.open();
                Weights reference = Weights.open(PairCopies.REFERENCE.resolve("case.safetensors"));
                DigitReader reader = DigitReader.in(JUDGE).orElseThrow()) {
            assertEquals(OptionalInt.empty(), reader.read(drawn(reference), Colour.BLUE));
        }
    }

    @Test
    void isNotThereForAPairThatBringsNone(@TempDir Path folder) {
        assertEquals(Optional.empty(), DigitReader.in(folder));
    }

    @Test
    void refusesWeightsOfAnotherShapeByName(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("digit_classifier.safetensors");
        Files.copy(JUDGE.resolve("digit_classifier.safetensors"), file);
        SafetensorsFile.read(file)
                .put("n.0.weight", new float[16 * 9], 16, 1, 3, 3)
                .write(file);
        String message = String.valueOf(assertThrows(InvalidFileException.class, () -> DigitReader.in(folder))
                .getMessage());
        assertTrue(message.contains("tensor 'n.0.weight' has shape [16, 1, 3, 3], expected [16, 1, 5, 5]"), message);
    }
}

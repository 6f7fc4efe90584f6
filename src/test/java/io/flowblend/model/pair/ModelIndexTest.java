package io.flowblend.model.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelIndexTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "\"boundary_ratio\": 0.875, \"transformer_2\": [\"diffusers\", \"WanTransformer3DModel\"]"
                        + " | 'boundary_ratio' is 0.875, but the expert below it is missing",
                "\"boundary_ratio\": 0.9 | 'boundary_ratio' is 0.9, but the expert below it is missing",
                "\"transformer_2\": [\"diffusers\", \"WanTransformer3DModel\"] | 'transformer_2' is there",
                "\"expand_timesteps\": true, \"transformer_2\": [null, null] | 'expand_timesteps' is true"
            })
    void refusesPipelinesWithHalfOfTwoExpertsOrALevelForEachToken(String keys, String problem) throws IOException {
        Path pair = pairWithIndex("\"_class_name\": \"WanPipeline\", " + keys);
        InvalidFileException refused = assertThrows(InvalidFileException.class, () -> PairLoader.describe(pair));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("model_index.json: " + problem), message);
    }

    @Test
    void takesThePipelineOfOneTransformer() throws IOException {
        Path pair =
                pairWithIndex("\"_class_name\": \"WanPipeline\", \"boundary_ratio\": null, \"expand_timesteps\": false,"
                        + " \"transformer_2\": [null, null]");
        assertEquals(BuiltInPair.ID, PairLoader.describe(pair).id());
        assertEquals(
                Optional.of(new ModelIndex("WanPipeline", Optional.empty())), ModelIndex.above(pair.resolve("large")));
        assertEquals(Optional.empty(), ModelIndex.above(pair.resolve("large/deeper")));
    }

    private Path pairWithIndex(String keys) throws IOException {
        Path pair = BuiltInPair.unpack(folder);
        Files.writeString(pair.resolve("model_index.json"), "{" + keys + "}");
        return pair;
    }
}

package io.flowblend.model.pair;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.NoiseBoundary;
import io.flowblend.model.PairSpec.LowNoise;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The {@code model_index.json} of diffusers above a model's folder: it tells what a pipeline does with the model. Pipelines
 * that tell it a noise level for each token, or whose second transformer or its noise level is not there, are refused: the
 * model alone would give other videos.
 *
 * @param pipeline class of the pipeline that the model belongs to
 * @param lowNoise the expert that takes the model's place below a noise level
 */
record ModelIndex(String pipeline, Optional<LowNoise> lowNoise) {
    private static final String NAME = "model_index.json";
    private static final String SECOND = "transformer_2";
    private static final String BOUNDARY = "boundary_ratio";

    /**
     * The index above the model in {@code folder}, if it is there.
     *
     * @throws InvalidFileException naming the key that asks for what is not supported
     */
    static Optional<ModelIndex> above(Path folder) {
        Path file = folder.resolveSibling(NAME);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        ConfigFile index = ConfigFile.read(file);
        if (index.flag("expand_timesteps", false)) {
            throw new InvalidFileException(
                    file, "'expand_timesteps' is true (a noise level for each token, Wan 2.2 5B); supported is false");
        }
        return Optional.of(new ModelIndex(index.architecture(), lowNoise(index, folder.resolveSibling(SECOND))));
    }

    private static Optional<LowNoise> lowNoise(ConfigFile index, Path second) {
        boolean named = index.names(SECOND);
        if (!named && !index.has(BOUNDARY)) {
            return Optional.empty();
        }
        if (!index.has(BOUNDARY)) {
            throw new InvalidFileException(
                    index.file(),
                    "'" + SECOND + "' is there, but no '" + BOUNDARY
                            + "' that says below which noise level it is used; expected is a number 0..1");
        }
        if (!named || !Files.isDirectory(second)) {
            throw new InvalidFileException(
                    index.file(),
                    "'" + BOUNDARY + "' is " + index.text(BOUNDARY)
                            + ", but the expert below it is missing: expected is '" + SECOND
                            + "' and a folder of that name beside the model");
        }
        double boundary = index.positive(BOUNDARY, 0);
        if (boundary > 1) {
            throw index.unsupported(BOUNDARY, "a number above 0, at most 1");
        }
        return Optional.of(new LowNoise(second, new NoiseBoundary(boundary), OptionalDouble.empty()));
    }
}

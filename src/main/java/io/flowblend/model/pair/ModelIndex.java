package io.flowblend.model.pair;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ConfigFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The {@code model_index.json} of diffusers above a model's folder: it tells what a pipeline does with the model. Pipelines
 * that use a second transformer, or tell it a noise level for each token, are refused: the model alone would give other
 * videos.
 */
final class ModelIndex {
    private static final String NAME = "model_index.json";
    private static final String SECOND = "transformer_2";

    private ModelIndex() {}

    /**
     * The class of the pipeline that the model in {@code folder} belongs to, if its index is there.
     *
     * @throws InvalidFileException naming the key that asks for what is not supported
     */
    static Optional<String> pipeline(Path folder) {
        Path file = folder.resolveSibling(NAME);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        ConfigFile index = ConfigFile.read(file);
        boolean second = index.names(SECOND);
        if (index.has("boundary_ratio")) {
            throw unsupported(
                    index,
                    "'boundary_ratio' is " + index.text("boundary_ratio") + " and '" + SECOND + "' is "
                            + (second ? "there" : "not there"));
        }
        if (second) {
            throw unsupported(index, "'" + SECOND + "' is there");
        }
        if (index.flag("expand_timesteps", false)) {
            throw new InvalidFileException(
                    file, "'expand_timesteps' is true (a noise level for each token, Wan 2.2 5B); supported is false");
        }
        return Optional.of(index.architecture());
    }

    private static InvalidFileException unsupported(ConfigFile index, String found) {
        return new InvalidFileException(
                index.file(),
                found
                        + ": a pipeline of two experts, one above and one below a noise level (Wan 2.2 A14B), which are not"
                        + " supported; supported are pipelines of one transformer, such as Wan 2.1");
    }
}

package io.flowblend.tensor;

import java.nio.file.Path;

/**
 * A file that describes or holds a model is missing, damaged or not what was expected. The message names the file, what
 * is wrong in it and what was expected; it is written to be shown to the operator as it is.
 */
public final class ModelFileException extends RuntimeException {
    public ModelFileException(Path file, String problem) {
        super(file + ": " + problem);
    }

    public ModelFileException(Path file, String problem, Throwable cause) {
        super(file + ": " + problem, cause);
    }
}

package io.flowblend.file;

import java.nio.file.Path;

/**
 * A file that describes or holds a model, a calibration or a profile is missing, damaged or not what was expected. The
 * message names the file, what is wrong in it and what was expected; it is written to be shown to the operator as it is.
 */
public final class InvalidFileException extends RuntimeException {
    private final String file;

    public InvalidFileException(String file, String problem) {
        super(file + ": " + problem);
        this.file = file;
    }

    public InvalidFileException(Path file, String problem) {
        this(file.toString(), problem);
    }

    public InvalidFileException(Path file, String problem, Throwable cause) {
        super(file + ": " + problem, cause);
        this.file = file.toString();
    }

    /** The file as the message names it. */
    public String file() {
        return file;
    }
}

package io.flowblend.calibration;

/** A calibration or profile file that cannot be used. The message names file, field and what was expected. */
public final class InvalidFileException extends RuntimeException {
    private final String file;

    public InvalidFileException(String file, String problem) {
        super(file + ": " + problem);
        this.file = file;
    }

    /** Name of the file, without its folder. */
    public String file() {
        return file;
    }
}

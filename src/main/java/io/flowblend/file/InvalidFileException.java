package io.flowblend.file;

/** A pair's description, a calibration or a profile that cannot be used. The message names file, field and what was expected. */
public final class InvalidFileException extends RuntimeException {
    private final String file;

    public InvalidFileException(String file, String problem) {
        super(file + ": " + problem);
        this.file = file;
    }

    /** The file as the message names it. */
    public String file() {
        return file;
    }
}

package io.flowblend.pipeline;

/** A video could not be made. */
public final class GenerationFailedException extends RuntimeException {
    private final String code;

    /**
     * @param code stable word for machines, for example {@code non_finite_output}
     * @param message for people; holds no path and no class name
     */
    public GenerationFailedException(String code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public GenerationFailedException(String code, String message) {
        super(message);
        this.code = code;
    }

    public String code() {
        return code;
    }
}

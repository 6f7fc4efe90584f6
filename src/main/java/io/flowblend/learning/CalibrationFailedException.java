package io.flowblend.learning;

/** A calibration cannot be done. The message is safe to show to a client. */
public final class CalibrationFailedException extends RuntimeException {
    private final String code;

    /** @param code stable word for machines, for example {@code model_not_found} */
    public CalibrationFailedException(String code, String message) {
        super(message);
        this.code = code;
    }

    public String code() {
        return code;
    }
}

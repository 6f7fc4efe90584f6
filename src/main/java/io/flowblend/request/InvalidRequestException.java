package io.flowblend.request;

/** A well-formed request that cannot be done. The message says what was expected and is shown to the client. */
public final class InvalidRequestException extends RuntimeException {
    private final String field;

    /** @param field the request's field as the wire names it, for example {@code num_frames} */
    public InvalidRequestException(String field, String message) {
        super(message);
        this.field = field;
    }

    public String field() {
        return field;
    }
}

package io.flowblend.jobs;

/** A database and a folder of videos that do not belong together; the message is one sentence for the operator. */
public final class StoreMismatchException extends RuntimeException {
    StoreMismatchException(String message) {
        super(message);
    }
}

package io.flowblend.jobs;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Nothing can be read or written at present: the database does not answer, or the disk is full. */
public class StorageFailedException extends RuntimeException {
    private final boolean full;

    StorageFailedException(String message, @Nullable Throwable cause, boolean full) {
        super(message, cause);
        this.full = full;
    }

    static StorageFailedException full(long free, long needed) {
        return new StorageFailedException(
                "The disk has " + free + " bytes left; " + needed + " are needed.", null, true);
    }

    /** What {@code failure} of the database or of something that uses it comes to. */
    public static StorageFailedException of(Throwable failure) {
        return failure instanceof StorageFailedException known
                ? known
                : new StorageFailedException(
                        "The database failed: " + failure.getMessage(), failure, saysFull(failure));
    }

    /** Whether it is for want of space. */
    public boolean isFull() {
        return full;
    }

    /** Whether a failure says that it is for want of space. */
    static boolean saysFull(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            if (message.contains("no space left") || message.contains("disk space") || message.contains("quota")) {
                return true;
            }
        }
        return false;
    }
}

package io.flowblend.api.observe;

import io.flowblend.file.InvalidFileException;
import io.flowblend.jobs.StoreMismatchException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/** Why the service does not start, in one sentence for the operator. What nobody foresaw keeps its stack trace. */
final class StartFault {
    private static final String FAILED = "Failed to start application";

    /** H2's code for a file that another process has open. */
    private static final int IN_USE = 90020;

    private StartFault() {}

    /** Shortens the line that says that the service did not start; false if it is another line. */
    static boolean shorten(LogRecord line) {
        if (line.getMessage() == null || !line.getMessage().startsWith(FAILED)) {
            return false;
        }
        sentence(line.getThrown()).ifPresent(sentence -> {
            line.setMessage("FlowBlend does not start: " + sentence.replace("%", "%%"));
            line.setParameters(new Object[0]);
            line.setThrown(null);
        });
        return true;
    }

    static Optional<String> sentence(@Nullable Throwable failure) {
        Optional<String> found = Optional.empty();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return Optional.of(
                        sql.getErrorCode() == IN_USE
                                ? "the database below flowblend.data-directory is in use by another process."
                                : "the database cannot be opened: " + firstLine(sql));
            }
            if (cause instanceof InvalidFileException
                    || cause instanceof StoreMismatchException
                    || cause instanceof UncheckedIOException
                    || cause instanceof IllegalArgumentException
                    || cause instanceof BindException) {
                found = Optional.of(firstLine(cause));
            }
        }
        return found;
    }

    private static String firstLine(Throwable cause) {
        return String.valueOf(cause.getMessage())
                .lines()
                .findFirst()
                .orElse(cause.getClass().getSimpleName());
    }
}

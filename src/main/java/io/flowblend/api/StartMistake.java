package io.flowblend.api;

import io.flowblend.file.InvalidFileException;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.ConfigValidationException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.h2.api.ErrorCode;
import org.postgresql.util.PSQLException;

/** Says in one line what in the configuration or on the machine keeps the service from starting, and what to do about it. */
final class StartMistake {
    private static final String OTHER_DIRECTORY = "another one (-Dflowblend.data-directory=DIR)";

    private StartMistake() {}

    /**
     * @param failure what ended the start
     * @param dataDirectory the one that was configured
     * @return the line, or nothing if {@code failure} is no mistake of who started the service: a defect, which needs its
     *     stack trace
     */
    static Optional<String> line(Throwable failure, String dataDirectory) {
        return causes(failure).stream()
                .map(cause -> words(cause, dataDirectory))
                .flatMap(Optional::stream)
                .map(words -> words.lines().map(String::strip).collect(Collectors.joining(" ")))
                .findFirst();
    }

    private static Optional<String> words(Throwable cause, String dataDirectory) {
        if (cause instanceof QuarkusBindException bind) {
            return Optional.of("port " + bind.getPort() + " of " + bind.getHost()
                    + " cannot be had. Stop what listens there, or" + " choose another one (-Dquarkus.http.port=PORT)");
        }
        if (cause instanceof SQLException database) {
            return database(database, dataDirectory);
        }
        if (cause instanceof ConfigurationException || cause instanceof ConfigValidationException) {
            return Optional.of(withoutCodes(String.valueOf(cause.getMessage())));
        }
        boolean ours = cause instanceof InvalidFileException || isRefusal(cause);
        return ours ? Optional.ofNullable(cause.getMessage()) : Optional.empty();
    }

    private static Optional<String> database(SQLException failure, String dataDirectory) {
        if (failure instanceof PSQLException) {
            return Optional.of("the PostgreSQL database cannot be used (" + failure.getMessage()
                    + "). Check the server and flowblend.database.url, .username and .password");
        }
        return switch (failure.getErrorCode()) {
            case ErrorCode.DATABASE_ALREADY_OPEN_1 -> Optional.of("the data directory " + dataDirectory
                    + " is in use by another service. Stop that one, or take " + OTHER_DIRECTORY);
            case ErrorCode.FILE_CREATION_FAILED_1,
                    ErrorCode.DATABASE_IS_READ_ONLY,
                    ErrorCode.IO_EXCEPTION_1,
                    ErrorCode.IO_EXCEPTION_2 -> Optional.of("the data directory " + dataDirectory
                    + " cannot be written. Give the service's user the right to, or take " + OTHER_DIRECTORY);
            default -> Optional.empty();
        };
    }

    /** Whether it is an argument that this service's own code refused. */
    private static boolean isRefusal(Throwable cause) {
        StackTraceElement[] trace = cause.getStackTrace();
        return cause instanceof IllegalArgumentException
                && trace.length > 0
                && trace[0].getClassName().startsWith("io.flowblend.");
    }

    /** Without the codes and exceptions that the configuration library's problems begin with. */
    private static String withoutCodes(String message) {
        return message.replaceAll("(?m)^\\s*(?:[a-z]+\\.)+\\w+Exception: ", " ").replaceAll("[A-Z]+\\d{5}: ", "");
    }

    private static List<Throwable> causes(Throwable failure) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = failure; cause != null && !causes.contains(cause); cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes;
    }
}

package io.flowblend.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.flowblend.api.security.ApiKeys;
import io.flowblend.file.InvalidFileException;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.net.BindException;
import java.sql.SQLException;
import java.util.Optional;
import org.h2.api.ErrorCode;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class StartMistakeTest {
    private static String line(Throwable failure) {
        return StartMistake.line(new IllegalStateException("Failed to start", failure), "/var/data")
                .orElse("none");
    }

    private static SQLException database(int code) {
        return new SQLException("words of the database", "90000", code);
    }

    @Test
    void portThatIsTakenIsNamedWithTheKeyThatChoosesAnother() {
        assertEquals(
                "port 8080 of 127.0.0.1 cannot be had. Stop what listens there, or choose another one"
                        + " (-Dquarkus.http.port=PORT)",
                line(new QuarkusBindException("127.0.0.1", 8080, new BindException("Address already in use"))));
    }

    @Test
    void valueThatCannotBeReadIsNamedWithoutTheLibrarysCodes() {
        assertEquals(
                "Configuration validation failed: The config property flowblend.queue.retention with the config value"
                        + " \"abc\" threw an Exception whilst being converted Invalid duration: abc",
                line(new ConfigurationException(
                        "Configuration validation failed:\n\tjava.lang.IllegalArgumentException: SRCFG00039: The config"
                                + " property flowblend.queue.retention with the config value \"abc\" threw an Exception whilst"
                                + " being converted Invalid duration: abc")));
    }

    @Test
    void dataDirectoryInUseIsToldFromOneThatCannotBeWritten() {
        assertEquals(
                "the data directory /var/data is in use by another service. Stop that one, or take another one"
                        + " (-Dflowblend.data-directory=DIR)",
                line(new RuntimeException(database(ErrorCode.DATABASE_ALREADY_OPEN_1))));
        assertEquals(
                "the data directory /var/data cannot be written. Give the service's user the right to, or take another"
                        + " one (-Dflowblend.data-directory=DIR)",
                line(database(ErrorCode.FILE_CREATION_FAILED_1)));
    }

    @Test
    void badFileAndBadKeyKeepTheirOwnWords() {
        assertEquals(
                "profile 'fast': is not there; there are balanced",
                line(new InvalidFileException("profile 'fast'", "is not there;\n  there are balanced")));
        Throwable badKey = Assertions.assertThrows(
                IllegalArgumentException.class, () -> ApiKeys.none().with("flowblend.api-keys.x", "x", "user", "zz"));
        assertEquals(
                "flowblend.api-keys.x: the SHA-256 hash of the key 'x' has to be 64 hexadecimal digits", line(badKey));
    }

    @Test
    void defectIsNoMistake() {
        Optional<String> none = Optional.empty();
        assertEquals(none, StartMistake.line(new IllegalStateException("a defect"), "/var/data"));
        assertEquals(none, StartMistake.line(database(ErrorCode.SYNTAX_ERROR_1), "/var/data"));
        Throwable foreign = Assertions.assertThrows(IllegalArgumentException.class, () -> Thread.sleep(-1));
        assertEquals(none, StartMistake.line(foreign, "/var/data"));
    }
}

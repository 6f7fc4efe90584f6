package io.flowblend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.model.pair.BuiltInPair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.h2.Driver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.ExitCode;

/** The doctor on a machine that is well, and on one with a fault in each part. */
class DoctorCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private Outcome examine(String... more) {
        String[] arguments = new String[more.length + 2];
        arguments[0] = "doctor";
        arguments[1] = "--data-directory=" + folder.resolve("data");
        System.arraycopy(more, 0, arguments, 2, more.length);
        return Outcome.of(arguments);
    }

    @Test
    void machineThatIsWellHasEveryPartNamedAndExitCodeZero() {
        Outcome outcome = examine();
        assertEquals(ExitCode.OK, outcome.code(), outcome.said());
        for (String part : new String[] {
            "java",
            "data directory",
            "libtorch",
            "ffmpeg",
            "device",
            "memory",
            "profiles",
            "database",
            "pair " + BuiltInPair.ID
        }) {
            assertTrue(outcome.said().contains("ok    " + part), part + " is not in: " + outcome.said());
        }
        assertTrue(outcome.said().contains("balanced, models-only, quality, shadow, speed"), outcome.said());
        assertTrue(outcome.said().endsWith("Nothing is wrong." + System.lineSeparator()), outcome.said());
    }

    @Test
    void badPairBadProfileAndMissingDeviceAreSaidWithWhatIsWrong() throws IOException {
        Files.createDirectories(folder.resolve("pairs/empty"));
        Files.writeString(Files.createDirectories(folder.resolve("profiles")).resolve("mine.yaml"), "no-such-key: 1\n");
        Outcome outcome = examine(
                "--pairs-directory=" + folder.resolve("pairs"),
                "--profiles-directory=" + folder.resolve("profiles"),
                "--device=cuda:7");
        assertEquals(ExitCode.SOFTWARE, outcome.code(), outcome.said());
        assertTrue(outcome.said().contains("WRONG pair empty"), outcome.said());
        assertTrue(outcome.said().contains("pair.yaml"), outcome.said());
        assertTrue(outcome.said().contains("WRONG profiles"), outcome.said());
        assertTrue(outcome.said().contains("mine.yaml: 'allowed-profiles' is missing"), outcome.said());
        assertTrue(outcome.said().contains("WRONG device"), outcome.said());
        assertTrue(outcome.said().contains("device is cuda:7"), outcome.said());
        assertTrue(outcome.said().contains("checks found something wrong."), outcome.said());
    }

    @Test
    void dataDirectoryThatIsAFileIsSaidToBeNoPlaceToWrite() throws IOException {
        Files.writeString(folder.resolve("data"), "");
        Outcome outcome = examine();
        assertEquals(ExitCode.SOFTWARE, outcome.code());
        assertTrue(outcome.said().contains("WRONG data directory"), outcome.said());
        assertTrue(outcome.said().contains("cannot be written"), outcome.said());
    }

    @Test
    void databaseThatCannotBeReadIsSaid() throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("flowblend.mv.db"), "no database");
        Outcome damaged = examine();
        assertEquals(ExitCode.SOFTWARE, damaged.code());
        assertTrue(damaged.said().contains("WRONG database"), damaged.said());
        assertTrue(damaged.said().contains("cannot be read"), damaged.said());
    }

    @Test
    void databaseOfAServiceIsReadWithItsSchemaVersion() throws IOException, SQLException {
        Path data = Files.createDirectories(folder.resolve("data"));
        Properties user = new Properties();
        user.put("user", "flowblend");
        user.put("password", "");
        try (Connection service = new Driver().connect("jdbc:h2:file:" + data.resolve("flowblend"), user);
                Statement statement = service.createStatement()) {
            statement.execute("create table \"flyway_schema_history\" (\"version\" varchar, \"success\" boolean)");
            statement.execute("insert into \"flyway_schema_history\" values ('2', true), ('10', true), ('11', false)");
        }
        assertTrue(
                examine().said().contains("flowblend.mv.db, schema version 10"),
                examine().said());
    }
}

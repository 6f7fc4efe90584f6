package io.flowblend.api;

import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.jobs.PostgresServer;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** The service as it is built, on a PostgreSQL server by its settings alone. */
@QuarkusTest
@TestProfile(SharedDatabaseTest.OnPostgres.class)
class SharedDatabaseTest {
    @Inject
    @SuppressWarnings("NullAway.Init")
    DataSource database;

    @Inject
    @SuppressWarnings("NullAway.Init")
    FlowBlendConfig config;

    /** With the URL of a database that is empty. */
    public static class OnPostgres extends SyntheticCatalog.Profile {
        @Override
        public Map<String, String> getConfigOverrides() {
            Map<String, String> settings = new HashMap<>(super.getConfigOverrides());
            settings.put("flowblend.database.url", PostgresServer.shared().newDatabase());
            return settings;
        }
    }

    @Test
    void keepsItsVideosThereAndMakesNoFile() throws Exception {
        Videos.api()
                .contentType("application/json")
                .body(Map.of("prompt", "a red seven moves left fast", "model", "synthetic"))
                .post("/v1/videos")
                .then()
                .statusCode(200)
                .body("status", equalTo("queued"))
                .body("id", startsWith("video_"));
        try (Connection connection = database.getConnection();
                var rows = connection.createStatement().executeQuery("select count(*) from video_jobs")) {
            assertEquals("PostgreSQL", connection.getMetaData().getDatabaseProductName());
            assertTrue(rows.next());
            assertEquals(1, rows.getInt(1));
        }
        assertFalse(Files.exists(Path.of(config.dataDirectory().toString(), "flowblend.mv.db")));
        Videos.operations().get("/q/health/ready").then().statusCode(200);
    }
}

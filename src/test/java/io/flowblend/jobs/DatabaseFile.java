package io.flowblend.jobs;

import java.nio.file.Path;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcConnectionPool;

/** A database file with the service's tables. */
final class DatabaseFile {
    private DatabaseFile() {}

    /** Opens the one in {@code folder}, or makes it. What is committed is in the file at once. */
    static JdbcConnectionPool open(Path folder) {
        JdbcConnectionPool pool = JdbcConnectionPool.create(
                "jdbc:h2:file:" + folder.resolve("flowblend") + ";DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0;TIME ZONE=UTC",
                "sa",
                "");
        Flyway.configure().dataSource(pool).load().migrate();
        return pool;
    }
}

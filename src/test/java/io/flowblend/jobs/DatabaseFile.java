package io.flowblend.jobs;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.AgroalConnectionPoolConfiguration.ConnectionValidator;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.flywaydb.core.Flyway;

/** A database with the service's tables, one a folder: an H2 file in it, or one of a PostgreSQL server. */
final class DatabaseFile {
    private static final String USER = "flowblend";

    /** In the folder of a database of a server: its URL. */
    private static final String URL_FILE = "database-url";

    private DatabaseFile() {}

    /** Opens the one of {@code folder}, or makes it. What is committed is kept at once. */
    static AgroalDataSource open(Path folder) {
        try {
            AgroalDataSource pool = AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier()
                    .connectionPoolConfiguration(settings -> settings.maxSize(8)
                            .acquisitionTimeout(Duration.ofSeconds(20))
                            .validateOnBorrow(true)
                            .connectionValidator(ConnectionValidator.defaultValidator())
                            .connectionFactoryConfiguration(factory ->
                                    factory.principal(new NamePrincipal(USER)).jdbcUrl(url(folder)))));
            Flyway.configure().dataSource(pool).load().migrate();
            return pool;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Decides where the database of {@code folder} is, for a process that has not been told. */
    static void choose(Path folder) {
        String unused = url(folder);
    }

    private static String url(Path folder) {
        Path file = folder.resolve(URL_FILE);
        try {
            Optional<PostgresServer> server = OnPostgres.server();
            if (server.isPresent() && !Files.exists(file)) {
                Files.writeString(file, server.get().newDatabase());
            }
            return Files.exists(file)
                    ? Files.readString(file)
                    : "jdbc:h2:file:" + folder.resolve("flowblend")
                            + ";DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0;TIME ZONE=UTC";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

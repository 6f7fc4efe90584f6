package io.flowblend.jobs;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Has the databases of a test class made by a PostgreSQL server. */
final class OnPostgres implements BeforeAllCallback, AfterAllCallback {
    private static final AtomicBoolean ASKED_FOR = new AtomicBoolean();

    /** The server that new databases are made by; none outside the classes that ask for one. */
    static Optional<PostgresServer> server() {
        return ASKED_FOR.get() ? Optional.of(PostgresServer.shared()) : Optional.empty();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        ASKED_FOR.set(true);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        ASKED_FOR.set(false);
    }
}

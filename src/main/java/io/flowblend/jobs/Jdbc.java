package io.flowblend.jobs;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Statements with positional values, one transaction each unless said. Instants go as timestamps with time zone UTC. */
final class Jdbc {
    private final DataSource source;

    Jdbc(DataSource source) {
        this.source = source;
    }

    /** Makes a value of the current row. */
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Changes rows. */
    record Update(String sql, Object... values) {
        private int execute(Connection connection) throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                bind(statement, values);
                return statement.executeUpdate();
            }
        }
    }

    /** What is done in one transaction. */
    private interface Changes {
        boolean make(Connection connection) throws SQLException;
    }

    /** @return number of rows that were changed */
    int update(String sql, Object... values) {
        try (Connection connection = source.getConnection()) {
            return new Update(sql, values).execute(connection);
        } catch (SQLException e) {
            throw new DatabaseException(e);
        }
    }

    /** Makes all changes in one transaction, or none. */
    void updateAll(Update... updates) {
        inTransaction(connection -> {
            for (Update update : updates) {
                update.execute(connection);
            }
            return true;
        });
    }

    /** Makes the first change and, if it changed a row, the second, in one transaction. */
    boolean updateIfFirst(Update first, Update second) {
        return inTransaction(connection -> {
            boolean changed = first.execute(connection) > 0;
            if (changed) {
                second.execute(connection);
            }
            return changed;
        });
    }

    private boolean inTransaction(Changes changes) {
        try (Connection connection = begun()) {
            try {
                boolean result = changes.make(connection);
                connection.commit();
                return result;
            } catch (SQLException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new DatabaseException(e);
        }
    }

    /** The pool may let a connection go just after it was handed out; nothing has been done on it then, so another is asked for. */
    private Connection begun() throws SQLException {
        Connection connection = source.getConnection();
        try {
            return begin(connection);
        } catch (SQLException e) {
            return begin(source.getConnection());
        }
    }

    private static Connection begin(Connection connection) throws SQLException {
        try {
            connection.setAutoCommit(false);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    <T> List<T> query(Row<T> row, String sql, Object... values) {
        try (Connection connection = source.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, values);
            List<T> found = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    found.add(row.read(result));
                }
            }
            return found;
        } catch (SQLException e) {
            throw new DatabaseException(e);
        }
    }

    static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }

    private static void bind(PreparedStatement statement, Object[] values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, toJdbc(values[i]));
        }
    }

    private static @Nullable Object toJdbc(@Nullable Object value) {
        if (value instanceof Optional<?> optional) {
            return toJdbc(optional.orElse(null));
        }
        if (value instanceof Instant instant) {
            return instant.atOffset(ZoneOffset.UTC);
        }
        return value instanceof Enum<?> constant ? constant.name() : value;
    }

    /** The database did not do what it was told. */
    static final class DatabaseException extends StorageFailedException {
        /** A row with the same key is there already (class 23, integrity constraint violation, of the SQL standard). */
        private static final String UNIQUE_VIOLATION = "23505";

        private final boolean duplicate;

        DatabaseException(SQLException cause) {
            super("The database failed: " + cause.getMessage(), cause, saysFull(cause));
            this.duplicate = UNIQUE_VIOLATION.equals(cause.getSQLState());
        }

        boolean isDuplicate() {
            return duplicate;
        }
    }
}

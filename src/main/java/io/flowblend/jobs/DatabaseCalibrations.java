package io.flowblend.jobs;

import io.flowblend.evidence.EvidenceJson;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.file.InvalidFileException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/**
 * What is known about the pairs, as rows of a database that several workers share. A change is written only if the row is
 * still the one that it was made from, and made anew otherwise, so no worker's readings are lost. Where the database knows
 * nothing, what was shipped holds. Only SQL that H2 and PostgreSQL share.
 */
public final class DatabaseCalibrations implements EvidenceStore {
    /** Tries of one change; with so many workers at one pair that this is not enough, something else is wrong. */
    private static final int TRIES = 200;

    private static final int LONGEST_PAUSE_NANOS = 2_000_000;

    private final Jdbc jdbc;
    private final ShippedEvidence shipped;
    private final Clock clock;
    /** Rows as they were read last: a video asks several times what is known, and it seldom changes in between. */
    private final Map<String, Row> rows = new ConcurrentHashMap<>();

    /** A row, its JSON read. */
    private record Row(long version, Optional<PairEvidence> knowledge) {}

    /** @param database has the tables of {@code db/migration} */
    public DatabaseCalibrations(DataSource database, ShippedEvidence shipped, Clock clock) {
        this.jdbc = new Jdbc(database);
        this.shipped = shipped;
        this.clock = clock;
    }

    @Override
    public Optional<PairEvidence> find(String pair) {
        return known(pair, row(pair));
    }

    @Override
    public PairEvidence update(String pair, UnaryOperator<PairEvidence> change) {
        for (int attempt = 0; attempt < TRIES; attempt++) {
            Optional<Row> row = row(pair);
            PairEvidence before = known(pair, row).orElseGet(() -> PairEvidence.unknown(pair, ""));
            PairEvidence after = change.apply(before);
            if (after.equals(before)) {
                return before;
            }
            if (write(pair, row, Optional.of(after))) {
                rows.put(pair, new Row(row.map(Row::version).orElse(0L) + 1, Optional.of(after)));
                return after;
            }
            LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(LONGEST_PAUSE_NANOS));
        }
        throw new IllegalStateException("what was learned of '" + pair + "' could not be stored: it changes too often");
    }

    @Override
    public void replace(String pair, PairEvidence knowledge) {
        overwrite(pair, Optional.of(knowledge));
    }

    @Override
    public void forget(String pair) {
        overwrite(pair, Optional.empty());
    }

    private Optional<PairEvidence> known(String pair, Optional<Row> row) {
        return row.flatMap(Row::knowledge).or(() -> shipped.find(pair));
    }

    /** Whatever the row holds now; it need not even be readable. */
    private void overwrite(String pair, Optional<PairEvidence> knowledge) {
        for (int attempt = 0; attempt < TRIES; attempt++) {
            Optional<Row> version = version(pair).map(number -> new Row(number, Optional.empty()));
            if (write(pair, version, knowledge)) {
                return;
            }
        }
        throw new IllegalStateException("what is known of '" + pair + "' could not be replaced: it changes too often");
    }

    private Optional<Row> row(String pair) {
        Optional<Long> version = version(pair);
        Row last = rows.get(pair);
        if (version.isEmpty() || (last != null && last.version() == version.get())) {
            return version.map(number -> last);
        }
        Optional<Row> row = jdbc
                .query(found -> read(pair, found), "select version, knowledge from calibrations where pair = ?", pair)
                .stream()
                .findFirst();
        row.ifPresent(found -> rows.put(pair, found));
        return row;
    }

    private static Row read(String pair, ResultSet row) throws SQLException {
        return new Row(
                row.getLong("version"),
                Optional.ofNullable(row.getString("knowledge")).map(json -> knowledge(pair, json)));
    }

    private static PairEvidence knowledge(String pair, String json) {
        String place = "calibrations row '" + pair + "' as .json";
        PairEvidence knowledge =
                EvidenceJson.read(place, new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
        if (!knowledge.pair().equals(pair)) {
            throw new InvalidFileException(place, "'pair' must be '" + pair + "', not '" + knowledge.pair() + "'");
        }
        return knowledge;
    }

    private Optional<Long> version(String pair) {
        return jdbc
                .query(row -> row.getLong("version"), "select version from calibrations where pair = ?", pair)
                .stream()
                .findFirst();
    }

    /** @return whether the row was still the one that was read */
    private boolean write(String pair, Optional<Row> before, Optional<PairEvidence> after) {
        Optional<String> json = after.map(EvidenceJson::write);
        Optional<String> fingerprint = after.map(PairEvidence::fingerprint);
        Instant now = clock.instant();
        if (before.isPresent()) {
            return jdbc.update(
                            """
                            update calibrations set version = version + 1, fingerprint = ?, knowledge = ?, updated_at = ?
                            where pair = ? and version = ?
                            """,
                            fingerprint,
                            json,
                            now,
                            pair,
                            before.get().version())
                    == 1;
        }
        try {
            return jdbc.update(
                            """
                            insert into calibrations (pair, version, fingerprint, knowledge, updated_at)
                            values (?, 1, ?, ?, ?)
                            """,
                            pair,
                            fingerprint,
                            json,
                            now)
                    == 1;
        } catch (Jdbc.DatabaseException e) {
            if (e.isDuplicate()) {
                return false;
            }
            throw e;
        }
    }
}

package io.flowblend.jobs;

import io.flowblend.jobs.Jdbc.Update;
import io.flowblend.jobs.VideoJob.Failure;
import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.learning.CalibrationPlan;
import io.flowblend.learning.MeasurementLog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** The tables of calibrations and of what they have measured so far. Only SQL that H2 and PostgreSQL share. */
final class CalibrationJobRepository {
    private static final String DELETE_NOTES = "delete from calibration_notes where calibration_id = ?";

    private final Jdbc jdbc;

    CalibrationJobRepository(DataSource source) {
        this.jdbc = new Jdbc(source);
    }

    /** @return false if a calibration of the pair is not final yet */
    boolean insert(CalibrationJob job) {
        try {
            return jdbc.update(
                            """
                            insert into calibration_jobs
                                (id, pair, active_pair, status, prompts, lessons, learned, progress, created_at)
                            values (?, ?, ?, ?, ?, ?, 0, 0, ?)
                            """,
                            job.id(),
                            job.plan().pair(),
                            job.plan().pair(),
                            job.status(),
                            JobJson.write(job.plan().prompts()),
                            job.plan().samples(),
                            job.createdAt())
                    == 1;
        } catch (Jdbc.DatabaseException e) {
            if (e.isDuplicate()) {
                return false;
            }
            throw e;
        }
    }

    Optional<CalibrationJob> find(String id) {
        return jdbc.query(CalibrationJobRepository::job, "select * from calibration_jobs where id = ?", id).stream()
                .findFirst();
    }

    List<CalibrationJob> list(String pair, int limit) {
        return jdbc.query(
                CalibrationJobRepository::job,
                "select * from calibration_jobs where pair = ? order by id desc limit ?",
                pair,
                limit);
    }

    List<CalibrationJob> unfinished() {
        return jdbc.query(
                CalibrationJobRepository::job,
                "select * from calibration_jobs where status in ('QUEUED', 'IN_PROGRESS') order by id");
    }

    void begin(String id, Instant now) {
        jdbc.update(
                """
                update calibration_jobs set status = 'IN_PROGRESS', started_at = coalesce(started_at, ?)
                where id = ? and status in ('QUEUED', 'IN_PROGRESS')
                """,
                now,
                id);
    }

    /** @return false if the calibration has ended meanwhile */
    boolean progress(String id, int learned, int percent) {
        return jdbc.update(
                        "update calibration_jobs set learned = ?, progress = ? where id = ? and status = 'IN_PROGRESS'",
                        learned,
                        percent,
                        id)
                == 1;
    }

    void complete(String id, Instant now) {
        end(id, Status.COMPLETED, Optional.empty(), now);
    }

    void fail(String id, Failure failure, Instant now) {
        end(id, Status.FAILED, Optional.of(failure), now);
    }

    /** What clients wrote is kept no longer than it is needed: whoever sees the end finds it gone. */
    private void end(String id, Status status, Optional<Failure> failure, Instant now) {
        jdbc.updateAll(
                new Update(
                        """
                        update calibration_jobs set status = ?, active_pair = null, prompts = ?, completed_at = ?,
                            failure_code = ?, failure_message = ?
                        where id = ? and status in ('QUEUED', 'IN_PROGRESS')
                        """,
                        status,
                        JobJson.write(List.of()),
                        now,
                        failure.map(Failure::code),
                        failure.map(Failure::message),
                        id),
                new Update(DELETE_NOTES, id));
    }

    /** For one that was stopped while it wrote. */
    void deleteNotes(String id) {
        jdbc.update(DELETE_NOTES, id);
    }

    /** What a calibration writes down on its way; gone once it is final. */
    MeasurementLog notebook(String id) {
        return new MeasurementLog() {
            @Override
            public String name() {
                return id;
            }

            @Override
            public List<String> lines() {
                return jdbc.query(
                        row -> row.getString("note"),
                        "select note from calibration_notes where calibration_id = ? order by line",
                        id);
            }

            @Override
            public void add(String line) {
                jdbc.update(
                        """
                        insert into calibration_notes (calibration_id, line, note)
                        select ?, coalesce(max(line), 0) + 1, ? from calibration_notes where calibration_id = ?
                        """,
                        id,
                        line,
                        id);
            }
        };
    }

    private static CalibrationJob job(ResultSet row) throws SQLException {
        Optional<String> failureCode = Optional.ofNullable(row.getString("failure_code"));
        String failureMessage = row.getString("failure_message");
        return new CalibrationJob(
                row.getString("id"),
                new CalibrationPlan(
                        row.getString("pair"), JobJson.readNames(row.getString("prompts")), row.getInt("lessons")),
                Status.valueOf(row.getString("status")),
                row.getInt("learned"),
                row.getInt("progress"),
                Jdbc.instant(row, "created_at").orElseThrow(),
                Jdbc.instant(row, "started_at"),
                Jdbc.instant(row, "completed_at"),
                failureCode.map(code -> new Failure(code, failureMessage)));
    }
}

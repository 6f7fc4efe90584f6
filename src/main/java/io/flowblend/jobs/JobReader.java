package io.flowblend.jobs;

import io.flowblend.jobs.VideoJob.Failure;
import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.request.VideoRequest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import javax.sql.DataSource;

/** What the table of videos says. Only SQL that H2 and PostgreSQL share. */
final class JobReader {
    static final String SELECT = "select j.* from video_jobs j ";

    /** Attempts that were lost before a video is suspected to be the cause: it is tried last and alone. */
    static final int SUSPECT = 2;

    /** Values of one statement. */
    private static final int BATCH = 500;

    /** Videos whose positions are counted one by one. */
    private static final int FEW = 2;

    private static final String QUEUED = "from video_jobs where status = 'QUEUED' ";

    private final Jdbc jdbc;

    JobReader(DataSource source) {
        this.jdbc = new Jdbc(source);
    }

    /** A job and the digest of the body that it was made from. */
    record Keyed(VideoJob job, String bodyDigest) {}

    /** A job that waits and whose deadline is over. */
    record Late(String owner, String id) {}

    /** A job that is not final, its pair, and its place in the queue. */
    record Unfinished(String id, String pair, Place place) {}

    private record Placed(VideoJob job, Place place, boolean suspect) {}

    Optional<VideoJob> find(String owner, String id) {
        return first(jdbc.query(JobReader::placed, SELECT + "where j.owner = ? and j.id = ?", owner, id))
                .map(this::positioned);
    }

    List<VideoJob> findAll(List<String> ids) {
        List<VideoJob> found = new ArrayList<>();
        for (int first = 0; first < ids.size(); first += BATCH) {
            List<String> batch = ids.subList(first, Math.min(ids.size(), first + BATCH));
            found.addAll(positioned(jdbc.query(
                    JobReader::placed, SELECT + "where j.id in (" + marks(batch.size()) + ")", batch.toArray())));
        }
        return found;
    }

    private static String marks(int count) {
        return String.join(", ", Collections.nCopies(count, "?"));
    }

    Optional<Keyed> findByKey(String owner, String idempotencyKey) {
        record Row(Placed placed, String digest) {}
        return first(jdbc.query(
                        row -> new Row(placed(row), row.getString("body_digest")),
                        SELECT + "where j.owner = ? and j.idempotency_key = ?",
                        owner,
                        idempotencyKey))
                .map(row -> new Keyed(positioned(row.placed()), row.digest()));
    }

    List<VideoJob> list(String owner, VideoJobs.Listing listing) {
        String order = listing.newestFirst() ? "order by j.id desc limit ?" : "order by j.id asc limit ?";
        String beyond = listing.newestFirst() ? "and j.id < ? " : "and j.id > ? ";
        List<Placed> page = listing.after().isEmpty()
                ? jdbc.query(JobReader::placed, SELECT + "where j.owner = ? " + order, owner, listing.limit())
                : jdbc.query(
                        JobReader::placed,
                        SELECT + "where j.owner = ? " + beyond + order,
                        owner,
                        listing.after().get(),
                        listing.limit());
        return positioned(page);
    }

    List<VideoJob> newestCompleted(Optional<String> before, int limit) {
        return jdbc.query(
                JobReader::job,
                SELECT + "where j.status = 'COMPLETED' and j.id < ? order by j.id desc limit ?",
                before.orElse(VideoIds.BEHIND_ALL),
                limit);
    }

    Optional<Status> status(String id) {
        return first(jdbc.query(
                row -> Status.valueOf(row.getString("status")), "select status from video_jobs where id = ?", id));
    }

    List<Unfinished> unfinished() {
        return jdbc.query(
                row -> new Unfinished(
                        row.getString("id"),
                        JobJson.readRequest(row.getString("request")).pair(),
                        Place.read(row)),
                SELECT + "where j.status in ('QUEUED', 'IN_PROGRESS') order by j.place");
    }

    List<Late> late(Instant now) {
        return jdbc.query(
                row -> new Late(row.getString("owner"), row.getString("id")),
                "select owner, id " + QUEUED + "and deadline < ? limit " + BATCH,
                now);
    }

    Optional<Place> place(String id) {
        return first(jdbc.query(Place::read, SELECT + "where j.id = ?", id));
    }

    /** The greatest id so far; ids go on from it even where the clock was put back. */
    Optional<String> lastId() {
        return first(jdbc.query(row -> row.getString("id"), "select id from video_jobs order by id desc limit 1"));
    }

    /** What was asked for by anybody, newest first. */
    List<VideoRequest> recentRequests(int most) {
        return jdbc.query(
                row -> JobJson.readRequest(row.getString("request")),
                "select request from video_jobs order by id desc limit ?",
                most);
    }

    List<VideoJob> inProgress() {
        return jdbc.query(JobReader::job, SELECT + "where j.status = 'IN_PROGRESS'");
    }

    int waiting() {
        return jdbc.query(row -> row.getInt(1), "select count(*) " + QUEUED).get(0);
    }

    int waiting(String owner) {
        return jdbc.query(row -> row.getInt(1), "select count(*) " + QUEUED + "and owner = ?", owner)
                .get(0);
    }

    Optional<Instant> oldestWaiting() {
        return first(jdbc.query(
                row -> Jdbc.instant(row, "created_at").orElseThrow(),
                "select created_at " + QUEUED + "order by place limit 1"));
    }

    /** How long the last {@code count} completed runs took. */
    List<Duration> recentRunTimes(int count) {
        return jdbc.query(
                row -> Duration.between(
                        Jdbc.instant(row, "started_at").orElseThrow(),
                        Jdbc.instant(row, "completed_at").orElseThrow()),
                """
                select started_at, completed_at from video_jobs where status = 'COMPLETED'
                order by completed_at desc limit ?
                """,
                count);
    }

    /** Whether a video that took workers down has to wait: for all that did not, and for whatever is being made. */
    boolean isSuspectBehindOthers(String id) {
        boolean suspect = first(jdbc.query(
                        row -> row.getInt("lost") >= SUSPECT,
                        """
                        select lost_attempts + case when status = 'IN_PROGRESS' then 1 else 0 end as lost
                        from video_jobs where id = ?
                        """,
                        id))
                .orElse(false);
        return suspect
                && jdbc.query(
                                        row -> row.getInt(1),
                                        """
                                        select count(*) from video_jobs where id <> ?
                                            and (status = 'IN_PROGRESS' or (status = 'QUEUED' and lost_attempts < ?))
                                        """,
                                        id,
                                        SUSPECT)
                                .get(0)
                        > 0;
    }

    private VideoJob positioned(Placed one) {
        if (one.job().status() != Status.QUEUED) {
            return one.job();
        }
        Place place = one.place();
        int position = one.suspect() ? suspectsPosition(place) : position(place);
        return position == 0 ? one.job() : one.job().withQueuePosition(position);
    }

    /** Each of the three is a range of an index. */
    private int position(Place place) {
        String ahead = "select count(*) " + QUEUED + "and lost_attempts < " + SUSPECT + " and ";
        return jdbc.query(
                        row -> row.getInt(1),
                        "select (" + ahead + "priority > ?) + (" + ahead + "priority = ? and turn < ?) + (" + ahead
                                + "priority = ? and turn = ? and place <= ?)",
                        place.priority(),
                        place.priority(),
                        place.turn(),
                        place.priority(),
                        place.turn(),
                        place.place())
                .get(0);
    }

    /** After all that took no worker down. */
    private int suspectsPosition(Place place) {
        return jdbc.query(
                        row -> row.getInt(1),
                        "select count(*) " + QUEUED + "and (lost_attempts < " + SUSPECT
                                + " or priority > ? or (priority = ? and (turn < ? or (turn = ? and place <= ?))))",
                        place.priority(),
                        place.priority(),
                        place.turn(),
                        place.turn(),
                        place.place())
                .get(0);
    }

    /** A few one by one, many of a page in one pass over the queue: H2 would make one pass for each by a window function. */
    private List<VideoJob> positioned(List<Placed> page) {
        List<String> queued = page.stream()
                .map(Placed::job)
                .filter(job -> job.status() == Status.QUEUED)
                .map(VideoJob::id)
                .toList();
        if (queued.size() <= FEW) {
            return page.stream().map(this::positioned).toList();
        }
        Set<String> wanted = new HashSet<>(queued);
        Map<String, Integer> positions = new HashMap<>();
        List<String> all = jdbc.query(
                row -> row.getString("id"),
                "select id " + QUEUED + "order by case when lost_attempts < " + SUSPECT
                        + " then 0 else 1 end, priority desc, turn, place");
        for (int i = 0; i < all.size(); i++) {
            if (wanted.contains(all.get(i))) {
                positions.put(all.get(i), i + 1);
            }
        }
        return page.stream()
                .map(Placed::job)
                .map(job -> positions.containsKey(job.id()) ? job.withQueuePosition(positions.get(job.id())) : job)
                .toList();
    }

    private static Placed placed(ResultSet row) throws SQLException {
        return new Placed(job(row), Place.read(row), row.getInt("lost_attempts") >= SUSPECT);
    }

    static VideoJob job(ResultSet row) throws SQLException {
        Optional<String> failureCode = Optional.ofNullable(row.getString("failure_code"));
        String failureMessage = row.getString("failure_message");
        return new VideoJob(
                row.getString("id"),
                row.getString("owner"),
                Status.valueOf(row.getString("status")),
                JobJson.readRequest(row.getString("request")),
                JobJson.readNames(row.getString("ignored")),
                row.getInt("progress"),
                OptionalInt.empty(),
                Jdbc.instant(row, "created_at").orElseThrow(),
                Jdbc.instant(row, "started_at"),
                Jdbc.instant(row, "completed_at"),
                Jdbc.instant(row, "expires_at"),
                Jdbc.instant(row, "deadline"),
                Optional.ofNullable(row.getString("remixed_from")),
                Optional.ofNullable(row.getString("request_id")),
                Optional.ofNullable(row.getString("report")).map(JobJson::readReport),
                Optional.ofNullable(row.getString("unfinished")).map(JobJson::readTrace),
                failureCode.map(code -> new Failure(code, failureMessage)));
    }

    static <T> Optional<T> first(List<T> rows) {
        return rows.stream().findFirst();
    }
}

package io.flowblend.jobs;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import javax.sql.DataSource;

/**
 * Who follows a video asks here for previews, and whoever makes it puts them here, in the same process or another one. Only SQL
 * that H2 and PostgreSQL share.
 */
public final class PreviewBoard {
    /** How long a question holds: it is asked again and again as long as somebody looks. */
    private static final Duration HOLDS = Duration.ofSeconds(30);

    private final Jdbc jdbc;

    public PreviewBoard(DataSource source) {
        this.jdbc = new Jdbc(source);
    }

    /**
     * The newest picture of a video.
     *
     * @param nextStep the step that came next when it was made
     * @param jpeg base64
     */
    public record Picture(int nextStep, String jpeg) {}

    /** Asks for a picture every so many steps of a video, from now on for a while. */
    public void ask(String id, int everySteps, Instant now) {
        int known = jdbc.update(
                "update video_previews set every_steps = ?, asked_at = ? where video_id = ?", everySteps, now, id);
        if (known == 0) {
            jdbc.update(
                    "insert into video_previews (video_id, every_steps, asked_at)"
                            + " select id, cast(? as integer), cast(? as timestamp with time zone) from video_jobs"
                            + " where id = ? and status in ('QUEUED', 'IN_PROGRESS')",
                    everySteps,
                    now,
                    id);
        }
    }

    /** Steps between two pictures of a video, if anybody asks for them now. */
    OptionalInt asked(String id, Instant now) {
        List<Integer> asked = jdbc.query(
                row -> row.getInt("every_steps"),
                "select every_steps from video_previews where video_id = ? and asked_at > ?",
                id,
                now.minus(HOLDS));
        return asked.isEmpty() ? OptionalInt.empty() : OptionalInt.of(asked.get(0));
    }

    void put(String id, Picture picture) {
        jdbc.update(
                "update video_previews set next_step = ?, picture = ? where video_id = ?",
                picture.nextStep(),
                picture.jpeg(),
                id);
    }

    /** The newest picture of a video, if it is another one than that made before step {@code known}. */
    public Optional<Picture> newest(String id, int known) {
        return jdbc
                .query(
                        row -> new Picture(row.getInt("next_step"), row.getString("picture")),
                        "select next_step, picture from video_previews where video_id = ? and next_step <> ?",
                        id,
                        known)
                .stream()
                .findFirst();
    }

    void forget(String id) {
        jdbc.update("delete from video_previews where video_id = ?", id);
    }
}

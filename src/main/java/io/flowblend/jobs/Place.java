package io.flowblend.jobs;

import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Where a video stands in the queue: by priority, then by turn, then by place.
 *
 * @param task name of its task: who knows it can make the video
 * @param priority higher ones go first
 * @param turn which of its owner's videos it is, counted from the turn of what is being made
 * @param place a sequence over all videos
 */
record Place(String task, int priority, long turn, long place) {
    /** The task of videos that every worker takes, if only to say that it cannot make them. */
    static final String ANY_WORKER = "video";

    private static final int FINGERPRINT_CHARACTERS = 24;

    /** Name of the tasks of a pair with these models. */
    static String task(String pair, String fingerprint) {
        String models = fingerprint.substring(0, Math.min(FINGERPRINT_CHARACTERS, fingerprint.length()));
        return ANY_WORKER + " " + models + " " + pair;
    }

    static Place read(ResultSet row) throws SQLException {
        return new Place(row.getString("task"), row.getInt("priority"), row.getLong("turn"), row.getLong("place"));
    }
}

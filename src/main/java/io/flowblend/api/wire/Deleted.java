package io.flowblend.api.wire;

/** That a video, or what was learned about a pair, is gone. */
public record Deleted(String id, String object, boolean deleted) {
    public static Deleted video(String id) {
        return new Deleted(id, "video.deleted", true);
    }

    public static Deleted calibration(String pair) {
        return new Deleted(pair, "calibration.deleted", true);
    }
}

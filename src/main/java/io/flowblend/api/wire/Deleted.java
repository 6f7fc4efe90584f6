package io.flowblend.api.wire;

/** That a video is gone. */
public record Deleted(String id, String object, boolean deleted) {
    public static Deleted video(String id) {
        return new Deleted(id, "video.deleted", true);
    }
}

package io.flowblend.jobs;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Videos as durable jobs. An owner sees only its own; what belongs to another is as if it were not there. */
public interface VideoJobs {
    /**
     * Queues a video.
     *
     * @throws QueueFullException if as many as the limit wait already
     * @throws StorageFailedException if the disk is full or the database does not answer
     * @throws IdempotencyConflictException if the key was used with another body
     */
    VideoJob submit(Submission submission);

    Optional<VideoJob> find(String owner, String id);

    /** Whether a video is final or gone, whoever owns it. */
    boolean isOver(String id);

    /** Those of the videos that are there, whoever owns them. */
    List<VideoJob> findAll(Collection<String> ids);

    /** A page of the owner's videos. */
    List<VideoJob> list(String owner, Listing listing);

    /**
     * The newest completed videos, whoever owns them.
     *
     * @param before only those that are older than the video of this id
     */
    List<VideoJob> newestCompleted(Optional<String> before, int limit);

    /** Stops a queued or running video between two steps; it ends FAILED with code {@code cancelled}. */
    Optional<VideoJob> cancel(String owner, String id);

    /**
     * Cancels if needed and deletes files and record; false if there is no such video. Its idempotency key is free
     * again.
     */
    boolean delete(String owner, String id);

    /** A file of a completed video. */
    Optional<Path> artifact(VideoJob job, Artifact artifact);

    /**
     * @param limit most videos of the page, 1 and up
     * @param after id of the last video of the page before; if that video is gone by now, the page goes on from where
     *     it was. The page is empty if this is not an id at all
     * @param newestFirst order by time of creation
     */
    record Listing(int limit, Optional<String> after, boolean newestFirst) {}

    /** What is kept of a finished video. */
    enum Artifact {
        VIDEO("video.mp4"),
        THUMBNAIL("thumbnail.jpg"),
        SPRITESHEET("spritesheet.jpg");

        private final String fileName;

        Artifact(String fileName) {
            this.fileName = fileName;
        }

        public String fileName() {
            return fileName;
        }
    }
}

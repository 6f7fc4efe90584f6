package io.flowblend.jobs;

import io.flowblend.jobs.VideoJob.Status;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What becomes of finished videos: record and files go together, at once, or at the next look if something is in the way. They
 * go when they have expired and, the oldest first, when all of them together take too much.
 */
final class Retention {
    private static final System.Logger LOG = System.getLogger(Retention.class.getName());

    private final JobRepository repository;
    private final ArtifactStore artifacts;
    private final JobClock clock;
    private final long maxBytes;

    /** @param maxBytes of all finished videos; 0: without a limit */
    Retention(JobRepository repository, ArtifactStore artifacts, JobClock clock, long maxBytes) {
        this.maxBytes = maxBytes;
        this.repository = repository;
        this.artifacts = artifacts;
        this.clock = clock;
    }

    boolean delete(String owner, String id) {
        if (!repository.delete(owner, id)) {
            return false;
        }
        deleteFiles(id);
        return true;
    }

    /** Deletes what has expired and what an earlier deletion left, and notes the time. */
    void look() {
        Instant now = clock.checked();
        for (String id : repository.expired(now)) {
            if (repository.deleteExpired(id, now)) {
                deleteFiles(id);
            }
        }
        for (String id : maxBytes > 0 ? repository.beyond(maxBytes) : List.<String>of()) {
            if (repository.deleteCompleted(id)) {
                deleteFiles(id);
            }
        }
        finish();
        repository.seen(now);
    }

    /** Deletes the files that earlier deletions left. */
    void finish() {
        repository.deleted().forEach(this::deleteFiles);
    }

    /**
     * Deletes what crashes left: files that nobody will finish, and checkpoints of videos that need none; sets aside videos of
     * which there is no record.
     *
     * @return how much was found
     */
    int sweep(Function<String, Optional<Status>> status) throws IOException {
        finish();
        int found = artifacts.sweep(status);
        if (found > 0) {
            LOG.log(System.Logger.Level.WARNING, "{0} files or folders that belong to no video were cleaned up", found);
        }
        return found;
    }

    private void deleteFiles(String id) {
        try {
            artifacts.delete(id);
            repository.filesDeleted(id);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "The files of " + id + " could not be deleted yet", e);
        }
    }
}

package io.flowblend.jobs;

import java.io.IOException;
import java.time.Instant;

/** What becomes of finished videos: record and files go together, at once, or at the next look if something is in the way. */
final class Retention {
    private static final System.Logger LOG = System.getLogger(Retention.class.getName());

    private final JobRepository repository;
    private final ArtifactStore artifacts;
    private final JobClock clock;

    Retention(JobRepository repository, ArtifactStore artifacts, JobClock clock) {
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
        finish();
        repository.seen(now);
    }

    /** Deletes the files that earlier deletions left. */
    void finish() {
        repository.deleted().forEach(this::deleteFiles);
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

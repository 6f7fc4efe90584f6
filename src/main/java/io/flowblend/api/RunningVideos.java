package io.flowblend.api;

import io.flowblend.jobs.JobObserver;
import io.flowblend.jobs.StepJournal;
import io.flowblend.jobs.VideoJob;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The videos that are being made: their steps so far, those of this process as they are made. */
@ApplicationScoped
public class RunningVideos implements JobObserver {
    private final Map<String, List<StepRecord>> steps = new ConcurrentHashMap<>();
    private final StepJournal journal;

    RunningVideos(StepJournal journal) {
        this.journal = journal;
    }

    @Override
    public void started(VideoJob job) {
        steps.put(job.id(), new CopyOnWriteArrayList<>());
    }

    @Override
    public void resumed(VideoJob job, List<StepRecord> made) {
        steps.put(job.id(), new CopyOnWriteArrayList<>(made));
    }

    @Override
    public void step(VideoJob job, StepRecord step) {
        steps.computeIfAbsent(job.id(), id -> new CopyOnWriteArrayList<>()).add(step);
    }

    @Override
    public void left(VideoJob job) {
        steps.remove(job.id());
    }

    /** Whether this process makes {@code job}. */
    boolean isHere(VideoJob job) {
        return steps.containsKey(job.id());
    }

    /** The steps that {@code job} has made: all of them when it is completed, else those made so far. */
    Trace trace(VideoJob job) {
        return job.trace().orElseGet(() -> made(job));
    }

    private Trace made(VideoJob job) {
        List<StepRecord> here = steps.get(job.id());
        if (here != null) {
            return new Trace(here);
        }
        return job.status() == VideoJob.Status.IN_PROGRESS ? journal.read(job.id()) : new Trace(List.of());
    }
}

package io.flowblend.api;

import io.flowblend.jobs.JobObserver;
import io.flowblend.jobs.VideoJob;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The videos that this process is making: their steps so far. */
@ApplicationScoped
public class RunningVideos implements JobObserver {
    private final Map<String, List<StepRecord>> steps = new ConcurrentHashMap<>();

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
    public void finished(VideoJob job) {
        steps.remove(job.id());
    }

    /** The steps that {@code job} has made: all of them when it is completed, else those made so far. */
    Trace trace(VideoJob job) {
        return job.trace().orElseGet(() -> new Trace(steps.getOrDefault(job.id(), List.of())));
    }
}

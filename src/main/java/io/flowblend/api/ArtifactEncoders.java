package io.flowblend.api;

import io.flowblend.jobs.VideoJobs.Artifact;
import io.flowblend.video.VideoEncoder;
import java.util.Map;

/** What writes each file of a finished video. */
public record ArtifactEncoders(Map<Artifact, VideoEncoder> byArtifact) {}

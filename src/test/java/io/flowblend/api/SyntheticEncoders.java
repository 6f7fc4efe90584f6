package io.flowblend.api;

import io.flowblend.jobs.VideoJobs.Artifact;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Files;
import java.util.Map;

/** stand-in */
public class SyntheticEncoders {
    @Produces
    @Singleton
    ArtifactEncoders encoders() {
        io.flowblend.video.VideoEncoder e = (frames, fps, metadata, target) -> Files.write(target, frames.rgb());
        return new ArtifactEncoders(Map.of(Artifact.VIDEO, e, Artifact.THUMBNAIL, e, Artifact.SPRITESHEET, e));
    }
}

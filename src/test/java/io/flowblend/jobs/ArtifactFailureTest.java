package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.jobs.VideoJobs.Artifact;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactFailureTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void failsOnAFullDiskLeavesNothingBehindAndMakesTheNextVideo() throws Exception {
        Configuration small = Configuration.unix().toBuilder()
                .setBlockSize(512)
                .setMaxSize(256 * 1024)
                .build();
        try (FileSystem disk = Jimfs.newFileSystem(small);
                Service service = Service.open(folder, disk.getPath("/artifacts"), Service.QUICK)) {
            Path hog = disk.getPath("/hog");
            Files.write(hog, new byte[248 * 1024]);
            VideoJob failed = service.awaitEnd(service.submit("too large"));
            assertEquals("storage_full", failed.failure().orElseThrow().code());
            assertFalse(failed.failure().orElseThrow().message().contains("/"));
            assertEquals(List.of(), service.files());

            Files.delete(hog);
            VideoJob next = service.awaitEnd(service.submit("fits"));
            assertEquals(Status.COMPLETED, next.status());
            assertEquals(List.of(next.id()), service.files());
        }
    }

    @Test
    void failsWhenAnEncoderFailsAndKeepsNoFileOfTheOthers() throws Exception {
        for (RuntimeOrIo thrown : Set.of(RuntimeOrIo.RUNTIME, RuntimeOrIo.IO)) {
            Path place = folder.resolve(thrown.name());
            Files.createDirectories(place);
            try (Service service = Service.open(place)) {
                service.encoders.put(Artifact.SPRITESHEET, (frames, fps, metadata, target) -> {
                    Files.write(target, new byte[3]);
                    thrown.raise();
                });
                VideoJob failed = service.awaitEnd(service.submit("no sprites"));
                assertEquals(
                        "artifact_write_failed", failed.failure().orElseThrow().code());
                assertEquals(List.of(), service.files());
            }
        }
    }

    private enum RuntimeOrIo {
        RUNTIME,
        IO;

        void raise() throws IOException {
            if (this == IO) {
                throw new IOException("the pipe to the encoder broke");
            }
            throw new IllegalStateException("avcodec: -22");
        }
    }

    @Test
    void givesEncodersThePromptAndTheSettings() throws Exception {
        try (Service service = Service.open(folder)) {
            service.encoders.put(
                    Artifact.THUMBNAIL,
                    (frames, fps, metadata, target) -> Files.writeString(
                            target, fps + "\n" + metadata.get("title") + "\n" + metadata.get("comment")));
            VideoJob done = service.awaitEnd(service.submit("a red \0 three"));
            List<String> lines = Files.readAllLines(
                    service.jobs.artifact(done, Artifact.THUMBNAIL).orElseThrow());
            assertEquals("8", lines.get(0));
            assertEquals("a red   three", lines.get(1));
            assertEquals(
                    "{\"pair\":\"" + SteppedPipeline.PAIR + "\",\"negative_prompt\":\"\",\"seed\":42,\"steps\":6,"
                            + "\"schedule\":\"LPSLPS\","
                            + "\"quality\":0.7,\"policy\":\"adaptive\",\"profile\":\"balanced\",\"guidance\":1.0,"
                            + "\"flow_shift\":3.0,\"width\":16,\"height\":16,\"frames\":5,\"fps\":8}",
                    lines.get(2));
        }
    }

    @Test
    void cancelsBetweenTwoFiles() throws Exception {
        try (Service service = Service.open(folder)) {
            service.encoders.put(Artifact.VIDEO, (frames, fps, metadata, target) -> {
                Service.encode(frames, fps, metadata, target);
                service.jobs.cancel(Service.OWNER, idOf(target));
            });
            VideoJob ended = service.awaitEnd(service.submit("late"));
            assertEquals("cancelled", ended.failure().orElseThrow().code());
            assertEquals(List.of(), service.files());
        }
    }

    @Test
    void keepsNoFilesOfAVideoThatIsDeletedWhileItIsEncoded() throws Exception {
        try (Service service = Service.open(folder)) {
            service.encoders.put(Artifact.SPRITESHEET, (frames, fps, metadata, target) -> {
                Service.encode(frames, fps, metadata, target);
                if ("deleted".equals(metadata.get("title"))) {
                    service.repository().delete(Service.OWNER, idOf(target));
                }
            });
            service.submit("deleted");
            VideoJob next = service.submit("next");
            service.awaitEnd(next);
            assertEquals(List.of(next.id()), service.files());
        }
    }

    private static String idOf(Path target) {
        String staging = String.valueOf(target.getName(target.getNameCount() - 2));
        return staging.substring(staging.indexOf("video_"), staging.lastIndexOf('-'));
    }
}

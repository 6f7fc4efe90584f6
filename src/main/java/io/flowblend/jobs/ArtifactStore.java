package io.flowblend.jobs;

import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.jobs.VideoJobs.Artifact;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of finished videos: one folder a video below a root, named by its id. A run writes into a staging folder of
 * its own, which becomes the video's folder by one rename, so a video has all of its files or none.
 */
final class ArtifactStore {
    private static final Pattern STAGING = Pattern.compile("\\.staging-(video_[0-9A-Z]{26})-[0-9]+");

    private static final String QUARANTINE = ".quarantine";
    private static final System.Logger LOG = System.getLogger(ArtifactStore.class.getName());

    private final Path root;

    ArtifactStore(Path root) {
        this.root = root;
    }

    Optional<Path> find(String id, Artifact artifact) {
        return Optional.of(root.resolve(id).resolve(artifact.fileName())).filter(Files::isRegularFile);
    }

    /** Removes whatever earlier attempts at a video left. */
    void clear(String id, int attempt) throws IOException {
        for (int earlier = 1; earlier < attempt; earlier++) {
            deleteTree(staging(id, earlier));
        }
        deleteTree(root.resolve(id));
    }

    /** A new, empty staging folder for an attempt. */
    Path stage(String id, int attempt) throws IOException {
        return Files.createDirectories(staging(id, attempt));
    }

    /** Makes the staging folder of an attempt the video's folder. */
    void publish(String id, int attempt) throws IOException {
        Path staging = staging(id, attempt);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(staging)) {
            for (Path file : files) {
                flush(file);
            }
        }
        Files.move(staging, root.resolve(id), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes the staging folder of an attempt, if it is there. */
    void discard(String id, int attempt) throws IOException {
        deleteTree(staging(id, attempt));
    }

    /** Removes a video's folder, if it is there. */
    void delete(String id) throws IOException {
        deleteTree(root.resolve(id));
    }

    /**
     * Puts the folder in order after a crash. Only what is named as this store names it is looked at: staging folders and
     * files that were never finished are deleted, videos that nobody knows of are set aside.
     *
     * @param status of a video; empty if there is no such video
     */
    void sweep(Function<String, Optional<Status>> status) throws IOException {
        Files.createDirectories(root);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                Matcher staging = STAGING.matcher(name);
                if (staging.matches()) {
                    if (!status.apply(staging.group(1)).equals(Optional.of(Status.IN_PROGRESS))) {
                        deleteTree(entry);
                    }
                } else if (VideoIds.isId(name)) {
                    sweepVideo(entry, status.apply(name));
                } else if (name.endsWith(".part") && Files.isRegularFile(entry)) {
                    Files.deleteIfExists(entry);
                }
            }
        }
    }

    private void sweepVideo(Path folder, Optional<Status> status) throws IOException {
        if (status.isEmpty()) {
            Path aside = Files.createDirectories(root.resolve(QUARANTINE)).resolve(folder.getFileName());
            deleteTree(aside);
            Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
            LOG.log(System.Logger.Level.WARNING, "{0} is in no record: set aside in {1}", folder, aside);
        } else if (status.get() == Status.FAILED) {
            deleteTree(folder);
        }
    }

    /** Bytes left on the disk; the most there can be where that cannot be said. */
    long free() {
        try {
            return Files.getFileStore(root).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    private Path staging(String id, int attempt) {
        return root.resolve(".staging-" + id + "-" + attempt);
    }

    /** To the disk, so that the rename never shows a file whose bytes a power cut could still take. */
    private static void flush(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}

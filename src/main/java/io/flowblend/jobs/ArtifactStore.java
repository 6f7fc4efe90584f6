package io.flowblend.jobs;

import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.jobs.VideoJobs.Artifact;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of finished videos: one folder a video below a root, named by its id. A run writes into a staging folder of
 * its own, which becomes the video's folder by one rename, so a video has all of its files or none.
 */
final class ArtifactStore {
    private static final Pattern STAGING = Pattern.compile("\\.staging-(video_[0-9A-Z]{26})-[0-9]+");

    private static final String QUARANTINE = ".quarantine";
    private static final String CHECKPOINTS = ".checkpoints";
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

    /**
     * What lies in a video's folder.
     *
     * @param bytes of all files
     * @param sha256 of the MP4, hexadecimal
     */
    record Stored(long bytes, String sha256) {}

    /**
     * Makes the staging folder of an attempt the video's folder, and reads it back.
     *
     * @throws IOException if a file is not what was written; then nothing is left of it
     */
    Stored publish(String id, int attempt) throws IOException {
        Path staging = staging(id, attempt);
        for (Path file : files(staging)) {
            flush(file);
        }
        Map<Path, String> written = checksums(staging);
        Path folder = root.resolve(id);
        Files.move(staging, folder, StandardCopyOption.ATOMIC_MOVE);
        Map<Path, String> found = checksums(folder);
        if (!found.equals(written)) {
            deleteTree(folder);
            throw new IOException("the files of " + id + " were read back other than they were written");
        }
        long bytes = 0;
        for (Path file : files(folder)) {
            bytes += Files.size(file);
        }
        return new Stored(bytes, found.getOrDefault(Path.of(Artifact.VIDEO.fileName()), ""));
    }

    private static Map<Path, String> checksums(Path folder) throws IOException {
        Map<Path, String> checksums = new HashMap<>();
        for (Path file : files(folder)) {
            try (InputStream in = Files.newInputStream(file)) {
                checksums.put(Path.of(String.valueOf(file.getFileName())), Sha256.hex(in));
            }
        }
        return checksums;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** Removes the staging folder of an attempt, if it is there. */
    void discard(String id, int attempt) throws IOException {
        deleteTree(staging(id, attempt));
    }

    /** Removes a video's folder and checkpoints, if they are there. */
    void delete(String id) throws IOException {
        deleteTree(root.resolve(id));
        deleteCheckpoints(id);
    }

    CheckpointFolder checkpoints(String id) {
        return new CheckpointFolder(checkpointsOf(id));
    }

    /** Removes the checkpoints of a video that needs them no more. */
    void deleteCheckpoints(String id) throws IOException {
        deleteTree(checkpointsOf(id));
    }

    private Path checkpointsOf(String id) {
        return root.resolve(CHECKPOINTS).resolve(id);
    }

    /**
     * Puts the folder in order after a crash. Only what is named as this store names it is looked at: staging folders,
     * checkpoints and files that nobody will finish are deleted, videos that nobody knows of are set aside.
     *
     * @param status of a video; empty if there is no such video
     * @return what was deleted or set aside
     */
    int sweep(Function<String, Optional<Status>> status) throws IOException {
        Files.createDirectories(root);
        int orphans = 0;
        for (Path entry : files(root)) {
            String name = String.valueOf(entry.getFileName());
            Matcher staging = STAGING.matcher(name);
            if (staging.matches()) {
                if (!status.apply(staging.group(1)).equals(Optional.of(Status.IN_PROGRESS))) {
                    deleteTree(entry);
                    orphans++;
                }
            } else if (VideoIds.isId(name)) {
                orphans += sweepVideo(entry, status.apply(name)) ? 1 : 0;
            } else if (name.endsWith(".part") && Files.isRegularFile(entry)) {
                Files.deleteIfExists(entry);
                orphans++;
            }
        }
        return orphans + sweepCheckpoints(status);
    }

    private int sweepCheckpoints(Function<String, Optional<Status>> status) throws IOException {
        Path folder = root.resolve(CHECKPOINTS);
        int orphans = 0;
        for (Path entry : Files.isDirectory(folder) ? files(folder) : List.<Path>of()) {
            String name = String.valueOf(entry.getFileName());
            boolean isNeeded = status.apply(name)
                    .filter(known -> known == Status.QUEUED || known == Status.IN_PROGRESS)
                    .isPresent();
            if (VideoIds.isId(name) && !isNeeded) {
                deleteTree(entry);
                orphans++;
            }
        }
        return orphans;
    }

    private boolean sweepVideo(Path folder, Optional<Status> status) throws IOException {
        if (status.isEmpty()) {
            Path aside = Files.createDirectories(root.resolve(QUARANTINE)).resolve(folder.getFileName());
            deleteTree(aside);
            Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
            LOG.log(System.Logger.Level.WARNING, "{0} is in no record: set aside in {1}", folder, aside);
            return true;
        }
        if (status.get() == Status.FAILED) {
            deleteTree(folder);
            return true;
        }
        return false;
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

package io.flowblend.tuning;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tuning profiles in force and the active one among them, which is that of requests that name none. They change as a
 * whole or not at all: {@link #reload} takes over what lies in the folder only if every file of it is valid. Who has
 * taken a profile keeps it. Safe to use from several threads.
 */
public final class Profiles {
    /** Name of the profile that suits most. */
    public static final String DEFAULT = "balanced";

    private static final System.Logger LOG = System.getLogger(Profiles.class.getName());

    private final Optional<Path> folder;
    private volatile InForce inForce;
    private volatile @Nullable String problem;
    private List<String> seen;

    /**
     * Profiles at one moment.
     *
     * @param byName all that may be named
     * @param active the one for requests that name none
     */
    public record InForce(Map<String, TuningProfile> byName, TuningProfile active) {
        public Optional<TuningProfile> find(String name) {
            return Optional.ofNullable(byName.get(name));
        }

        /** Names that a request may ask for. */
        public List<String> allowed() {
            return byName.keySet().stream().filter(active::allows).toList();
        }
    }

    /** What became of a look at the folder. */
    public enum Reload {
        /** No file has changed since the last look. */
        UNCHANGED,
        /** The files are in force. */
        TAKEN,
        /** A file is not valid: what was in force still is. */
        REFUSED
    }

    private Profiles(Optional<Path> folder, List<String> seen, InForce inForce) {
        this.folder = folder;
        this.seen = seen;
        this.inForce = inForce;
    }

    /**
     * Those of the jar and those of a folder; a file named as a packaged profile replaces it.
     *
     * @param active name of the active one
     * @throws InvalidFileException naming the first file, and its key, that cannot be used, or saying that the active
     *     profile is not there
     */
    public static Profiles open(Optional<Path> folder, String active) {
        List<String> seen = stamps(folder);
        return new Profiles(folder, seen, read(folder, active));
    }

    public InForce inForce() {
        return inForce;
    }

    /**
     * Makes another profile the active one.
     *
     * @return whether there is one of that name
     */
    public synchronized boolean activate(String name) {
        InForce before = inForce;
        Optional<TuningProfile> profile = before.find(name);
        profile.ifPresent(active -> {
            inForce = new InForce(before.byName(), active);
            // What was refused may have been so for the sake of the profile that was active.
            seen = problem == null ? seen : List.of("read again");
            LOG.log(System.Logger.Level.INFO, "the active tuning profile is now {0}", name);
        });
        return profile.isPresent();
    }

    /**
     * A profile that is not in force, to be tried.
     *
     * @param text as a file of the folder would have it
     * @throws InvalidFileException naming the key that cannot be used
     */
    public TuningProfile tried(String name, String text) {
        TuningProfile profile = TuningProfiles.read(name, text, folder);
        Map<String, TuningProfile> all = new TreeMap<>(inForce.byName());
        all.put(name, profile);
        TuningProfiles.requireAllowedAreThere(profile, all);
        return profile;
    }

    /**
     * Writes a profile into the folder and puts the files in force.
     *
     * @param text of the file
     * @throws InvalidFileException naming the key, or the other file, that cannot be used, or saying that nothing can be
     *     written; then nothing has changed
     */
    public synchronized void save(String name, String text) {
        tried(name, text);
        Path target = folder.orElseThrow(() -> new InvalidFileException(name, "there is no folder to keep it in"))
                .resolve(TuningProfiles.fileOf(name));
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try {
            Files.writeString(part, text);
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new InvalidFileException(name, "the folder of profiles cannot be written");
        }
        if (reload() == Reload.REFUSED) {
            throw new InvalidFileException(name, "is written, but not in force: " + problem);
        }
    }

    /** Looks whether a file of the folder has changed and, if all of them are valid, puts them in force. */
    public synchronized Reload reload() {
        List<String> now = stamps(folder);
        if (now.equals(seen)) {
            return Reload.UNCHANGED;
        }
        seen = now;
        try {
            inForce = read(folder, inForce.active().name());
        } catch (InvalidFileException e) {
            problem = String.valueOf(e.getMessage());
            LOG.log(System.Logger.Level.ERROR, "the tuning profiles stay as they were: {0}", e.getMessage());
            return Reload.REFUSED;
        }
        problem = null;
        LOG.log(
                System.Logger.Level.INFO,
                "the tuning profiles were read anew: {0}",
                inForce.byName().keySet());
        return Reload.TAKEN;
    }

    /** Why the files as they are now are not in force, if they are not. */
    public Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    private static InForce read(Optional<Path> folder, String active) {
        Map<String, TuningProfile> byName = Collections.unmodifiableMap(new TreeMap<>(TuningProfiles.all(folder)));
        TuningProfile profile = byName.get(active);
        if (profile == null) {
            throw new InvalidFileException(
                    "profile '" + active + "'", "is not there; there are " + String.join(", ", byName.keySet()));
        }
        return new InForce(byName, profile);
    }

    /** Name, size and time of every file. What cannot be looked at is as if it had changed, and is refused when read. */
    private static List<String> stamps(Optional<Path> folder) {
        if (folder.isEmpty()) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder.get())) {
            return files.map(Profiles::stamp).sorted().toList();
        } catch (IOException e) {
            return List.of("cannot be listed");
        }
    }

    private static String stamp(Path file) {
        try {
            return file.getFileName() + " " + Files.size(file) + " " + Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return file.getFileName() + " is gone";
        }
    }
}

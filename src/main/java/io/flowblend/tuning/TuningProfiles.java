package io.flowblend.tuning;

import io.flowblend.file.Fields;
import io.flowblend.file.InvalidFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads tuning profiles: YAML with exactly the keys of {@link TuningProfile}. */
public final class TuningProfiles {
    /** Names of the profiles that are packed into the jar. */
    public static final List<String> PACKAGED = List.of("balanced", "models-only", "quality", "shadow", "speed");

    private static final String ENDING = ".yaml";

    private TuningProfiles() {}

    /**
     * Those of the jar and those of a folder, by name; a file of the folder replaces a packaged one of its name.
     *
     * @throws InvalidFileException naming the first file, and its key, that cannot be used
     */
    public static Map<String, TuningProfile> all(Optional<Path> folder) {
        Map<String, TuningProfile> profiles = new TreeMap<>();
        PACKAGED.forEach(name -> profiles.put(name, packaged(name)));
        folder.ifPresent(f -> names(f).forEach(name -> profiles.put(name, in(f, name))));
        profiles.values().forEach(profile -> requireAllowedAreThere(profile, profiles));
        return profiles;
    }

    static void requireAllowedAreThere(TuningProfile profile, Map<String, TuningProfile> all) {
        for (String allowed : profile.allowedProfiles()) {
            if (!profile.allowsAll() && !all.containsKey(allowed)) {
                throw new InvalidFileException(
                        fileOf(profile.name()),
                        "'allowed-profiles' must name profiles that are there (" + String.join(", ", all.keySet())
                                + "), or \"*\" alone, not '" + allowed + "'");
            }
        }
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(file -> file.endsWith(ENDING))
                    .map(file -> file.substring(0, file.length() - ENDING.length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new InvalidFileException(folder.toString(), "the folder of profiles cannot be listed");
        }
    }

    /**
     * One of those packed into the jar under {@code /profiles}.
     *
     * @throws InvalidFileException if there is none of that name, or naming file and key
     */
    public static TuningProfile packaged(String name) {
        return read(name, openPackaged(name), TuningProfiles::openPackaged);
    }

    /** {@code <name>.yaml} in a folder; it may extend another file of the folder or a packaged profile. */
    public static TuningProfile in(Path folder, String name) {
        return read(name, openIn(folder, name).orElseThrow(() -> missing(name)), base -> openIn(folder, base)
                .orElseGet(() -> openPackaged(base)));
    }

    /** @throws InvalidFileException naming file and key, and what was expected */
    public static TuningProfile read(String name, InputStream in) {
        return read(name, in, TuningProfiles::openPackaged);
    }

    /** The same for a text that is, or could be, a file of a folder. */
    static TuningProfile read(String name, String text, Optional<Path> folder) {
        InputStream in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        return read(name, in, base -> folder.flatMap(f -> openIn(f, base)).orElseGet(() -> openPackaged(base)));
    }

    private static TuningProfile read(String name, InputStream in, Function<String, InputStream> base) {
        return Fields.readExtending(fileOf(name), in, base, fields -> TuningProfile.of(name, fields));
    }

    private static InputStream openPackaged(String name) {
        InputStream in = TuningProfiles.class.getResourceAsStream("/profiles/" + fileOf(name));
        if (in == null) {
            throw missing(name);
        }
        return in;
    }

    private static Optional<InputStream> openIn(Path folder, String name) {
        Path file = folder.resolve(fileOf(name));
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.newInputStream(file));
        } catch (IOException e) {
            throw new InvalidFileException(fileOf(name), "cannot be read");
        }
    }

    private static InvalidFileException missing(String name) {
        return new InvalidFileException(fileOf(name), "there is no such profile");
    }

    static String fileOf(String name) {
        if (!name.matches("[a-z0-9][a-z0-9_-]*")) {
            throw new InvalidFileException(
                    "profile", "a profile's name is made of a-z, 0-9, '_' and '-', not '" + name + "'");
        }
        return name + ENDING;
    }
}

package io.flowblend.evidence;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Evidence about pairs that came with the service or lie in a folder, one {@code <pair>.json} each; read only, and read once:
 * what is derived from it is derived once too.
 */
public final class ShippedEvidence {
    private final Opener opener;
    private final Map<String, Optional<PairEvidence>> read = new ConcurrentHashMap<>();

    private interface Opener {
        @Nullable
        InputStream open(String file) throws IOException;
    }

    private ShippedEvidence(Opener opener) {
        this.opener = opener;
    }

    /** Those packed into the jar under {@code /calibration-data}. */
    public static ShippedEvidence packaged() {
        return new ShippedEvidence(file -> ShippedEvidence.class.getResourceAsStream("/calibration-data/" + file));
    }

    public static ShippedEvidence in(Path folder) {
        return new ShippedEvidence(file -> {
            try {
                return Files.newInputStream(folder.resolve(file));
            } catch (NoSuchFileException e) {
                return null;
            }
        });
    }

    /**
     * What a pair's file says, if there is one.
     *
     * @throws InvalidFileException if what is there cannot be used; never half of it is returned
     */
    public Optional<PairEvidence> find(String pair) {
        return read.computeIfAbsent(pair, this::opened);
    }

    private Optional<PairEvidence> opened(String pair) {
        if (!pair.matches("[a-z0-9][a-z0-9._-]*")) {
            return Optional.empty();
        }
        String file = pair + ".json";
        try (InputStream in = opener.open(file)) {
            if (in == null) {
                return Optional.empty();
            }
            PairEvidence evidence = EvidenceJson.read(file, in);
            if (!evidence.pair().equals(pair)) {
                throw new InvalidFileException(
                        file, "'pair' must be '" + pair + "', the file's name, not '" + evidence.pair() + "'");
            }
            return Optional.of(evidence);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read");
        }
    }
}

package io.flowblend.evidence;

import io.flowblend.calibration.Calibration;
import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Calibrations that came with the service or lie in a folder, one {@code <pair>.json} each; read only. */
public final class ShippedCalibrations {
    private final Opener opener;

    private interface Opener {
        @Nullable
        InputStream open(String file) throws IOException;
    }

    private ShippedCalibrations(Opener opener) {
        this.opener = opener;
    }

    /** Those packed into the jar under {@code /calibration-data}. */
    public static ShippedCalibrations packaged() {
        return new ShippedCalibrations(
                file -> ShippedCalibrations.class.getResourceAsStream("/calibration-data/" + file));
    }

    public static ShippedCalibrations in(Path folder) {
        return new ShippedCalibrations(file -> {
            try {
                return Files.newInputStream(folder.resolve(file));
            } catch (NoSuchFileException e) {
                return null;
            }
        });
    }

    /** The calibration that a file holds, if there is one. */
    public Optional<Calibration> find(String pair) {
        return knowledge(pair).flatMap(PairEvidence::shipped);
    }

    /**
     * What a pair's file says, if there is one.
     *
     * @throws InvalidFileException if what is there cannot be used; never half of it is returned
     */
    public Optional<PairEvidence> knowledge(String pair) {
        if (!pair.matches("[a-z0-9][a-z0-9._-]*")) {
            return Optional.empty();
        }
        String file = pair + ".json";
        try (InputStream in = opener.open(file)) {
            if (in == null) {
                return Optional.empty();
            }
            PairEvidence knowledge = EvidenceJson.read(file, in);
            if (!knowledge.pair().equals(pair)) {
                throw new InvalidFileException(
                        file, "'pair' must be '" + pair + "', the file's name, not '" + knowledge.pair() + "'");
            }
            return Optional.of(knowledge);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read");
        }
    }
}

package io.flowblend.model.pair;

import io.flowblend.file.Fields;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.PairSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code pair.yaml}: the keys of {@link PairSpec} in kebab case. Folders are relative to the file's own folder, or
 * absolute.
 */
final class PairFile {
    static final String NAME = "pair.yaml";

    private PairFile() {}

    /** What the {@code pair.yaml} in {@code folder} describes. */
    static PairSpec read(Path folder) {
        Path base = folder.toAbsolutePath().normalize();
        Path file = base.resolve(NAME);
        try (InputStream in = Files.newInputStream(file)) {
            return Fields.read(file.toString(), in, fields -> spec(base, fields));
        } catch (IOException e) {
            throw new InvalidFileException(file.toString(), "no such file, or not readable");
        }
    }

    private static PairSpec spec(Path base, Fields fields) {
        return new PairSpec(
                fields.text("id"),
                folder(base, fields, "large"),
                folder(base, fields, "small"),
                folder(base, fields, "text-encoder"),
                folder(base, fields, "tokenizer"),
                folder(base, fields, "decoder"),
                fields.integer("text-positions"),
                fields.object("sampling", PairFile::sampling),
                fields.object("video", PairFile::video),
                fields.object("stored-profile", PairFile::storedProfile));
    }

    private static PairSpec.Sampling sampling(Fields fields) {
        return new PairSpec.Sampling(
                fields.text("solver"),
                fields.integer("order"),
                fields.number("shift"),
                fields.integer("steps"),
                fields.number("guidance"),
                fields.text("negative-prompt"));
    }

    private static PairSpec.Video video(Fields fields) {
        return new PairSpec.Video(
                fields.integer("width"),
                fields.integer("height"),
                fields.integer("frames"),
                fields.integer("fps"),
                fields.integer("max-pixels"),
                fields.integer("max-frames"));
    }

    private static PairSpec.StoredProfile storedProfile(Fields fields) {
        return new PairSpec.StoredProfile(fields.number("early"), fields.number("late"));
    }

    private static Path folder(Path base, Fields fields, String key) {
        return base.resolve(fields.text(key)).normalize();
    }
}

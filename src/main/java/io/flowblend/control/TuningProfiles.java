package io.flowblend.control;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.flowblend.calibration.Fields;
import io.flowblend.calibration.InvalidFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads tuning profiles: YAML with exactly the keys of {@link TuningProfile}. */
public final class TuningProfiles {
    private static final ObjectMapper MAPPER = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private TuningProfiles() {}

    /**
     * One of those packed into the jar under {@code /profiles}: balanced, quality, speed, shadow.
     *
     * @throws InvalidFileException if there is none of that name, or naming file and key
     */
    public static TuningProfile packaged(String name) {
        String file = fileOf(name);
        try (InputStream in = TuningProfiles.class.getResourceAsStream("/profiles/" + file)) {
            if (in == null) {
                throw new InvalidFileException(file, "there is no such profile");
            }
            return read(name, in);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read");
        }
    }

    /** {@code <name>.yaml} in a folder. */
    public static TuningProfile in(Path folder, String name) {
        String file = fileOf(name);
        if (!Files.isRegularFile(folder.resolve(file))) {
            throw new InvalidFileException(file, "there is no such profile");
        }
        try (InputStream in = Files.newInputStream(folder.resolve(file))) {
            return read(name, in);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read");
        }
    }

    /** @throws InvalidFileException naming file and key, and what was expected */
    public static TuningProfile read(String name, InputStream in) {
        return Fields.read(
                fileOf(name),
                in,
                MAPPER,
                fields -> new TuningProfile(
                        name,
                        fields.number("default-quality"),
                        fields.number("head-fraction"),
                        fields.integer("min-head-steps"),
                        fields.number("tail-fraction"),
                        fields.integer("confirmations"),
                        fields.number("exit-over-entry"),
                        fields.number("max-variance"),
                        fields.integer("min-dwell"),
                        fields.integer("probe-interval-min"),
                        fields.integer("probe-interval-max"),
                        fields.number("probe-interval-growth"),
                        fields.number("uncertainty"),
                        fields.number("drift-limit"),
                        fields.integer("min-samples"),
                        fields.flag("shadow")));
    }

    private static String fileOf(String name) {
        if (!name.matches("[a-z0-9][a-z0-9_-]*")) {
            throw new InvalidFileException(
                    "profile", "a profile's name is made of a-z, 0-9, '_' and '-', not '" + name + "'");
        }
        return name + ".yaml";
    }
}

package io.flowblend.model.pair;

import io.flowblend.file.Fields;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.PairSpec;
import io.flowblend.model.PairSpec.Timesteps;
import io.flowblend.model.ScriptSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * {@code pair.yaml}: the keys of {@link PairSpec} in kebab case. Folders and files are relative to the file's own folder, or
 * absolute. Under {@code sampling}, {@code scheduler} names a folder with a {@code scheduler_config.json} of diffusers, in
 * place of {@code solver}, {@code order} and {@code shift} or {@code dynamic-shift}; {@code timesteps} or {@code spacing}
 * takes the place of a shift. {@code torchscript} is {@link io.flowblend.model.ScriptSpec}.
 */
final class PairFile {
    static final String NAME = "pair.yaml";

    private static final String LINEAR_QUADRATIC = "linear-quadratic";

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
        Optional<ScriptSpec> script = fields.optionalObject("torchscript", ScriptFields::read);
        Path large = folder(base, fields, "large");
        if (script.isEmpty() && Files.isRegularFile(large)) {
            throw new IllegalArgumentException(
                    "'torchscript' is missing, it has to say how " + large.getFileName() + " is used");
        }
        return new PairSpec(
                fields.text("id"),
                large,
                folder(base, fields, "small"),
                folder(base, fields, "text-encoder"),
                script.isPresent() && !fields.has("tokenizer")
                        ? base.resolve("tokenizer")
                        : folder(base, fields, "tokenizer"),
                folder(base, fields, "decoder"),
                fields.integer("text-positions"),
                fields.object("sampling", sampling -> sampling(base, sampling)),
                fields.object("video", PairFile::video),
                fields.object("stored-profile", PairFile::storedProfile),
                fields.optionalObject("decoding", PairFile::decoding),
                script,
                hardware(fields));
    }

    private static PairSpec.Hardware hardware(Fields fields) {
        return new PairSpec.Hardware(
                optionalText(fields, "device"),
                optionalText(fields, "small-device"),
                optionalText(fields, "dtype"),
                fields.has("keep-text-encoder") ? Optional.of(fields.flag("keep-text-encoder")) : Optional.empty());
    }

    private static Optional<String> optionalText(Fields fields, String key) {
        return fields.has(key) ? Optional.of(fields.text(key)) : Optional.empty();
    }

    private static PairSpec.Sampling sampling(Path base, Fields fields) {
        Optional<Timesteps> timesteps = timesteps(fields);
        SchedulerConfig scheduler = fields.has("scheduler")
                ? SchedulerConfig.read(folder(base, fields, "scheduler"))
                : scheduler(fields, timesteps.isPresent());
        int listed = timesteps.map(levels -> levels.listed().size()).orElse(0);
        return new PairSpec.Sampling(
                scheduler.solver(),
                scheduler.order(),
                timesteps.isPresent() ? 1 : scheduler.shift(),
                timesteps.isPresent() ? Optional.empty() : scheduler.dynamicShift(),
                timesteps,
                listed > 0 && !fields.has("steps") ? listed : fields.integer("steps"),
                fields.number("guidance"),
                fields.has("guidance-rescale") ? fields.number("guidance-rescale") : 0,
                fields.optionalNumber("small-guidance"),
                fields.text("negative-prompt"));
    }

    /** The levels that are used as they stand, in place of any that a shift makes. */
    private static Optional<Timesteps> timesteps(Fields fields) {
        if (fields.has("timesteps")) {
            return Optional.of(Timesteps.of(fields.numbers("timesteps")));
        }
        if (!fields.has("spacing")) {
            return Optional.empty();
        }
        String spacing = fields.text("spacing");
        if (!spacing.equals(LINEAR_QUADRATIC)) {
            throw new IllegalArgumentException("spacing has to be " + LINEAR_QUADRATIC + ", not '" + spacing + "'");
        }
        return Optional.of(Timesteps.LINEAR_QUADRATIC);
    }

    private static SchedulerConfig scheduler(Fields fields, boolean withoutShift) {
        String solver = fields.text("solver");
        int order = fields.integer("order");
        if (withoutShift) {
            return new SchedulerConfig(solver, order, 1, Optional.empty());
        }
        Optional<PairSpec.DynamicShift> dynamic = fields.optionalObject("dynamic-shift", PairFile::dynamicShift);
        return new SchedulerConfig(solver, order, dynamic.isPresent() ? 1 : fields.number("shift"), dynamic);
    }

    private static PairSpec.DynamicShift dynamicShift(Fields fields) {
        return new PairSpec.DynamicShift(
                fields.number("base"),
                fields.number("max"),
                fields.integer("base-tokens"),
                fields.integer("max-tokens"),
                fields.number("terminal"));
    }

    private static PairSpec.Decoding decoding(Fields fields) {
        return new PairSpec.Decoding(fields.number("timestep"), fields.number("noise-scale"));
    }

    private static PairSpec.Video video(Fields fields) {
        return new PairSpec.Video(
                fields.integer("width"),
                fields.integer("height"),
                fields.integer("frames"),
                fields.integer("fps"),
                fields.integer("max-pixels"),
                fields.integer("max-frames"),
                fields.has("frame-times") && causalTimes(fields.text("frame-times")));
    }

    private static boolean causalTimes(String named) {
        if (!named.equals("causal") && !named.equals("even")) {
            throw new IllegalArgumentException("frame-times has to be causal or even, not '" + named + "'");
        }
        return named.equals("causal");
    }

    private static PairSpec.StoredProfile storedProfile(Fields fields) {
        return new PairSpec.StoredProfile(fields.number("early"), fields.number("late"));
    }

    private static Path folder(Path base, Fields fields, String key) {
        return base.resolve(fields.text(key)).normalize();
    }
}

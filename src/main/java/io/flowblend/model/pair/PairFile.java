package io.flowblend.model.pair;

import io.flowblend.file.Fields;
import io.flowblend.file.HubCache;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.NoiseBoundary;
import io.flowblend.model.PairLoras;
import io.flowblend.model.PairSpec;
import io.flowblend.model.PairSpec.LowNoise;
import io.flowblend.model.PairSpec.Spacing;
import io.flowblend.model.PairSpec.Timesteps;
import io.flowblend.model.ScriptSpec;
import io.flowblend.model.checkpoint.Checkpoint;
import io.flowblend.model.lora.Lora;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * {@code pair.yaml}: the keys of {@link PairSpec} in kebab case. Folders and files are named as {@link PairFiles} says;
 * {@code variant} chooses among their weights. Under {@code sampling}, {@code scheduler} names a folder with a {@code scheduler_config.json} of diffusers, in
 * place of {@code solver}, {@code order} and {@code shift} or {@code dynamic-shift}; {@code timesteps} or
 * {@code spacing} linear-quadratic takes the place of a shift, and {@code sigmas} lists levels that the shift moves. Where the {@code model_index.json} above the large model names
 * {@code LTXConditionPipeline} of diffusers, steps and frames are spaced as that one does, unless the file says otherwise.
 * Where it names a second expert ({@code boundary_ratio}, {@code transformer_2}), that one is used too; {@code low-noise} says
 * it for folders without the file, or has the last word. {@code torchscript} is {@link io.flowblend.model.ScriptSpec}.
 */
final class PairFile {
    static final String NAME = "pair.yaml";

    /** Timesteps of flow models: 1000 times the noise level. */
    private static final double TIMESTEPS = 1000;

    private static final String CONDITION_PIPELINE = "LTXConditionPipeline";

    private PairFile() {}

    /** What the {@code pair.yaml} in {@code folder} describes. */
    static PairSpec read(Path folder) {
        return read(folder, HubCache.ofThisUser());
    }

    /** @param cache where {@code hf://} addresses are looked for */
    static PairSpec read(Path folder, HubCache cache) {
        Path base = folder.toAbsolutePath().normalize();
        Path file = base.resolve(NAME);
        try (InputStream in = Files.newInputStream(file)) {
            return Fields.read(file.toString(), in, fields -> spec(new PairFiles(base, cache), fields));
        } catch (IOException e) {
            throw new InvalidFileException(file.toString(), "no such file, or not readable");
        }
    }

    private static PairSpec spec(PairFiles files, Fields fields) {
        Optional<ScriptSpec> script = fields.optionalObject("torchscript", ScriptFields::read);
        PairFiles models = files.withVariant(fields.optionalText("variant"));
        Path large = models.named(fields, "large");
        Path small = models.named(fields, "small");
        if (script.isEmpty()) {
            PairFiles.requireWeights(large);
            PairFiles.requireWeights(small);
        }
        // It takes its own levels instead of its scheduler's, and tells each latent frame the time of the first that it
        // holds.
        Optional<ModelIndex> index = ModelIndex.above(PairFiles.folderOf(large));
        boolean conditionPipeline =
                index.filter(of -> of.pipeline().equals(CONDITION_PIPELINE)).isPresent();
        if (ModelIndex.above(PairFiles.folderOf(small))
                        .flatMap(ModelIndex::lowNoise)
                        .isPresent()
                && !small.equals(large)) {
            throw new IllegalArgumentException("small: " + small
                    + " is one of two experts by its model_index.json; only the large model may be of two");
        }
        boolean causalTimes = conditionPipeline || (script.isEmpty() && Checkpoint.toldCausalTimes(large));
        Path textEncoder = models.named(fields, "text-encoder");
        Path decoder = models.named(fields, "decoder");
        Optional<LowNoise> lowNoise = lowNoise(models, fields, index.flatMap(ModelIndex::lowNoise), script.isPresent());
        models.requireVariant(
                Stream.concat(Stream.of(large, small, textEncoder, decoder), lowNoise.map(LowNoise::model).stream())
                        .toArray(Path[]::new));
        return new PairSpec(
                fields.text("id"),
                large,
                small,
                textEncoder,
                script.isPresent() && !fields.has("tokenizer")
                        ? files.base().resolve("tokenizer")
                        : files.named(fields, "tokenizer"),
                decoder,
                fields.integer("text-positions"),
                fields.object("sampling", sampling -> sampling(files, sampling, conditionPipeline)),
                fields.object("video", video -> video(video, causalTimes)),
                fields.object("stored-profile", PairFile::storedProfile),
                fields.optionalObject("decoding", PairFile::decoding),
                script,
                hardware(fields),
                fields.optionalObject("prompts", PairFile::prompts).orElse(PairSpec.Prompts.ANY),
                lowNoise,
                loras(files, fields, script.isPresent()));
    }

    private static PairSpec.Prompts prompts(Fields fields) {
        return new PairSpec.Prompts(
                fields.has("vocabulary") ? fields.textLists("vocabulary") : List.of(),
                fields.has("examples") ? fields.texts("examples") : List.of());
    }

    private static PairLoras loras(PairFiles files, Fields fields, boolean scripted) {
        if (!fields.has("lora")) {
            return PairLoras.NONE;
        }
        if (scripted) {
            throw new IllegalArgumentException("lora goes with folders of diffusers, not with torchscript");
        }
        return new PairLoras(fields.list(
                "lora",
                keys -> new PairLoras.Use(
                        new Lora(
                                files.named(keys, "file"),
                                keys.optionalNumber("strength").orElse(1)),
                        targets(keys.has("of") ? keys.text("of") : "pair"))));
    }

    private static Set<PairLoras.Target> targets(String of) {
        return switch (of) {
            case "pair" -> Set.of(PairLoras.Target.values());
            case "large" -> Set.of(PairLoras.Target.LARGE, PairLoras.Target.LOW_NOISE);
            case "high-noise" -> Set.of(PairLoras.Target.LARGE);
            case "low-noise" -> Set.of(PairLoras.Target.LOW_NOISE);
            case "small" -> Set.of(PairLoras.Target.SMALL);
            default -> throw new IllegalArgumentException(
                    "of has to be pair, large, high-noise, low-noise or small, not '" + of + "'");
        };
    }

    /** What the file says of the expert below a noise level, and for the rest what the model's index says. */
    private static Optional<LowNoise> lowNoise(
            PairFiles models, Fields fields, Optional<LowNoise> indexed, boolean scripted) {
        Optional<LowNoise> said = fields.optionalObject(
                "low-noise",
                keys -> new LowNoise(
                        keys.has("model") || indexed.isEmpty()
                                ? models.named(keys, "model")
                                : indexed.get().model(),
                        keys.has("boundary") || indexed.isEmpty()
                                ? new NoiseBoundary(keys.number("boundary"))
                                : indexed.get().boundary(),
                        keys.optionalNumber("guidance")));
        if (said.isPresent() && scripted) {
            throw new IllegalArgumentException("low-noise goes with folders of diffusers, not with torchscript");
        }
        return said.or(() -> indexed);
    }

    private static PairSpec.Hardware hardware(Fields fields) {
        return new PairSpec.Hardware(
                fields.optionalText("device"),
                fields.optionalText("small-device"),
                fields.optionalText("dtype"),
                fields.has("keep-text-encoder") ? Optional.of(fields.flag("keep-text-encoder")) : Optional.empty());
    }

    private static PairSpec.Sampling sampling(PairFiles files, Fields fields, boolean conditionPipeline) {
        Optional<SchedulerConfig> named = fields.has("scheduler")
                ? Optional.of(SchedulerConfig.read(files.named(fields, "scheduler")))
                : Optional.empty();
        boolean itsOwnLevels = conditionPipeline
                && named.filter(config -> config.solver().equals("euler")).isPresent();
        Spacing said = spacing(fields);
        Optional<Timesteps> without = timesteps(fields, itsOwnLevels && said == Spacing.SHIFTED);
        SchedulerConfig scheduler = named.orElseGet(() -> scheduler(fields, without.isPresent()));
        Optional<Timesteps> timesteps = without.or(() -> sigmas(fields, scheduler.shift()));
        int listed = timesteps.map(levels -> levels.listed().size()).orElse(0);
        return new PairSpec.Sampling(
                scheduler.solver(),
                scheduler.order(),
                timesteps.isPresent() ? 1 : scheduler.shift(),
                timesteps.isPresent() ? Optional.empty() : scheduler.dynamicShift(),
                timesteps,
                listed > 0 && !fields.has("steps") ? listed : fields.integer("steps"),
                fields.number("guidance"),
                fields.optionalNumber("guidance-rescale").orElse(0),
                fields.optionalNumber("small-guidance"),
                fields.text("negative-prompt"),
                scheduler.form(),
                timesteps.isPresent() ? Spacing.SHIFTED : said == Spacing.SHIFTED ? scheduler.spacing() : said);
    }

    /** Listed levels, which the shift moves, as in diffusers. */
    private static Optional<Timesteps> sigmas(Fields fields, double shift) {
        return fields.has("sigmas")
                ? Optional.of(Timesteps.of(fields.numbers("sigmas").stream()
                        .map(sigma -> TIMESTEPS * shift * sigma / (1 + (shift - 1) * sigma))
                        .toList()))
                : Optional.empty();
    }

    private static Spacing spacing(Fields fields) {
        String named = fields.has("spacing") ? fields.text("spacing") : "shifted";
        return switch (named) {
            case "shifted", "linear-quadratic" -> Spacing.SHIFTED;
            case "karras" -> Spacing.KARRAS;
            case "exponential" -> Spacing.EXPONENTIAL;
            case "beta" -> Spacing.BETA;
            default -> throw new IllegalArgumentException(
                    "spacing has to be shifted, linear-quadratic, karras, exponential or beta, not '" + named + "'");
        };
    }

    /** The levels that are used as they stand, in place of any that a shift makes. */
    private static Optional<Timesteps> timesteps(Fields fields, boolean linearQuadratic) {
        if (fields.has("timesteps")) {
            return Optional.of(Timesteps.of(fields.numbers("timesteps")));
        }
        boolean taken = fields.has("spacing")
                ? fields.text("spacing").equals("linear-quadratic")
                : linearQuadratic && !fields.has("sigmas");
        return taken ? Optional.of(Timesteps.LINEAR_QUADRATIC) : Optional.empty();
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

    private static PairSpec.Video video(Fields fields, boolean causalTimes) {
        return new PairSpec.Video(
                fields.integer("width"),
                fields.integer("height"),
                fields.integer("frames"),
                fields.integer("fps"),
                fields.integer("max-pixels"),
                fields.integer("max-frames"),
                choice(fields, "frame-times", "causal", "even", causalTimes));
    }

    /** Whether the value at {@code key} is {@code yes}, not {@code no}. */
    private static boolean choice(Fields fields, String key, String yes, String no, boolean unsaid) {
        if (!fields.has(key)) {
            return unsaid;
        }
        String named = fields.text(key);
        if (!named.equals(yes) && !named.equals(no)) {
            throw new IllegalArgumentException(key + " has to be " + yes + " or " + no + ", not '" + named + "'");
        }
        return named.equals(yes);
    }

    private static PairSpec.StoredProfile storedProfile(Fields fields) {
        return new PairSpec.StoredProfile(fields.number("early"), fields.number("late"));
    }
}

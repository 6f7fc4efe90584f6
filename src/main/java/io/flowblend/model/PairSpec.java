package io.flowblend.model;

import io.flowblend.tensor.Placement;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A pair as its {@code pair.yaml} describes it. All paths are absolute. Constructors refuse impossible values.
 *
 * @param id name of the pair in the API, {@code [a-z0-9][a-z0-9._-]*}, at most 64 characters
 * @param large folder of the large model (diffusers layout), or its TorchScript file
 * @param small folder of the small model, or its TorchScript file
 * @param textEncoder folder of the text encoder; with TorchScript models also a TorchScript file or a table of prompts
 * @param tokenizer folder with {@code tokenizer.json} or {@code spiece.model}
 * @param decoder folder of the video autoencoder; with TorchScript models also a TorchScript file
 * @param textPositions T, the number of text positions that the models attend to, 1..4096
 * @param sampling defaults of the solver
 * @param video default size and the limits of what may be asked for
 * @param storedProfile the LSL schedule that the controller falls back to
 * @param decoding how a decoder that is told a noise level is used; if empty, as its makers recommend
 * @param script how TorchScript files are used; there if the models are such files
 * @param hardware where the models run
 * @param prompts what prompts may say
 * @param lowNoise the second expert of the large model, if it is of two
 * @param loras LoRA files that are merged into the models' weights
 */
public record PairSpec(
        String id,
        Path large,
        Path small,
        Path textEncoder,
        Path tokenizer,
        Path decoder,
        int textPositions,
        Sampling sampling,
        Video video,
        StoredProfile storedProfile,
        Optional<Decoding> decoding,
        Optional<ScriptSpec> script,
        Hardware hardware,
        Prompts prompts,
        Optional<LowNoise> lowNoise,
        PairLoras loras) {

    public PairSpec {
        check(id.matches("[a-z0-9][a-z0-9._-]{0,63}"), "id '" + id + "' is not [a-z0-9][a-z0-9._-]*, 1..64 long");
        check(textPositions >= 1 && textPositions <= 4096, "text-positions has to be 1..4096, not " + textPositions);
    }

    /** The same under another id with other LoRA files. */
    public PairSpec with(String otherId, PairLoras otherLoras) {
        return new PairSpec(
                otherId,
                large,
                small,
                textEncoder,
                tokenizer,
                decoder,
                textPositions,
                sampling,
                video,
                storedProfile,
                decoding,
                script,
                hardware,
                prompts,
                lowNoise,
                otherLoras);
    }

    /** A pair of folders that leaves open where it runs and takes any prompt. */
    public PairSpec(
            String id,
            Path large,
            Path small,
            Path textEncoder,
            Path tokenizer,
            Path decoder,
            int textPositions,
            Sampling sampling,
            Video video,
            StoredProfile storedProfile,
            Optional<Decoding> decoding) {
        this(
                id,
                large,
                small,
                textEncoder,
                tokenizer,
                decoder,
                textPositions,
                sampling,
                video,
                storedProfile,
                decoding,
                Optional.empty(),
                Hardware.OPEN,
                Prompts.ANY,
                Optional.empty(),
                PairLoras.NONE);
    }

    /**
     * What prompts may say.
     *
     * @param vocabulary the words that the pair knows, in lower case, by kind; empty: it takes any text
     * @param examples prompts that it does well, may be empty
     */
    public record Prompts(List<List<String>> vocabulary, List<String> examples) {
        /** Any text, and no examples. */
        public static final Prompts ANY = new Prompts(List.of(), List.of());

        /** Words and marks, as a tokenizer of whole words splits a text. */
        private static final Pattern WORD = Pattern.compile("\\w+|[^\\w\\s]+", Pattern.UNICODE_CHARACTER_CLASS);

        public Prompts {
            vocabulary = vocabulary.stream().map(List::copyOf).toList();
            examples = List.copyOf(examples);
            for (List<String> kind : vocabulary) {
                for (String word : kind) {
                    check(
                            words(word).equals(List.of(word)),
                            "vocabulary: '" + word + "' is not one word in lower case");
                }
            }
            for (String example : examples) {
                List<String> unknown = unknown(vocabulary, example);
                check(!example.isBlank(), "examples: a prompt is empty");
                check(
                        unknown.isEmpty(),
                        "examples: '" + example + "' has words that vocabulary lacks: " + String.join(", ", unknown));
            }
        }

        /** The words of {@code prompt} that the pair does not know, each once. */
        public List<String> unknownIn(String prompt) {
            return unknown(vocabulary, prompt);
        }

        private static List<String> unknown(List<List<String>> vocabulary, String prompt) {
            return vocabulary.isEmpty()
                    ? List.of()
                    : words(prompt).stream()
                            .filter(word -> vocabulary.stream().noneMatch(kind -> kind.contains(word)))
                            .distinct()
                            .toList();
        }

        private static List<String> words(String text) {
            return WORD.matcher(text.toLowerCase(Locale.ROOT))
                    .results()
                    .map(MatchResult::group)
                    .toList();
        }
    }

    /**
     * The expert that takes the large model's place below a noise level (Wan 2.2 A14B).
     *
     * @param model folder of its transformer
     * @param boundary the noise level
     * @param guidance its default guidance scale, 1..100; if empty, that of the expert above
     */
    public record LowNoise(Path model, NoiseBoundary boundary, OptionalDouble guidance) {
        public LowNoise {
            double scale = guidance.orElse(1);
            check(scale >= 1 && scale <= 100, "low-noise.guidance has to be 1..100, not " + scale);
        }
    }

    /**
     * Where models run. What is empty is left to the machine's own settings.
     *
     * @param device of the pair: {@code auto} (a GPU where there is one), {@code cpu} or {@code cuda:N}
     * @param smallDevice of the small model, where it is not the pair's
     * @param dtype {@code auto} (bfloat16 on a GPU, float32 on the CPU), {@code fastest}, {@code float32} or {@code bfloat16}
     * @param keepTextEncoder whether the text encoder stays in memory between prompts
     */
    public record Hardware(
            Optional<String> device,
            Optional<String> smallDevice,
            Optional<String> dtype,
            Optional<Boolean> keepTextEncoder) {
        /** Nothing is said. */
        public static final Hardware OPEN =
                new Hardware(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

        private static final List<String> DTYPES = List.of("auto", "fastest", "float32", "bfloat16");

        public Hardware {
            device.ifPresent(name -> checkDevice("device", name));
            smallDevice.ifPresent(name -> checkDevice("small-device", name));
            dtype.ifPresent(
                    name -> check(DTYPES.contains(name), "dtype has to be one of " + DTYPES + ", not '" + name + "'"));
        }

        /** What is said here, and for the rest what {@code others} say. */
        public Hardware or(Hardware others) {
            return new Hardware(
                    device.or(others::device),
                    smallDevice.or(() -> device.isPresent() ? Optional.empty() : others.smallDevice()),
                    dtype.or(others::dtype),
                    keepTextEncoder.or(others::keepTextEncoder));
        }

        private static void checkDevice(String key, String name) {
            check(
                    name.equals("auto") || Placement.isDevice(name),
                    key + " has to be auto, cpu, cuda or cuda:N, not '" + name + "'");
        }
    }

    /**
     * Defaults of the solver.
     *
     * @param solver {@code unipc}, {@code dpm++}, {@code euler}, {@code heun} or {@code lcm}
     * @param order order of UniPC and DPM-Solver++, 1..3 (1 for euler and lcm, 2 for heun)
     * @param shift flow shift, above 0, at most 100
     * @param dynamicShift how the flow shift follows from the video's size instead, if it does; for euler and lcm
     * @param timesteps the noise levels themselves, if no shift makes them; with shift 1
     * @param steps default number of steps, 1..1000
     * @param guidance default guidance scale, 1..100; 1 = no guidance
     * @param guidanceRescale share by which guided velocities keep the prompt's own deviation, 0..1; 0 = not at all
     * @param smallGuidance guidance scale of the small model, where it is not the request's: 1 for one that was distilled
     *     to do without
     * @param negativePrompt default negative prompt, may be empty
     * @param form of the solver
     * @param spacing of the levels between the highest and the lowest; for euler and lcm
     */
    public record Sampling(
            String solver,
            int order,
            double shift,
            Optional<DynamicShift> dynamicShift,
            Optional<Timesteps> timesteps,
            int steps,
            double guidance,
            double guidanceRescale,
            OptionalDouble smallGuidance,
            String negativePrompt,
            SolverForm form,
            Spacing spacing) {
        private static final List<String> SOLVERS = List.of("dpm++", "euler", "heun", "lcm", "unipc");

        /** Solvers that go straight from level to level. */
        private static final List<String> STRAIGHT = List.of("euler", "lcm");

        public Sampling {
            check(SOLVERS.contains(solver), "solver has to be one of " + SOLVERS + ", not '" + solver + "'");
            boolean possible =
                    switch (solver) {
                        case "unipc", "dpm++" -> order >= 1 && order <= 3;
                        case "heun" -> order == 2;
                        default -> order == 1;
                    };
            check(
                    possible,
                    "order " + order + " of " + solver
                            + " is not there: unipc and dpm++ have 1..3, heun 2, euler and lcm 1");
            check(
                    dynamicShift.isEmpty() || STRAIGHT.contains(solver),
                    "dynamic-shift goes with the solvers euler and lcm, not with " + solver);
            check(
                    timesteps.isEmpty() || (dynamicShift.isEmpty() && shift == 1 && spacing == Spacing.SHIFTED),
                    "listed levels and spacing linear-quadratic go without a shift and without another spacing");
            check(
                    !timesteps.equals(Optional.of(Timesteps.LINEAR_QUADRATIC)) || STRAIGHT.contains(solver),
                    "spacing linear-quadratic goes with the solvers euler and lcm, not with " + solver);
            check(
                    spacing == Spacing.SHIFTED || STRAIGHT.contains(solver),
                    "spacing karras, exponential and beta go with the solvers euler and lcm, not with " + solver);
            timesteps
                    .map(Timesteps::listed)
                    .filter(listed -> !listed.isEmpty())
                    .ifPresent(listed -> check(
                            steps == listed.size(),
                            "steps has to be " + listed.size() + ", the number of timesteps, not " + steps));
            check(shift > 0 && shift <= 100, "shift has to be above 0 and at most 100, not " + shift);
            check(steps >= 1 && steps <= 1000, "steps has to be 1..1000, not " + steps);
            check(guidance >= 1 && guidance <= 100, "guidance has to be 1..100, not " + guidance);
            check(
                    guidanceRescale >= 0 && guidanceRescale <= 1,
                    "guidance-rescale has to be 0..1, not " + guidanceRescale);
            double small = smallGuidance.orElse(1);
            check(small >= 1 && small <= 100, "small-guidance has to be 1..100, not " + small);
        }

        /** Every step is corrected, where the solver corrects. */
        public Sampling(
                String solver,
                int order,
                double shift,
                Optional<DynamicShift> dynamicShift,
                Optional<Timesteps> timesteps,
                int steps,
                double guidance,
                double guidanceRescale,
                OptionalDouble smallGuidance,
                String negativePrompt) {
            this(
                    solver,
                    order,
                    shift,
                    dynamicShift,
                    timesteps,
                    steps,
                    guidance,
                    guidanceRescale,
                    smallGuidance,
                    negativePrompt,
                    SolverForm.PLAIN,
                    Spacing.SHIFTED);
        }

        /** Without a dynamic shift and without rescaled guidance. */
        public Sampling(String solver, int order, double shift, int steps, double guidance, String negativePrompt) {
            this(
                    solver,
                    order,
                    shift,
                    Optional.empty(),
                    Optional.empty(),
                    steps,
                    guidance,
                    0,
                    OptionalDouble.empty(),
                    negativePrompt);
        }

        /** The small model's guidance scale where a request's is {@code scale}. */
        public double smallScale(double scale) {
            return smallGuidance.orElse(scale);
        }

        /** Passes that a model makes a step under guidance of that scale: by the prompt and, unless it is 1, the negative one. */
        public static int passes(double scale) {
            return scale == 1 ? 1 : 2;
        }

        /** Whether a flow shift moves the levels. */
        public boolean isShifted() {
            return timesteps.isEmpty() && form.karras().isEmpty();
        }

        /** The only number of steps there is, if the levels are listed one by one. */
        public OptionalInt fixedSteps() {
            return timesteps.isPresent() && !timesteps.get().listed().isEmpty()
                    ? OptionalInt.of(steps)
                    : OptionalInt.empty();
        }

        /** The flow shift for latents of that shape. */
        public double shift(LatentShape latents) {
            return dynamicShift
                    .map(dynamic -> Math.exp(dynamic.logarithm(latents.positions())))
                    .orElse(shift);
        }
    }

    /** How levels are spaced between the highest and the lowest that a shift leaves. */
    public enum Spacing {
        /** As the shift leaves them. */
        SHIFTED,
        /** Evenly in the seventh root. */
        KARRAS,
        /** Evenly in the logarithm. */
        EXPONENTIAL,
        /** At even quantiles of the beta distribution (0.6, 0.6). */
        BETA
    }

    /**
     * Noise levels that no shift moves, as timesteps: 1000 times the level.
     *
     * @param listed one for each step, falling, from at most 1000 to above 0; the end at 0 is not among them. Empty:
     *     linear, then quadratic, for any number of steps
     */
    public record Timesteps(List<Double> listed) {
        private static final int MOST = 1000;

        /** Half of the steps for the first fortieth of the noise, then ever longer ones. */
        public static final Timesteps LINEAR_QUADRATIC = new Timesteps(List.of());

        public Timesteps {
            listed = List.copyOf(listed);
            check(listed.size() <= MOST, "timesteps has " + listed.size() + " values, at most 1000 are accepted");
            float before = Math.nextUp(1.0f);
            for (double timestep : listed) {
                float level = (float) timestep / MOST;
                check(
                        level > 0 && level < before,
                        "timesteps have to fall from at most 1000 to above 0 (the end at 0 is not listed), which "
                                + timestep + " does not");
                before = level;
            }
        }

        /** One step for each of {@code listed}. */
        public static Timesteps of(List<Double> listed) {
            check(!listed.isEmpty(), "timesteps is empty; it needs a value for each step");
            return new Timesteps(listed);
        }
    }

    /**
     * A flow shift {@code e^mu} that grows with the video: mu is linear in the number of latent positions (frames x rows x
     * columns), through two given points. FlowMatchEulerDiscreteScheduler of diffusers 0.42.1 with dynamic shifting.
     *
     * @param base mu at {@code baseTokens} positions
     * @param max mu at {@code maxTokens} positions; it goes on growing beyond them
     * @param baseTokens from 1
     * @param maxTokens above {@code baseTokens}
     * @param terminal noise level of the last step, within (0, 1), to which the levels are stretched; 0 = not stretched
     */
    public record DynamicShift(double base, double max, int baseTokens, int maxTokens, double terminal) {
        public DynamicShift {
            check(
                    Math.abs(base) <= 10 && Math.abs(max) <= 10,
                    "dynamic shifts have to be -10..10, not " + base + " and " + max);
            check(
                    baseTokens >= 1 && baseTokens < maxTokens,
                    "base-tokens has to be 1 or more and below max-tokens, not " + baseTokens + " and " + maxTokens);
            check(terminal >= 0 && terminal < 1, "terminal has to be 0 or more and below 1, not " + terminal);
        }

        /** mu for that many latent positions. */
        public double logarithm(long tokens) {
            double slope = (max - base) / (maxTokens - baseTokens);
            return tokens * slope + (base - slope * baseTokens);
        }
    }

    /**
     * How a decoder that is told a noise level is used.
     *
     * @param timestep the noise level that it is told, 0..1
     * @param noiseScale share of noise that is mixed into the latents, 0..1
     */
    public record Decoding(double timestep, double noiseScale) {
        public Decoding {
            check(timestep >= 0 && timestep <= 1, "timestep has to be 0..1, not " + timestep);
            check(noiseScale >= 0 && noiseScale <= 1, "noise-scale has to be 0..1, not " + noiseScale);
        }
    }

    /**
     * Default size and limits.
     *
     * @param width default width, pixels
     * @param height default height, pixels
     * @param frames default number of frames
     * @param fps frames a second, 1..120
     * @param maxPixels largest width x height that is accepted
     * @param maxFrames largest number of frames that is accepted
     * @param causalTimes whether models are told the time of the first frame that a latent frame stands for, as LTX-Video
     *     0.9.5 and later are; otherwise latent frames lie equally far apart
     */
    public record Video(int width, int height, int frames, int fps, int maxPixels, int maxFrames, boolean causalTimes) {
        public Video {
            check(width >= 1 && height >= 1, "width and height have to be positive");
            check(
                    (long) width * height <= maxPixels,
                    "max-pixels " + maxPixels + " is below the default " + width + "x" + height);
            check(
                    frames >= 1 && frames <= maxFrames,
                    "frames has to be 1..max-frames (" + maxFrames + "), not " + frames);
            check(fps >= 1 && fps <= 120, "fps has to be 1..120, not " + fps);
        }

        /** With latent frames equally far apart. */
        public Video(int width, int height, int frames, int fps, int maxPixels, int maxFrames) {
            this(width, height, frames, fps, maxPixels, maxFrames, false);
        }
    }

    /**
     * The LSL schedule that the controller falls back to.
     *
     * @param early fraction of the steps that LARGE makes at the start, 0..1
     * @param late fraction of the steps that LARGE makes at the end, 0..1; together at most 1
     */
    public record StoredProfile(double early, double late) {
        public StoredProfile {
            check(
                    early >= 0 && late >= 0 && early + late <= 1,
                    "early " + early + " and late " + late + " have to be fractions that add up to at most 1");
        }
    }

    private static void check(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }
}

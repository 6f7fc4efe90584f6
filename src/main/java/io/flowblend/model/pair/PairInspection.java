package io.flowblend.model.pair;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.model.PairSpec;
import io.flowblend.model.PairSpec.Hardware;
import io.flowblend.model.TransformerPlan;
import io.flowblend.model.checkpoint.Checkpoint;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.t5.T5Encoder;
import io.flowblend.model.vae.LatentGrid;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.WeightFiles;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * A pair's size, memory and cost for a video, from configs and the headers of weight files; nothing is loaded.
 *
 * @param pair its id
 * @param parts large, its second expert if it is of two, small, text encoder and decoder, in that order
 * @param video what memory and cost are for
 * @param large cost of a step by the large model
 * @param small cost of a step by the small model
 * @param memory what serving the pair takes of each device, the large model's first
 * @param notes what could not be told, in sentences
 */
public record PairInspection(
        String pair,
        List<Part> parts,
        Video video,
        StepCost large,
        StepCost small,
        List<Memory> memory,
        List<String> notes) {
    private static final String LARGE = "large";
    private static final String LARGE_BELOW = "large (low)";
    private static final String SMALL = "small";
    private static final String ENCODER = "text encoder";
    private static final String DECODER = "decoder";

    /**
     * A part of the pair.
     *
     * @param role large, large (low), small, text encoder or decoder
     * @param architecture class name
     * @param parameters numbers in its weights; 0 where neither file nor config tells
     * @param bytesByFormat stored bytes by the format's name; empty where the files are not there
     */
    public record Part(String role, String architecture, long parameters, Map<String, Long> bytesByFormat) {}

    /**
     * Size of the video.
     *
     * @param latents channels, frames, height and width of its latents
     * @param tokens video tokens of the large model
     * @param textTokens text positions
     * @param passes of guidance a step of the large model: 2, or 1 without guidance
     * @param smallPasses the same of the small model
     */
    public record Video(
            int width,
            int height,
            int frames,
            LatentShape latents,
            long tokens,
            int textTokens,
            int passes,
            int smallPasses) {}

    /**
     * Floating point operations of one step (2 per multiply-add).
     *
     * @param paperLinear linear layers only, as the FlowBlending paper counts: for WAN one pass, for LTX-Video all passes
     *     with the time's layers run for every token
     * @param linear linear layers of all passes
     * @param total {@code linear} and the attention products
     */
    public record StepCost(double paperLinear, double linear, double total) {}

    /**
     * Bytes on one device. All but the weights are estimates.
     *
     * @param dtype that transformers and text encoder are used in; decoders are float32
     * @param weights of all parts that stay there and whose size is known
     * @param encode what encoding a prompt takes beside them; the text encoder's weights among it where they are brought for it
     * @param forward what a forward takes beside them, one pass at a time, of the model that takes more
     * @param decode what decoding takes beside them, the frames among it
     */
    public record Memory(String device, String dtype, long weights, long encode, long forward, long decode) {
        Memory(Placement placement, long weights, long encode, long forward, long decode) {
            this(placement.device(), placement.formatName(), weights, encode, forward, decode);
        }

        /** Weights, and what takes most beside them. */
        @JsonProperty
        public long atOnce() {
            return weights + Math.max(encode, Math.max(forward, decode));
        }
    }

    /** Size that a video is asked for in; 0 stands for the pair's default. */
    public record Size(int width, int height, int frames) {
        /** @param tokens video tokens of latents of a shape */
        Video video(PairSpec spec, LatentGrid grid, ToLongFunction<LatentShape> tokens) {
            int wide = of(width, spec.video().width());
            int high = of(height, spec.video().height());
            int many = of(frames, spec.video().frames());
            LatentShape latents = grid.shape(many, high, wide);
            PairSpec.Sampling sampling = spec.sampling();
            return new Video(
                    wide,
                    high,
                    many,
                    latents,
                    tokens.applyAsLong(latents),
                    spec.textPositions(),
                    PairSpec.Sampling.passes(sampling.guidance()),
                    PairSpec.Sampling.passes(sampling.smallScale(sampling.guidance())));
        }

        private static int of(int asked, int usual) {
            return asked == 0 ? usual : asked;
        }
    }

    /**
     * Looks at the pair in {@code folder}.
     *
     * @param hardware where it is to be served, before what the pair says; the device need not be there
     * @throws InvalidFileException if its files are not valid or not supported
     * @throws IllegalArgumentException if the pair cannot make a video of that size, naming the nearest
     */
    public static PairInspection of(Path folder, Size size, Hardware hardware) {
        PairSpec spec = PairLoader.describe(folder);
        if (spec.script().isPresent()) {
            return new ScriptedInspection(spec, spec.script().get(), folder.resolve(PairFile.NAME)).of(size);
        }
        ModelFamily family = ModelFamily.of(spec);
        family.requireOneLatentSpace(ConfigFile.in(spec.large(), ModelPart.TRANSFORMER), spec);
        family.requireOneLatentSpace(ConfigFile.in(spec.small(), ModelPart.TRANSFORMER), spec);
        PairPlan plan = family.plan(spec);
        TransformerPlan large = plan.large();
        TransformerPlan small = plan.small();
        Video video = size.video(spec, plan.decoder().grid(), large.tokens()::applyAsInt);
        List<Part> parts = new ArrayList<>();
        parts.add(part(LARGE, spec.large(), ModelPart.TRANSFORMER, large.parameters()));
        spec.lowNoise().ifPresent(low -> {
            PairLoader.requireOneSize(
                    ConfigFile.in(spec.large(), ModelPart.TRANSFORMER),
                    ConfigFile.in(low.model(), ModelPart.TRANSFORMER));
            parts.add(part(LARGE_BELOW, low.model(), ModelPart.TRANSFORMER, large.parameters()));
        });
        parts.add(part(SMALL, spec.small(), ModelPart.TRANSFORMER, small.parameters()));
        parts.add(part(ENCODER, spec.textEncoder(), ModelPart.TEXT_ENCODER, T5Encoder.parameters(spec.textEncoder())));
        parts.add(part(DECODER, spec.decoder(), ModelPart.DECODER, 0));
        Placements placements = Placements.planned(hardware.or(spec.hardware()));
        return new PairInspection(
                spec.id(),
                parts,
                video,
                cost(plan, large, spec.large(), video, video.passes()),
                cost(plan, small, spec.small(), video, video.smallPasses()),
                memory(spec, placements, parts, plan, video),
                notes(spec, placements, parts));
    }

    static Part part(String role, Path folder, ModelPart part, long parameters) {
        String architecture = ConfigFile.in(folder, part).architecture();
        if (!WeightFiles.areIn(folder)) {
            return new Part(role, architecture, parameters, Map.of());
        }
        try (Weights weights = Weights.open(Checkpoint.weights(folder, part), Placement.CPU)) {
            return new Part(role, architecture, weights.parameters(), weights.bytesByFormat());
        }
    }

    private static StepCost cost(PairPlan plan, TransformerPlan transformer, Path folder, Video video, int passes) {
        ForwardCost here =
                transformer.forward(video.latents(), video.textTokens()).times(passes);
        double paper = plan.paper().step(folder, video.latents(), video.textTokens(), passes);
        return new StepCost(paper, here.linear(), here.total());
    }

    private static List<Memory> memory(
            PairSpec spec, Placements placements, List<Part> parts, PairPlan plan, Video video) {
        Placement large = placements.large();
        Placement small = placements.small();
        long encoder = bytes(parts, ENCODER, large);
        long decoder = bytes(parts, DECODER, large.exact());
        long weights = bytes(parts, LARGE, large)
                + bytes(parts, LARGE_BELOW, large)
                + decoder
                + (placements.keepTextEncoder() ? encoder : 0);
        long encode = T5Encoder.workingBytes(spec.textEncoder(), video.textTokens(), large)
                + (placements.keepTextEncoder() ? 0 : encoder);
        long ofLarge = plan.large().workingBytes(video.latents(), video.textTokens(), large);
        long ofSmall = plan.small().workingBytes(video.latents(), video.textTokens(), small);
        long decode = plan.decoder().workingBytes(video.latents());
        long smallWeights = bytes(parts, SMALL, small);
        if (small.device().equals(large.device())) {
            return List.of(new Memory(large, weights + smallWeights, encode, Math.max(ofLarge, ofSmall), decode));
        }
        return List.of(
                new Memory(large, weights, encode, ofLarge, decode), new Memory(small, smallWeights, 0, ofSmall, 0));
    }

    /** Of the part of that role; 0 if there is none. */
    private static long bytes(List<Part> parts, String role, Placement placement) {
        return parts.stream()
                .filter(part -> part.role().equals(role))
                .mapToLong(part -> part.parameters() * placement.bytes())
                .sum();
    }

    private static List<String> notes(PairSpec spec, Placements placements, List<Part> parts) {
        String encoder = placements.keepTextEncoder()
                ? "The text encoder stays in memory, too."
                : "The text encoder is loaded for each new prompt and freed before the first step.";
        Stream<String> experts = spec.lowNoise().stream()
                .map(low -> String.format(
                        Locale.ROOT,
                        "Three models stay in memory all the time: large from noise level %s on, %s below it, and small."
                                + " A step runs one of the two experts. %s",
                        low.boundary().sigma(),
                        LARGE_BELOW,
                        encoder));
        Stream<String> absent = parts.stream()
                .filter(part -> part.bytesByFormat().isEmpty())
                .map(part -> "The " + part.role() + "'s weight files are not there: "
                        + (part.parameters() == 0 ? "its weights are not counted." : "counted from its config."));
        return Stream.concat(experts, absent).toList();
    }
}

package io.flowblend.model.ltx;

import io.flowblend.model.Condition;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.model.Scene;
import io.flowblend.model.TransformerCost;
import io.flowblend.model.TransformerPlan;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.checkpoint.Checkpoint;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.layer.Linear;
import io.flowblend.model.layer.PatchGrid;
import io.flowblend.model.layer.TimeModulation;
import io.flowblend.model.lora.Lora;
import io.flowblend.model.lora.LoraMerge;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code LTXVideoTransformer3DModel} of diffusers (LTX-Video, HaCohen et al. 2025, arXiv 2501.00103). Latents
 * become one sequence of tokens, which lie in time and space by seconds and pixels ({@link Scene}). Tokens of given frames
 * are told the noise level 0; what the model says about them has no meaning. What follows from the text alone (keys and
 * values of every layer's cross-attention) stays with the {@link Condition}.
 */
public final class LtxTransformer implements VelocityModel {
    /** The models are trained on timestep = 1000 sigma. */
    private static final double TIMESTEPS = 1000;

    /** Taken from the scores of text positions that are masked out. */
    private static final double MASKED = 10_000;

    /** Added to variances before the head. */
    private static final double HEAD_EPSILON = 1e-6;

    private static final TimeModulation.Names TIME = new TimeModulation.Names(
            "time_embed.emb.timestep_embedder.linear_", "time_embed.linear", "transformer_blocks.", false);

    private final Weights weights;
    private final LtxConfig config;
    private final LtxRotary rotary;
    private final Linear tokensIn;
    private final Linear tokensOut;
    private final Linear text1;
    private final Linear text2;
    private final TimeModulation time;
    private final List<LtxBlock> blocks;

    private LtxTransformer(Weights weights, LtxConfig config) {
        this.weights = weights;
        this.config = config;
        int width = config.width();
        rotary = new LtxRotary(config, weights.placement());
        tokensIn = Linear.read(weights, "proj_in", config.inChannels(), width);
        tokensOut = Linear.read(weights, "proj_out", width, config.outChannels());
        text1 = Linear.read(weights, "caption_projection.linear_1", config.textWidth(), width);
        text2 = Linear.read(weights, "caption_projection.linear_2", width, width);
        time = TimeModulation.read(weights, TIME, config.layers(), width, LtxConfig.TIME_WIDTH);
        blocks = IntStream.range(0, config.layers())
                .mapToObj(i -> LtxBlock.read(weights, i, config))
                .toList();
        weights.requireAllRead();
    }

    /** As {@link #load(Path, Placement)}, in float32 on the CPU. */
    public static LtxTransformer load(Path folder) {
        return load(folder, Placement.CPU);
    }

    /**
     * Reads a folder of the diffusers layout: {@code config.json} and one safetensors file or its shards.
     *
     * @throws io.flowblend.file.InvalidFileException if a part is missing, damaged or not supported
     */
    public static LtxTransformer load(Path folder, Placement placement) {
        return load(folder, placement, List.of());
    }

    /** As {@link #load(Path, Placement)}, with LoRA files merged into the weights. */
    public static LtxTransformer load(Path folder, Placement placement, List<Lora> loras) {
        LtxConfig config = LtxConfig.read(folder);
        try (LoraMerge merge = LoraMerge.open(loras)) {
            return Checkpoint.load(
                    folder,
                    ModelPart.TRANSFORMER,
                    placement,
                    weights -> new LtxTransformer(merge.into(weights), config));
        }
    }

    /** Another model of the same folder and the same memory, with LoRA files applied beside the weights. */
    public LtxTransformer beside(Path folder, List<Lora> loras) {
        try (LoraMerge merge = LoraMerge.open(loras)) {
            return Checkpoint.load(
                    folder,
                    ModelPart.TRANSFORMER,
                    placement(),
                    own -> new LtxTransformer(merge.beside(own.sharing(weights)), config));
        }
    }

    /**
     * Cost of one pass of the model in {@code folder}, from its config alone.
     *
     * @param timePerToken whether the time's layers are counted for every token, as the FlowBlending paper does for image
     *     to video; here they run once for each noise level
     * @throws IllegalArgumentException if the latents do not fit the model
     */
    public static ForwardCost cost(Path folder, LatentShape latents, int textTokens, boolean timePerToken) {
        return LtxConfig.read(folder).cost(latents, textTokens, timePerToken);
    }

    /** What the config of the model in {@code folder} says of its size. */
    public static TransformerPlan plan(Path folder) {
        return plan(LtxConfig.read(folder));
    }

    private static TransformerPlan plan(LtxConfig config) {
        TransformerCost cost = config.cost(false);
        return new TransformerPlan(
                cost, cost.parameters(false), latents -> config.grid(latents).tokens());
    }

    @Override
    public Tensor velocity(Tensor x, double sigma, Condition condition) {
        PatchGrid grid = config.grid(LatentShape.of(x));
        try (TensorScope scope = TensorScope.open()) {
            Tensor tokens = config.patches().rows(x, grid).view(x.size(0), grid.tokens(), -1);
            return scope.keep(unpatched(packedVelocity(tokens, grid, sigma, condition), grid));
        }
    }

    /**
     * The velocity of tokens.
     *
     * @param tokens {@code [B, N, C]}, over columns first, then rows, then frames
     * @param grid N = frames x height x width patches
     * @return {@code [B, N, C]}
     */
    public Tensor packedVelocity(Tensor tokens, PatchGrid grid, double sigma, Condition condition) {
        long batch = tokens.size(0);
        condition.requireShape(batch, config.textWidth());
        try (TensorScope scope = TensorScope.open()) {
            List<Tensor> text = condition.prepared(this, () -> text(condition));
            Optional<Tensor> bias =
                    condition.textMask().isPresent() ? Optional.of(text.get(2 * blocks.size())) : Optional.empty();
            Tensor turns = rotary.turns(grid, condition.scene());
            List<LtxBlock.Span> spans = spans(grid, sigma, condition.scene());
            Tensor x = tokensIn.apply(placement().here(tokens).reshape(-1, config.inChannels()));
            for (int i = 0; i < blocks.size(); i++) {
                LtxBlock.Text ofLayer = new LtxBlock.Text(text.get(2 * i), text.get(2 * i + 1), bias);
                blocks.get(i).advance(x, batch, i, spans, turns, ofLayer);
            }
            Tensor normed = torch.layer_norm(
                    x, new long[] {config.width()}, new TensorOptional(), new TensorOptional(), HEAD_EPSILON, false);
            for (LtxBlock.Span span : spans) {
                span.of(normed, batch)
                        .mul_(span.time().headScale())
                        .add_(span.time().headShift());
            }
            Tensor velocity = tokensOut.apply(normed).view(batch, grid.tokens(), config.outChannels());
            return scope.keep(velocity.to(tokens));
        }
    }

    /** The tokens of given frames, at noise level 0, and the others. */
    private List<LtxBlock.Span> spans(PatchGrid grid, double sigma, Scene scene) {
        int patch = config.patches().frames();
        int given = scene.givenFrames() / patch;
        if (scene.givenFrames() % patch != 0 || given > grid.frames()) {
            throw new IllegalArgumentException(
                    scene.givenFrames() + " given frames have to be a multiple of the patch size " + patch
                            + " and at most " + grid.frames() * patch);
        }
        long givenTokens = (long) given * grid.height() * grid.width();
        List<LtxBlock.Span> spans = new ArrayList<>(2);
        if (givenTokens > 0) {
            spans.add(new LtxBlock.Span(0, givenTokens, time.at(0)));
        }
        if (givenTokens < grid.tokens()) {
            spans.add(new LtxBlock.Span(givenTokens, grid.tokens() - givenTokens, time.at(TIMESTEPS * sigma)));
        }
        return spans;
    }

    /** Keys and values of every layer's cross-attention, two tensors a layer, then what the mask adds to the scores. */
    private List<Tensor> text(Condition condition) {
        long batch = condition.batch();
        Tensor rows = placement().here(condition.embeddings()).reshape(-1, config.textWidth());
        Tensor text = text2.apply(torch.gelu_(text1.apply(rows), "tanh"));
        List<Tensor> made = new ArrayList<>();
        for (LtxBlock block : blocks) {
            made.add(block.cross().textKeys(text, batch));
            made.add(block.cross().textValues(text, batch));
        }
        condition
                .textMask()
                .ifPresent(mask -> made.add(placement()
                        .here(mask)
                        .sub(new Scalar(1.0))
                        .mul(new Scalar(MASKED))
                        .view(batch, 1, 1, -1)));
        return made;
    }

    /** Tokens {@code [B, N, C pf ph pw]} as a velocity {@code [B, C, F, H, W]}. */
    private Tensor unpatched(Tensor tokens, PatchGrid grid) {
        int frames = config.patches().frames();
        int side = config.patches().height();
        long channels = config.outChannels() / config.patches().volume();
        return tokens.view(tokens.size(0), grid.frames(), grid.height(), grid.width(), channels, frames, side, side)
                .permute(0, 4, 1, 5, 2, 6, 3, 7)
                .reshape(
                        tokens.size(0),
                        channels,
                        (long) grid.frames() * frames,
                        (long) grid.height() * side,
                        (long) grid.width() * side);
    }

    @Override
    public ForwardCost cost(LatentShape latents, int textTokens) {
        return config.cost(latents, textTokens, false);
    }

    @Override
    public Placement placement() {
        return weights.placement();
    }

    @Override
    public long workingBytes(LatentShape latents, int textTokens) {
        return plan(config).workingBytes(latents, textTokens, placement());
    }

    @Override
    public long parameters() {
        return weights.parameters();
    }

    @Override
    public void close() {
        rotary.close();
        weights.close();
    }
}

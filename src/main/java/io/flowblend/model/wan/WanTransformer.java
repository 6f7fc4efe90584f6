package io.flowblend.model.wan;

import io.flowblend.model.Condition;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.model.TransformerCost;
import io.flowblend.model.TransformerPlan;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.checkpoint.Checkpoint;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.layer.Linear;
import io.flowblend.model.layer.PatchGrid;
import io.flowblend.model.layer.RowNorm;
import io.flowblend.model.layer.TimeModulation;
import io.flowblend.model.lora.Lora;
import io.flowblend.model.lora.LoraMerge;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code WanTransformer3DModel} of diffusers (text to video, Wan 2.1): latents are cut into patches, the
 * patches run through the layers as one sequence of tokens, and become patches of the velocity again. What follows from
 * the text alone (keys and values of every layer's cross-attention) stays with the {@link Condition}.
 *
 * <p>In bfloat16 norms, time and residual sums are in float32, as in diffusers 0.42.1 ({@code _keep_in_fp32_modules}).
 */
public final class WanTransformer implements VelocityModel {
    /** The models are trained on timestep = 1000 sigma. */
    private static final double TIMESTEPS = 1000;

    private static final TimeModulation.Names TIME = new TimeModulation.Names(
            "condition_embedder.time_embedder.linear_", "condition_embedder.time_proj", "blocks.", true);

    private final Weights weights;
    private final WanConfig config;
    private final WanRotary rotary;
    private final List<WanBlock> blocks;
    private final Linear patchIn;
    private final Linear patchOut;
    private final Linear text1;
    private final Linear text2;
    private final TimeModulation time;
    private final RowNorm norm;

    private WanTransformer(Weights weights, WanConfig config) {
        this.weights = weights;
        this.config = config;
        rotary = new WanRotary(config.headWidth(), weights.castFormat(), weights.placement());
        int width = config.width();
        int inputs = config.inChannels() * config.patchVolume();
        Tensor kernel = weights.tensor(
                "patch_embedding.weight",
                width,
                config.inChannels(),
                config.patches().frames(),
                config.patches().height(),
                config.patches().width());
        patchIn =
                new Linear(weights.own(kernel.view(width, inputs).t()), weights.tensor("patch_embedding.bias", width));
        text1 = Linear.read(weights, "condition_embedder.text_embedder.linear_1", config.textWidth(), width);
        text2 = Linear.read(weights, "condition_embedder.text_embedder.linear_2", width, width);
        norm = new RowNorm(width, config.epsilon(), weights.placement().narrow());
        time = TimeModulation.read(weights, TIME, config.layers(), width, config.timeWidth());
        blocks = IntStream.range(0, config.layers())
                .mapToObj(i -> WanBlock.read(weights, i, config, norm))
                .toList();
        patchOut = Linear.read(weights, "proj_out", width, config.outChannels() * config.patchVolume());
        weights.requireAllRead();
    }

    /** As {@link #load(Path, Placement)}, in float32 on the CPU. */
    public static WanTransformer load(Path folder) {
        return load(folder, Placement.CPU);
    }

    /**
     * Reads a folder of the diffusers layout: {@code config.json} and one safetensors file or its shards.
     *
     * @throws io.flowblend.file.InvalidFileException if a part is missing, damaged or not supported
     */
    public static WanTransformer load(Path folder, Placement placement) {
        return load(folder, placement, List.of());
    }

    /** As {@link #load(Path, Placement)}, with LoRA files merged into the weights. */
    public static WanTransformer load(Path folder, Placement placement, List<Lora> loras) {
        WanConfig config = WanConfig.read(folder);
        try (LoraMerge merge = LoraMerge.open(loras)) {
            return Checkpoint.load(
                    folder,
                    ModelPart.TRANSFORMER,
                    placement,
                    weights -> new WanTransformer(merge.into(weights), config));
        }
    }

    /** Another model of the same folder and the same memory, with LoRA files applied beside the weights. */
    public WanTransformer beside(Path folder, List<Lora> loras) {
        try (LoraMerge merge = LoraMerge.open(loras)) {
            return Checkpoint.load(
                    folder,
                    ModelPart.TRANSFORMER,
                    placement(),
                    own -> new WanTransformer(merge.beside(own.sharing(weights)), config));
        }
    }

    /**
     * Cost of one pass of the model in {@code folder}, from its config alone.
     *
     * @throws IllegalArgumentException if the latents do not fit the model
     */
    public static ForwardCost cost(Path folder, LatentShape latents, int textTokens) {
        return WanConfig.read(folder).cost(latents, textTokens);
    }

    /** Channels of the latents that the model in {@code folder} takes, by its config. */
    public static int channels(Path folder) {
        return WanConfig.read(folder).inChannels();
    }

    /** What the config of the model in {@code folder} says of its size. */
    public static TransformerPlan plan(Path folder) {
        return plan(WanConfig.read(folder));
    }

    private static TransformerPlan plan(WanConfig config) {
        TransformerCost cost = config.cost();
        return new TransformerPlan(cost, cost.parameters(config.crossAttentionNorm()), latents -> config.grid(latents)
                .tokens());
    }

    @Override
    public Tensor velocity(Tensor x, double sigma, Condition condition) {
        LatentShape shape = LatentShape.of(x);
        PatchGrid grid = config.grid(shape);
        long batch = x.size(0);
        condition.requireShape(batch, config.textWidth());
        try (TensorScope scope = TensorScope.open()) {
            List<Tensor> text = condition.prepared(this, () -> textKeysAndValues(condition.embeddings()));
            Tensor turns = rotary.turns(grid);
            TimeModulation.Modulations modulations = time.at(TIMESTEPS * sigma);
            Tensor tokens = patchIn.apply(config.patches().rows(placement().here(x), grid));
            for (int i = 0; i < blocks.size(); i++) {
                blocks.get(i).advance(tokens, batch, modulations.layer(i), turns, text.get(2 * i), text.get(2 * i + 1));
            }
            Tensor normed = norm.apply(tokens, modulations.headScale(), modulations.headShift());
            return scope.keep(unpatched(patchOut.apply(normed), batch, grid).to(x));
        }
    }

    /** Keys and values of every layer's cross-attention, two tensors a layer. */
    private List<Tensor> textKeysAndValues(Tensor embeddings) {
        long batch = embeddings.size(0);
        Tensor rows = placement().here(embeddings).reshape(-1, config.textWidth());
        Tensor text = text2.apply(torch.gelu_(text1.apply(rows), "tanh"));
        return blocks.stream()
                .flatMap(block -> Stream.of(
                        block.cross().textKeys(text, batch), block.cross().textValues(text, batch)))
                .toList();
    }

    /** Rows {@code [B N, pf ph pw C]} as a velocity {@code [B, C, F, H, W]}. */
    private Tensor unpatched(Tensor rows, long batch, PatchGrid grid) {
        return rows.view(
                        batch,
                        grid.frames(),
                        grid.height(),
                        grid.width(),
                        config.patches().frames(),
                        config.patches().height(),
                        config.patches().width(),
                        config.outChannels())
                .permute(0, 7, 1, 4, 2, 5, 3, 6)
                .reshape(
                        batch,
                        config.outChannels(),
                        (long) grid.frames() * config.patches().frames(),
                        (long) grid.height() * config.patches().height(),
                        (long) grid.width() * config.patches().width());
    }

    @Override
    public ForwardCost cost(LatentShape latents, int textTokens) {
        return config.cost(latents, textTokens);
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

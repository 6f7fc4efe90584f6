package io.flowblend.sampling;

import io.flowblend.model.Condition;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.model.Scene;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.model.VelocityModel;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * What a request asks every model for: the velocity under its prompt, moved away from the one under its negative prompt,
 * {@code v = v_u + g (v_c - v_u)} (Ho and Salimans 2022, arXiv 2207.12598, in the form that Wan uses). With g = 1 the
 * negative prompt has no part in it and is not run. Given frames are data and stay: their velocity is 0. Owns the
 * conditions, and with them what models derive from the text.
 */
public final class Guidance implements AutoCloseable {
    /** How the two passes are made. */
    private enum Passes {
        PROMPT_ONLY,
        BATCHED,
        SEPARATE
    }

    /**
     * How much the prompt counts.
     *
     * @param scale g, finite; 1 = no guidance
     * @param rescale share phi, 0..1, by which the guided velocity is brought to the standard deviation of the prompt's
     *     own: {@code phi v std(v_c) / std(v) + (1 - phi) v} (Lin et al. 2023, arXiv 2305.08891, equations 15 and 16)
     * @param batched whether both passes run in one forward of batch 2 B, which is faster where memory allows it
     */
    public record Settings(double scale, double rescale, boolean batched) {
        public Settings {
            if (!Double.isFinite(scale)) {
                throw new IllegalArgumentException("guidance scale has to be finite, but is " + scale);
            }
            if (!(rescale >= 0 && rescale <= 1)) {
                throw new IllegalArgumentException("guidance rescale has to be 0..1, but is " + rescale);
            }
        }
    }

    private final Settings settings;
    private final Passes passes;
    private final long batch;
    private final int textTokens;
    private final int givenFrames;
    /** The prompt; when batched, the negative prompt's rows before the prompt's. */
    private final Condition condition;

    private final Condition negative;

    private Guidance(Settings settings, Passes passes, Tensor prompt, Condition condition, Condition negative) {
        this.settings = settings;
        this.passes = passes;
        this.batch = prompt.size(0);
        this.textTokens = Math.toIntExact(prompt.size(1));
        this.givenFrames = condition.scene().givenFrames();
        this.condition = condition;
        this.negative = negative;
    }

    /**
     * Guidance by text alone, all of it attended to.
     *
     * @param prompt embeddings {@code [B, T, D]}, a row for each row of the latents
     * @param negative the same for the negative prompt
     * @param scale g; 1 = no guidance
     * @param batched whether both passes run in one forward of batch 2 B, which is faster where memory allows it
     */
    public static Guidance of(Tensor prompt, Tensor negative, double scale, boolean batched) {
        return of(TextEmbeddings.of(prompt), TextEmbeddings.of(negative), new Settings(scale, 0, batched), Scene.PLAIN);
    }

    /**
     * @param prompt a row for each row of the latents
     * @param negative the same for the negative prompt, in the same shape
     * @param scene what the models are told of the video
     */
    public static Guidance of(TextEmbeddings prompt, TextEmbeddings negative, Settings settings, Scene scene) {
        long[] shape = TensorData.shape(prompt.values());
        if (shape.length != 3 || !Arrays.equals(shape, TensorData.shape(negative.values()))) {
            throw new IllegalArgumentException(
                    "embeddings have to be [B, T, D] and of one shape, but are " + Arrays.toString(shape)
                            + " and, negative, " + Arrays.toString(TensorData.shape(negative.values())));
        }
        if (prompt.mask().isPresent() != negative.mask().isPresent()) {
            throw new IllegalArgumentException("either both prompts have a mask or neither has one");
        }
        if (settings.scale() == 1) {
            Condition only = new Condition(prompt, scene);
            return new Guidance(settings, Passes.PROMPT_ONLY, prompt.values(), only, only);
        }
        if (!settings.batched()) {
            return new Guidance(
                    settings,
                    Passes.SEPARATE,
                    prompt.values(),
                    new Condition(prompt, scene),
                    new Condition(negative, scene));
        }
        try (TensorScope scope = TensorScope.open()) {
            Condition both = new Condition(stacked(negative, prompt), scene);
            return new Guidance(settings, Passes.BATCHED, prompt.values(), both, both);
        }
    }

    private static TextEmbeddings stacked(TextEmbeddings first, TextEmbeddings second) {
        return new TextEmbeddings(
                torch.cat(new TensorVector(first.values(), second.values()), 0),
                first.mask().flatMap(mask -> second.mask().map(other -> torch.cat(new TensorVector(mask, other), 0))));
    }

    /**
     * The guided velocity of {@code model}, in the shape of {@code x}.
     *
     * @param x latents {@code [B, C, F, H, W]}
     * @param sigma noise level that the model is told
     */
    public Tensor velocity(VelocityModel model, Tensor x, double sigma) {
        if (x.size(0) != batch) {
            throw new IllegalArgumentException(
                    "latents have a batch of " + x.size(0) + ", but the embeddings one of " + batch);
        }
        Tensor velocity =
                switch (passes) {
                    case PROMPT_ONLY -> model.velocity(x, sigma, condition);
                    case SEPARATE -> guided(model.velocity(x, sigma, negative), model.velocity(x, sigma, condition));
                    case BATCHED -> {
                        Tensor both = model.velocity(torch.cat(new TensorVector(x, x), 0), sigma, condition);
                        yield guided(both.narrow(0, 0, batch), both.narrow(0, batch, batch));
                    }
                };
        if (givenFrames > 0) {
            velocity.narrow(2, 0, givenFrames).zero_();
        }
        return velocity;
    }

    private Tensor guided(Tensor unconditional, Tensor conditional) {
        Tensor guided = unconditional.add(conditional.sub(unconditional), new Scalar(settings.scale()));
        if (settings.rescale() == 0) {
            return guided;
        }
        Tensor ratio = deviation(conditional).div_(deviation(guided));
        return guided.mul(ratio.mul_(new Scalar(settings.rescale())).add_(new Scalar(1 - settings.rescale())));
    }

    /** Standard deviation {@code [B, 1, 1, 1, 1]} of each row. */
    private static Tensor deviation(Tensor velocity) {
        return torch.std(velocity, new long[] {1, 2, 3, 4}, true, true);
    }

    public double scale() {
        return settings.scale();
    }

    /** Passes that a model makes for each row of the latents: 1 without guidance, 2 with it. */
    public int passes() {
        return passes == Passes.PROMPT_ONLY ? 1 : 2;
    }

    /** Cost of one guided velocity of {@code model}, all passes and rows. */
    public ForwardCost cost(VelocityModel model, LatentShape latents) {
        return model.cost(latents, textTokens).times((double) passes() * batch);
    }

    @Override
    public void close() {
        condition.close();
        if (negative != condition) {
            negative.close();
        }
    }
}

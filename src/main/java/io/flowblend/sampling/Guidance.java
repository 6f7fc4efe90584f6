package io.flowblend.sampling;

import io.flowblend.model.Condition;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.model.NoiseBoundary;
import io.flowblend.model.Scene;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.model.VelocityModel;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.Arrays;
import java.util.Optional;
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

    /**
     * A guided velocity.
     *
     * @param velocity v
     * @param difference {@code v - v_c}, by which guidance moved the prompt's own velocity; empty where it was not asked
     *     for, or cannot be reused
     */
    record Guided(Tensor velocity, Optional<Tensor> difference) {}

    private final Settings settings;
    private final Passes passes;
    private final long batch;
    private final int textTokens;
    private final int givenFrames;
    /** The prompt; when batched, the negative prompt's rows before the prompt's. */
    private final Condition condition;

    private final Condition negative;
    /** The prompt alone; the same as {@code condition} unless batched. */
    private final Condition promptAlone;

    private final Optional<Below> below;

    /** The guidance in this one's place below a noise level. */
    private record Below(NoiseBoundary boundary, Guidance guidance) {}

    private Guidance(
            Settings settings,
            Passes passes,
            Tensor prompt,
            Condition condition,
            Condition negative,
            Condition promptAlone) {
        this(
                settings,
                passes,
                prompt.size(0),
                Math.toIntExact(prompt.size(1)),
                condition,
                negative,
                promptAlone,
                Optional.empty());
    }

    private Guidance(
            Settings settings,
            Passes passes,
            long batch,
            int textTokens,
            Condition condition,
            Condition negative,
            Condition promptAlone,
            Optional<Below> below) {
        this.settings = settings;
        this.passes = passes;
        this.batch = batch;
        this.textTokens = textTokens;
        this.givenFrames = condition.scene().givenFrames();
        this.condition = condition;
        this.negative = negative;
        this.promptAlone = promptAlone;
        this.below = below;
    }

    /** This guidance, and another one below a noise level; takes over both. */
    public Guidance below(NoiseBoundary boundary, Guidance other) {
        return new Guidance(
                settings,
                passes,
                batch,
                textTokens,
                condition,
                negative,
                promptAlone,
                Optional.of(new Below(boundary, other)));
    }

    /** What guides at a noise level that the model is told. */
    Guidance at(double sigma) {
        return below.filter(other -> other.boundary().isAbove(sigma))
                .map(Below::guidance)
                .orElse(this);
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
            return new Guidance(settings, Passes.PROMPT_ONLY, prompt.values(), only, only, only);
        }
        if (!settings.batched()) {
            Condition alone = new Condition(prompt, scene);
            return new Guidance(
                    settings, Passes.SEPARATE, prompt.values(), alone, new Condition(negative, scene), alone);
        }
        try (TensorScope scope = TensorScope.open()) {
            Condition both = new Condition(stacked(negative, prompt), scene);
            return new Guidance(settings, Passes.BATCHED, prompt.values(), both, both, new Condition(prompt, scene));
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
        return guided(model, x, sigma, false).velocity();
    }

    /**
     * The guided velocity of {@code model}, and the guidance difference if it is asked for and {@link #isReusable()}.
     *
     * @param x latents {@code [B, C, F, H, W]}
     * @param sigma noise level that the model is told
     */
    Guided guided(VelocityModel model, Tensor x, double sigma, boolean withDifference) {
        Guidance here = at(sigma);
        if (here != this) {
            return here.guided(model, x, sigma, withDifference);
        }
        requireBatch(x);
        return switch (passes) {
            case PROMPT_ONLY -> new Guided(givenStay(model.velocity(x, sigma, condition)), Optional.empty());
            case SEPARATE -> guided(
                    model.velocity(x, sigma, negative), model.velocity(x, sigma, condition), withDifference);
            case BATCHED -> {
                Tensor both = model.velocity(torch.cat(new TensorVector(x, x), 0), sigma, condition);
                yield guided(both.narrow(0, 0, batch), both.narrow(0, batch, batch), withDifference);
            }
        };
    }

    /**
     * The velocity of {@code model} under the prompt alone. With the guidance difference of an earlier step it stands in for
     * the guided one.
     *
     * @param x latents {@code [B, C, F, H, W]}
     * @param sigma noise level that the model is told
     */
    public Tensor conditional(VelocityModel model, Tensor x, double sigma) {
        Guidance here = at(sigma);
        if (here != this) {
            return here.conditional(model, x, sigma);
        }
        requireBatch(x);
        return givenStay(model.velocity(x, sigma, promptAlone));
    }

    /** Whether the guidance difference is more than zero and moves the velocity by itself: g is not 1, and phi is 0. */
    public boolean isReusable() {
        return passes != Passes.PROMPT_ONLY && settings.rescale() == 0;
    }

    private void requireBatch(Tensor x) {
        if (x.size(0) != batch) {
            throw new IllegalArgumentException(
                    "latents have a batch of " + x.size(0) + ", but the embeddings one of " + batch);
        }
    }

    private Tensor givenStay(Tensor velocity) {
        if (givenFrames > 0) {
            velocity.narrow(2, 0, givenFrames).zero_();
        }
        return velocity;
    }

    private Guided guided(Tensor unconditional, Tensor conditional, boolean withDifference) {
        Tensor guided = guided(unconditional, conditional);
        Optional<Tensor> difference =
                withDifference && isReusable() ? Optional.of(givenStay(guided.sub(conditional))) : Optional.empty();
        return new Guided(givenStay(guided), difference);
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

    /** Cost of one velocity of {@code model} under the prompt alone, all rows. */
    public ForwardCost conditionalCost(VelocityModel model, LatentShape latents) {
        return model.cost(latents, textTokens).times((double) batch);
    }

    @Override
    public void close() {
        condition.close();
        if (negative != condition) {
            negative.close();
        }
        if (promptAlone != condition) {
            promptAlone.close();
        }
        below.ifPresent(other -> other.guidance().close());
    }
}

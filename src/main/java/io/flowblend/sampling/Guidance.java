package io.flowblend.sampling;

import io.flowblend.model.Condition;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
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
 * negative prompt has no part in it and is not run. Owns the conditions, and with them what models derive from the text.
 */
public final class Guidance implements AutoCloseable {
    /** How the two passes are made. */
    private enum Passes {
        PROMPT_ONLY,
        BATCHED,
        SEPARATE
    }

    private final double scale;
    private final Passes passes;
    private final long batch;
    private final int textTokens;
    /** The prompt; when batched, the negative prompt's rows before the prompt's. */
    private final Condition condition;

    private final Condition negative;

    private Guidance(double scale, Passes passes, Tensor prompt, Condition condition, Condition negative) {
        this.scale = scale;
        this.passes = passes;
        this.batch = prompt.size(0);
        this.textTokens = Math.toIntExact(prompt.size(1));
        this.condition = condition;
        this.negative = negative;
    }

    /**
     * @param prompt embeddings {@code [B, T, D]}, a row for each row of the latents
     * @param negative the same for the negative prompt
     * @param scale g; 1 = no guidance
     * @param batched whether both passes run in one forward of batch 2 B, which is faster where memory allows it
     */
    public static Guidance of(Tensor prompt, Tensor negative, double scale, boolean batched) {
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("guidance scale has to be finite, but is " + scale);
        }
        long[] shape = TensorData.shape(prompt);
        if (shape.length != 3 || !Arrays.equals(shape, TensorData.shape(negative))) {
            throw new IllegalArgumentException("embeddings have to be [B, T, D] and of one shape, but are "
                    + Arrays.toString(shape) + " and, negative, " + Arrays.toString(TensorData.shape(negative)));
        }
        if (scale == 1) {
            Condition only = new Condition(prompt);
            return new Guidance(scale, Passes.PROMPT_ONLY, prompt, only, only);
        }
        if (!batched) {
            return new Guidance(scale, Passes.SEPARATE, prompt, new Condition(prompt), new Condition(negative));
        }
        try (TensorScope scope = TensorScope.open()) {
            Condition both = new Condition(torch.cat(new TensorVector(negative, prompt), 0));
            return new Guidance(scale, Passes.BATCHED, prompt, both, both);
        }
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
        return switch (passes) {
            case PROMPT_ONLY -> model.velocity(x, sigma, condition);
            case SEPARATE -> guided(model.velocity(x, sigma, negative), model.velocity(x, sigma, condition));
            case BATCHED -> {
                Tensor both = model.velocity(torch.cat(new TensorVector(x, x), 0), sigma, condition);
                yield guided(both.narrow(0, 0, batch), both.narrow(0, batch, batch));
            }
        };
    }

    private Tensor guided(Tensor unconditional, Tensor conditional) {
        return unconditional.add(conditional.sub(unconditional), new Scalar(scale));
    }

    public double scale() {
        return scale;
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

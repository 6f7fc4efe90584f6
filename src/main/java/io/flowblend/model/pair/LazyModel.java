package io.flowblend.model.pair;

import io.flowblend.model.Condition;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.model.VelocityModel;
import io.flowblend.tensor.Placement;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A model that differs from a loaded one in its weights alone. It is loaded when it is made ready or by its first forward, and again
 * after it was closed. For one thread at a time.
 */
final class LazyModel implements VelocityModel {
    private final VelocityModel like;
    private final Supplier<VelocityModel> load;
    private @Nullable VelocityModel loaded;

    /** @param like the loaded one, which tells size and place; it stays its owner's */
    LazyModel(VelocityModel like, Supplier<VelocityModel> load) {
        this.like = like;
        this.load = load;
    }

    @Override
    public Tensor velocity(Tensor x, double sigma, Condition condition) {
        return ready().velocity(x, sigma, condition);
    }

    @Override
    public void makeReady() {
        ready();
    }

    private VelocityModel ready() {
        VelocityModel model = loaded;
        if (model == null) {
            model = load.get();
            loaded = model;
        }
        return model;
    }

    @Override
    public Placement placement() {
        return like.placement();
    }

    @Override
    public long workingBytes(LatentShape latents, int textTokens) {
        return like.workingBytes(latents, textTokens);
    }

    @Override
    public ForwardCost cost(LatentShape latents, int textTokens) {
        return like.cost(latents, textTokens);
    }

    @Override
    public long parameters() {
        return like.parameters();
    }

    @Override
    public void close() {
        if (loaded != null) {
            loaded.close();
            loaded = null;
        }
    }
}

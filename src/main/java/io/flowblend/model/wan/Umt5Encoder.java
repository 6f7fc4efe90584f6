package io.flowblend.model.wan;

import io.flowblend.model.ConfigFile;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The encoder half of UMT5 (Chung et al. 2023; T5 of Raffel et al. 2020 with a relative position bias of its own in
 * every layer), in float32: {@code UMT5EncoderModel} of transformers.
 */
public final class Umt5Encoder implements AutoCloseable {
    private final Weights weights;
    private final Config config;
    private final Tensor embeddings;
    private final List<Layer> layers;
    private final Tensor finalNorm;

    /**
     * @param vocabulary number of token ids
     * @param width d, width of the embeddings
     * @param headWidth numbers in one head
     * @param feedForward width of the gated feed-forward
     * @param layers number of layers
     * @param heads attention heads
     * @param buckets number of relative position buckets, both directions together
     * @param farthest distance from which on all positions share a bucket
     * @param epsilon added to mean squares
     */
    record Config(
            int vocabulary,
            int width,
            int headWidth,
            int feedForward,
            int layers,
            int heads,
            int buckets,
            int farthest,
            double epsilon) {
        static Config read(Path folder) {
            ConfigFile config = ConfigFile.in(folder);
            config.require("model_type", "umt5");
            config.requireList("architectures", "UMT5EncoderModel");
            config.requireIfPresent("feed_forward_proj", "gated-gelu");
            config.requireIfPresent("dense_act_fn", "gelu_new");
            config.requireAbsent("quantization_config");
            int buckets = config.size("relative_attention_num_buckets", 32);
            int farthest = config.size("relative_attention_max_distance", 128);
            if (buckets < 4) {
                throw config.unsupported("relative_attention_num_buckets", "a whole number from 4");
            }
            if (farthest <= buckets / 4) {
                throw config.unsupported(
                        "relative_attention_max_distance",
                        "a number above a quarter of relative_attention_num_buckets");
            }
            return new Config(
                    config.size("vocab_size"),
                    config.size("d_model"),
                    config.size("d_kv"),
                    config.size("d_ff"),
                    config.size("num_layers"),
                    config.size("num_heads"),
                    buckets,
                    farthest,
                    config.positive("layer_norm_epsilon", 1e-6));
        }
    }

    /** One layer; the matrices are stored transposed, {@code [in, out]}. */
    private record Layer(
            Tensor attentionNorm,
            Tensor query,
            Tensor key,
            Tensor value,
            Tensor out,
            Tensor positionBias,
            Tensor feedNorm,
            Tensor gate,
            Tensor up,
            Tensor down) {}

    private Umt5Encoder(Weights weights, Config config) {
        this.weights = weights;
        this.config = config;
        embeddings = weights.tensor("shared.weight", config.vocabulary(), config.width());
        if (weights.has("encoder.embed_tokens.weight")) {
            weights.ignore("encoder.embed_tokens.weight");
        }
        layers = IntStream.range(0, config.layers()).mapToObj(this::layer).toList();
        finalNorm = weights.tensor("encoder.final_layer_norm.weight", config.width());
        weights.requireAllRead();
    }

    private Layer layer(int index) {
        String name = "encoder.block." + index + ".layer.";
        String attention = name + "0.SelfAttention.";
        String feed = name + "1.DenseReluDense.";
        int inner = config.heads() * config.headWidth();
        return new Layer(
                weights.tensor(name + "0.layer_norm.weight", config.width()),
                transposed(attention + "q", config.width(), inner),
                transposed(attention + "k", config.width(), inner),
                transposed(attention + "v", config.width(), inner),
                transposed(attention + "o", inner, config.width()),
                weights.tensor(attention + "relative_attention_bias.weight", config.buckets(), config.heads()),
                weights.tensor(name + "1.layer_norm.weight", config.width()),
                transposed(feed + "wi_0", config.width(), config.feedForward()),
                transposed(feed + "wi_1", config.width(), config.feedForward()),
                transposed(feed + "wo", config.feedForward(), config.width()));
    }

    private Tensor transposed(String name, int in, int out) {
        return weights.own(weights.tensor(name + ".weight", out, in).t());
    }

    /** Reads a folder of the transformers layout: {@code config.json} and one safetensors file or its shards. */
    public static Umt5Encoder load(Path folder) {
        Config config = Config.read(folder);
        Weights weights = Weights.open(folder);
        try (TensorScope scope = TensorScope.open()) {
            return new Umt5Encoder(weights, config);
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /** Width of the embeddings. */
    public int width() {
        return config.width();
    }

    /** Number of token ids. */
    public int vocabulary() {
        return config.vocabulary();
    }

    /** The last hidden states {@code [n, D]} of {@code n} token ids, each seeing all of them. */
    public Tensor encode(long[] ids) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = torch.embedding(embeddings, TensorData.longs(ids, ids.length));
            Tensor buckets = buckets(ids.length);
            for (Layer layer : layers) {
                advance(x, layer, buckets);
            }
            return scope.keep(normed(x, finalNorm));
        }
    }

    /** Advances the rows {@code x [n, D]} in place. */
    private void advance(Tensor x, Layer layer, Tensor buckets) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor input = normed(x, layer.attentionNorm());
            Tensor bias = torch.embedding(layer.positionBias(), buckets)
                    .permute(2, 0, 1)
                    .unsqueeze(0)
                    .contiguous();
            Tensor attended = torch.scaled_dot_product_attention(
                    heads(input, layer.query()),
                    heads(input, layer.key()),
                    heads(input, layer.value()),
                    new TensorOptional(bias),
                    0.0,
                    false,
                    new DoubleOptional(1.0),
                    false);
            x.addmm_(attended.transpose(1, 2).reshape(x.size(0), -1), layer.out());
            Tensor hidden = normed(x, layer.feedNorm());
            Tensor gated = torch.gelu_(torch.mm(hidden, layer.gate()), "tanh").mul_(torch.mm(hidden, layer.up()));
            x.addmm_(gated, layer.down());
        }
    }

    /** {@code [1, heads, n, headWidth]}. */
    private Tensor heads(Tensor x, Tensor transposed) {
        return torch.mm(x, transposed)
                .view(1, x.size(0), config.heads(), config.headWidth())
                .transpose(1, 2);
    }

    private Tensor normed(Tensor x, Tensor weight) {
        return torch.rms_norm(
                x, new long[] {config.width()}, new TensorOptional(weight), new DoubleOptional(config.epsilon()));
    }

    /**
     * The bucket {@code [n, n]} of each pair (query, key): half of the buckets for keys ahead; in each half one bucket a
     * distance for near ones, then buckets that widen by logarithm. Computed by libtorch in float32, since the edges of
     * the buckets lie on the rounding of that logarithm.
     */
    private Tensor buckets(int count) {
        int half = config.buckets() / 2;
        int exact = half / 2;
        Tensor positions = torch.arange(new Scalar(count)).to(ScalarType.Long);
        Tensor relative = positions.unsqueeze(0).sub(positions.unsqueeze(1));
        Tensor distance = relative.abs();
        Tensor widening = distance.to(ScalarType.Float)
                .div(new Scalar((long) exact))
                .log()
                .div(new Scalar(Math.log((double) config.farthest() / exact)))
                .mul(new Scalar((long) (half - exact)))
                .to(ScalarType.Long)
                .add(new Scalar((long) exact))
                .clamp_max(new Scalar((long) (half - 1)));
        Tensor ahead = relative.gt(new Scalar(0L)).to(ScalarType.Long).mul(new Scalar((long) half));
        return torch.where(distance.lt(new Scalar((long) exact)), distance, widening)
                .add(ahead);
    }

    @Override
    public void close() {
        weights.close();
    }
}

package io.flowblend.model.t5;

import io.flowblend.model.ConfigContract;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.checkpoint.Checkpoint;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.layer.FusedAttention;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The encoder half of T5 (Raffel et al. 2020, with the gated feed-forward of version 1.1): {@code
 * T5EncoderModel} of transformers, where all layers share the first one's relative position bias, and {@code
 * UMT5EncoderModel} (Chung et al. 2023), where every layer has a bias of its own.
 */
public final class T5Encoder implements AutoCloseable {
    static final String T5 = "T5EncoderModel";
    static final String UMT5 = "UMT5EncoderModel";
    private static final String GATED = "gated-gelu";

    private final Weights weights;
    private final Config config;
    private final Tensor embeddings;
    private final List<Layer> layers;

    /** Bias {@code [buckets, heads]} of each layer, or of all. */
    private final List<Tensor> positionBiases;

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
     * @param sharedBias whether the first layer's position bias serves all layers
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
            double epsilon,
            boolean sharedBias) {
        static Config read(Path folder) {
            ConfigFile config = ConfigFile.in(folder, ModelPart.TEXT_ENCODER);
            boolean umt5 = config.architecture().equals(UMT5);
            config.requireList("architectures", umt5 ? UMT5 : T5);
            config.require("model_type", umt5 ? "umt5" : "t5");
            if (umt5) {
                config.requireIfPresent("feed_forward_proj", GATED);
            } else {
                config.require("feed_forward_proj", GATED);
            }
            ConfigContract.T5.check(config);
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
                    config.positive("layer_norm_epsilon", 1e-6),
                    !umt5);
        }

        /**
         * Bytes that encoding {@code positions} tokens takes beside the weights, estimated: the rows that are alive at once
         * in a layer, and each head's position bias twice.
         */
        long workingBytes(int positions, Placement placement) {
            double inner = (double) heads * headWidth;
            double rows = 3.0 * width + Math.max(5 * inner, 2.0 * feedForward);
            double biases = 2.0 * heads * positions;
            return (long) (placement.bytes() * positions * (rows + biases));
        }
    }

    /** One layer; the matrices are stored transposed, {@code [in, out]}. */
    private record Layer(
            Tensor attentionNorm,
            Tensor query,
            Tensor key,
            Tensor value,
            Tensor out,
            Tensor feedNorm,
            Tensor gate,
            Tensor up,
            Tensor down) {}

    private T5Encoder(Weights weights, Config config) {
        this.weights = weights;
        this.config = config;
        embeddings = weights.tensor("shared.weight", config.vocabulary(), config.width());
        if (weights.has("encoder.embed_tokens.weight")) {
            weights.ignore("encoder.embed_tokens.weight");
        }
        layers = IntStream.range(0, config.layers()).mapToObj(this::layer).toList();
        positionBiases = IntStream.range(0, config.sharedBias() ? 1 : config.layers())
                .mapToObj(this::positionBias)
                .toList();
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
                weights.tensor(name + "1.layer_norm.weight", config.width()),
                transposed(feed + "wi_0", config.width(), config.feedForward()),
                transposed(feed + "wi_1", config.width(), config.feedForward()),
                transposed(feed + "wo", config.feedForward(), config.width()));
    }

    private Tensor positionBias(int layer) {
        return weights.tensor(
                "encoder.block." + layer + ".layer.0.SelfAttention.relative_attention_bias.weight",
                config.buckets(),
                config.heads());
    }

    private Tensor transposed(String name, int in, int out) {
        return weights.own(weights.tensor(name + ".weight", out, in).t());
    }

    /** As {@link #load(Path, Placement)}, in float32 on the CPU. */
    public static T5Encoder load(Path folder) {
        return load(folder, Placement.CPU);
    }

    /** Reads a folder of the transformers layout: {@code config.json} and one safetensors file or its shards. */
    public static T5Encoder load(Path folder, Placement placement) {
        Config config = Config.read(folder);
        return Checkpoint.load(folder, ModelPart.TEXT_ENCODER, placement, weights -> new T5Encoder(weights, config));
    }

    /** As {@link Config#workingBytes}, of the encoder in {@code folder}, from its config alone. */
    public static long workingBytes(Path folder, int positions, Placement placement) {
        return Config.read(folder).workingBytes(positions, placement);
    }

    long workingBytes(int positions) {
        return config.workingBytes(positions, weights.placement());
    }

    long weightBytes() {
        return weights.parameters() * weights.placement().bytes();
    }

    /** Number of weights of the encoder in {@code folder}, from its config alone. */
    public static long parameters(Path folder) {
        Config config = Config.read(folder);
        long width = config.width();
        long attention = 4 * width * config.heads() * config.headWidth();
        long layer = attention + 3 * width * config.feedForward() + 2 * width;
        long biases = (config.sharedBias() ? 1L : config.layers()) * config.buckets() * config.heads();
        return config.vocabulary() * width + config.layers() * layer + biases + width;
    }

    /** Whether it is a UMT5 rather than a T5. */
    boolean isUmt5() {
        return !config.sharedBias();
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
            Placement placement = weights.placement();
            Tensor x = torch.embedding(embeddings, placement.moved(TensorData.longs(ids, ids.length)));
            Tensor buckets = placement.moved(buckets(ids.length));
            Tensor shared = bias(0, buckets);
            for (int i = 0; i < layers.size(); i++) {
                try (TensorScope layer = TensorScope.open()) {
                    advance(x, layers.get(i), config.sharedBias() ? shared : bias(i, buckets));
                }
            }
            return scope.keep(normed(x, finalNorm));
        }
    }

    /** What is added to the scores, {@code [1, heads, n, n]}. */
    private Tensor bias(int layer, Tensor buckets) {
        return torch.embedding(positionBiases.get(layer), buckets)
                .permute(2, 0, 1)
                .unsqueeze(0)
                .contiguous();
    }

    /** Advances the rows {@code x [n, D]} in place. */
    private void advance(Tensor x, Layer layer, Tensor bias) {
        Tensor input = normed(x, layer.attentionNorm());
        Tensor attended = FusedAttention.attend(
                weights.placement(),
                heads(input, layer.query()),
                heads(input, layer.key()),
                heads(input, layer.value()),
                Optional.of(bias),
                new DoubleOptional(1.0));
        x.addmm_(attended.transpose(1, 2).reshape(x.size(0), -1), layer.out());
        Tensor hidden = normed(x, layer.feedNorm());
        Tensor gated = torch.gelu_(torch.mm(hidden, layer.gate()), "tanh").mul_(torch.mm(hidden, layer.up()));
        x.addmm_(gated, layer.down());
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

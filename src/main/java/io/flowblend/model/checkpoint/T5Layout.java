package io.flowblend.model.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.tensor.WeightFiles;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The encoder of T5 or UMT5 in a file of transformers, a whole model's too, or as ComfyUI (the tokenizer beside it), GGUF files
 * and Wan-Video keep it.
 */
final class T5Layout implements Layout {
    private static final String T5 = "T5EncoderModel";
    private static final String UMT5 = "UMT5EncoderModel";
    private static final String TRANSFORMERS = "encoder.block.0.layer.0.SelfAttention.q.weight";
    private static final String GGUF = "enc.blk.0.attn_q.weight";
    private static final String WAN = "blocks.0.attn.q.weight";
    private static final String EMBEDDINGS = "shared.weight";
    private static final String TIED = "encoder.embed_tokens.weight";
    private static final Set<String> NOT_OF_THE_ENCODER = Set.of("lm_head.weight", "output.weight", "spiece_model");

    private static final Renaming OF_GGUF = Renaming.of(
            "token_embd", "shared",
            "enc.blk", "encoder.block",
            "enc.output_norm", "encoder.final_layer_norm",
            "attn_norm", "layer.0.layer_norm",
            "attn_q", "layer.0.SelfAttention.q",
            "attn_k", "layer.0.SelfAttention.k",
            "attn_v", "layer.0.SelfAttention.v",
            "attn_o", "layer.0.SelfAttention.o",
            "attn_rel_b", "layer.0.SelfAttention.relative_attention_bias",
            "ffn_norm", "layer.1.layer_norm",
            "ffn_gate", "layer.1.DenseReluDense.wi_0",
            "ffn_up", "layer.1.DenseReluDense.wi_1",
            "ffn_down", "layer.1.DenseReluDense.wo");

    private static final Renaming OF_WAN = Renaming.of(
            "token_embedding", "shared",
            "norm", "encoder.final_layer_norm",
            "blocks", "encoder.block",
            "norm1", "layer.0.layer_norm",
            "attn", "layer.0.SelfAttention",
            "pos_embedding.embedding", "layer.0.SelfAttention.relative_attention_bias",
            "norm2", "layer.1.layer_norm",
            "ffn.gate.0", "layer.1.DenseReluDense.wi_0",
            "ffn.fc1", "layer.1.DenseReluDense.wi_1",
            "ffn.fc2", "layer.1.DenseReluDense.wo");

    @Override
    public Set<String> classes() {
        return Set.of(T5, UMT5);
    }

    @Override
    public List<String> marks() {
        return List.of(GGUF, WAN, TRANSFORMERS);
    }

    @Override
    public Function<String, Optional<String>> names(String mark, Set<String> all) {
        Function<String, String> other =
                switch (mark) {
                    case GGUF -> OF_GGUF::apply;
                    case WAN -> OF_WAN::apply;
                    default -> name -> name.equals(TIED) && !all.contains(EMBEDDINGS) ? EMBEDDINGS : name;
                };
        return name -> name.startsWith("decoder.") || name.startsWith("dec.") || NOT_OF_THE_ENCODER.contains(name)
                ? Optional.empty()
                : Optional.of(other.apply(name));
    }

    @Override
    public ObjectNode config(WeightFiles files) {
        Shapes shapes = new Shapes(files);
        String attention = "encoder.block.0.layer.0.SelfAttention.";
        String bias = attention + "relative_attention_bias.weight";
        boolean ownBiases = shapes.has(bias.replace("block.0", "block.1"));
        boolean gated = shapes.has("encoder.block.0.layer.1.DenseReluDense.wi_0.weight");
        ObjectNode config = JsonNodeFactory.instance
                .objectNode()
                .put("model_type", ownBiases ? "umt5" : "t5")
                .put("feed_forward_proj", gated ? "gated-gelu" : "relu")
                .put("vocab_size", shapes.size(EMBEDDINGS, 0))
                .put("d_model", shapes.size(EMBEDDINGS, 1))
                .put("d_kv", shapes.size(attention + "q.weight", 0) / Math.max(1, shapes.size(bias, 1)))
                .put("d_ff", shapes.size("encoder.block.0.layer.1.DenseReluDense.wo.weight", 1))
                .put("num_layers", shapes.count("encoder\\.block\\.(\\d+)\\."))
                .put("num_heads", shapes.size(bias, 1))
                .put("relative_attention_num_buckets", shapes.size(bias, 0));
        config.putArray("architectures").add(ownBiases ? UMT5 : T5);
        return config;
    }
}

package io.flowblend.model.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.tensor.WeightFiles;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Wan's transformer as Wan-Video publishes it, and as ComfyUI and GGUF files keep it. */
final class WanLayout implements Layout {
    private static final String CLASS = "WanTransformer3DModel";
    private static final String ORIGINAL = "head.modulation";

    /** Of every published model of Wan. */
    private static final int HEAD_WIDTH = 128;

    private static final Renaming NAMES = Renaming.of(
            "time_embedding.0", "condition_embedder.time_embedder.linear_1",
            "time_embedding.2", "condition_embedder.time_embedder.linear_2",
            "text_embedding.0", "condition_embedder.text_embedder.linear_1",
            "text_embedding.2", "condition_embedder.text_embedder.linear_2",
            "time_projection.1", "condition_embedder.time_proj",
            "img_emb.proj.0", "condition_embedder.image_embedder.norm1",
            "img_emb.proj.1", "condition_embedder.image_embedder.ff.net.0.proj",
            "img_emb.proj.3", "condition_embedder.image_embedder.ff.net.2",
            "img_emb.proj.4", "condition_embedder.image_embedder.norm2",
            "head.modulation", "scale_shift_table",
            "head.head", "proj_out",
            "modulation", "scale_shift_table",
            "self_attn", "attn1",
            "cross_attn", "attn2",
            "q", "to_q",
            "k", "to_k",
            "v", "to_v",
            "o", "to_out.0",
            "k_img", "add_k_proj",
            "v_img", "add_v_proj",
            "norm_k_img", "norm_added_k",
            "ffn.0", "ffn.net.0.proj",
            "ffn.2", "ffn.net.2",
            "norm2", "norm3",
            "norm3", "norm2",
            "before_proj", "proj_in",
            "after_proj", "proj_out");

    @Override
    public Set<String> classes() {
        return Set.of(CLASS);
    }

    @Override
    public List<String> marks() {
        return List.of(ORIGINAL, "condition_embedder.time_proj.weight");
    }

    @Override
    public Function<String, Optional<String>> names(String mark, Set<String> all) {
        return mark.equals(ORIGINAL) ? NAMES::name : Optional::of;
    }

    @Override
    public ObjectNode config(WeightFiles files) {
        Shapes shapes = new Shapes(files);
        String patches = "patch_embedding.weight";
        long volume = shapes.size(patches, 2) * shapes.size(patches, 3) * shapes.size(patches, 4);
        ObjectNode config = JsonNodeFactory.instance
                .objectNode()
                .put("_class_name", CLASS)
                .put("num_attention_heads", shapes.heads(shapes.size(patches, 0), HEAD_WIDTH))
                .put("attention_head_dim", HEAD_WIDTH)
                .put("in_channels", shapes.size(patches, 1))
                .put("out_channels", shapes.size("proj_out.weight", 0) / volume)
                .put("text_dim", shapes.size("condition_embedder.text_embedder.linear_1.weight", 1))
                .put("freq_dim", shapes.size("condition_embedder.time_embedder.linear_1.weight", 1))
                .put("ffn_dim", shapes.size("blocks.0.ffn.net.0.proj.weight", 0))
                .put("num_layers", shapes.count("blocks\\.(\\d+)\\."))
                .put("cross_attn_norm", shapes.has("blocks.0.norm2.weight"));
        config.putArray("patch_size")
                .add(shapes.size(patches, 2))
                .add(shapes.size(patches, 3))
                .add(shapes.size(patches, 4));
        return config;
    }
}

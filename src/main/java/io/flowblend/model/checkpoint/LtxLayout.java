package io.flowblend.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.tensor.WeightFiles;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** LTX-Video's transformer as Lightricks publishes it, with its description in the file's metadata. */
final class LtxLayout implements Layout {
    private static final String CLASS = "LTXVideoTransformer3DModel";
    private static final String ORIGINAL = "patchify_proj.weight";

    /** Of every published model of LTX-Video. */
    private static final int HEADS = 32;

    private static final Renaming NAMES = Renaming.of(
            "patchify_proj", "proj_in", "adaln_single", "time_embed", "q_norm", "norm_q", "k_norm", "norm_k");

    @Override
    public Set<String> classes() {
        return Set.of(CLASS);
    }

    @Override
    public List<String> marks() {
        return List.of(ORIGINAL, "caption_projection.linear_1.weight");
    }

    @Override
    public Function<String, Optional<String>> names(String mark, Set<String> all) {
        return mark.equals(ORIGINAL) ? NAMES::name : Optional::of;
    }

    @Override
    public ObjectNode config(WeightFiles files) {
        Shapes shapes = new Shapes(files);
        JsonNode said = LtxMetadata.of(files, "transformer");
        LtxMetadata.require(files, said, "activation_fn", "gelu-approximate");
        LtxMetadata.require(files, said, "positional_embedding_theta", "10000.0", "10000");
        LtxMetadata.require(files, said, "norm_elementwise_affine", "false");
        LtxMetadata.require(files, said, "standardization_norm", "rms_norm");
        LtxMetadata.require(files, said, "qk_norm", "rms_norm", "rms_norm_across_heads");
        LtxMetadata.require(files, said, "timestep_scale_multiplier", "1000", "1000.0");
        long width = shapes.size("proj_in.weight", 0);
        long heads = said.path("num_attention_heads").asLong(HEADS);
        if (heads < 1 || width % heads != 0) {
            throw shapes.unclear("a width of " + width + " is not made of " + heads + " heads");
        }
        return JsonNodeFactory.instance
                .objectNode()
                .put("_class_name", CLASS)
                .put("num_attention_heads", heads)
                .put("attention_head_dim", width / heads)
                .put("cross_attention_dim", shapes.size("transformer_blocks.0.attn2.to_k.weight", 1))
                .put("in_channels", shapes.size("proj_in.weight", 1))
                .put("out_channels", shapes.size("proj_out.weight", 0))
                .put("caption_channels", shapes.size("caption_projection.linear_1.weight", 1))
                .put("num_layers", shapes.count("transformer_blocks\\.(\\d+)\\."))
                .put("norm_eps", said.path("norm_eps").asDouble(1e-6));
    }
}

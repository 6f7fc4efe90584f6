package io.flowblend.model.lora;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which weight of a model a LoRA file means. Files name modules as diffusers does, as the original code of Wan or LTX-Video
 * does (ComfyUI), or either of them with underscores for dots (Kohya), behind one of several prefixes.
 */
final class ModuleNames {
    private static final List<String> PREFIXES = List.of(
            "model.diffusion_model.",
            "diffusion_model.",
            "base_model.model.",
            "transformer.",
            "lora_transformer_",
            "lora_unet_",
            "unet.");

    /** The module of diffusers, as a part of its name, and the original one. */
    private static final List<List<String>> ORIGINALS = List.of(
            List.of("attn1.to_q", "self_attn.q"),
            List.of("attn1.to_k", "self_attn.k"),
            List.of("attn1.to_v", "self_attn.v"),
            List.of("attn1.to_out.0", "self_attn.o"),
            List.of("attn1.norm_q", "self_attn.norm_q"),
            List.of("attn1.norm_k", "self_attn.norm_k"),
            List.of("attn2.to_q", "cross_attn.q"),
            List.of("attn2.to_k", "cross_attn.k"),
            List.of("attn2.to_v", "cross_attn.v"),
            List.of("attn2.to_out.0", "cross_attn.o"),
            List.of("attn2.norm_q", "cross_attn.norm_q"),
            List.of("attn2.norm_k", "cross_attn.norm_k"),
            List.of("ffn.net.0.proj", "ffn.0"),
            List.of("ffn.net.2", "ffn.2"),
            List.of("norm2", "norm3"),
            List.of("condition_embedder.text_embedder.linear_1", "text_embedding.0"),
            List.of("condition_embedder.text_embedder.linear_2", "text_embedding.2"),
            List.of("condition_embedder.time_embedder.linear_1", "time_embedding.0"),
            List.of("condition_embedder.time_embedder.linear_2", "time_embedding.2"),
            List.of("condition_embedder.time_proj", "time_projection.1"),
            List.of("proj_in", "patchify_proj"),
            List.of("time_embed.", "adaln_single."));

    private static final String WEIGHT = ".weight";

    /** Module of the model by every name that files may have for it. */
    private final Map<String, String> modules = new HashMap<>();

    /** @param tensors names of the model's tensors, as in diffusers */
    ModuleNames(Collection<String> tensors) {
        for (String tensor : tensors) {
            if (tensor.endsWith(WEIGHT)) {
                String module = tensor.substring(0, tensor.length() - WEIGHT.length());
                put(module, module);
                ORIGINALS.stream()
                        .filter(pair -> module.contains(pair.get(0)))
                        .forEach(pair -> put(module.replace(pair.get(0), pair.get(1)), module));
            }
        }
        if (modules.containsKey(
                "condition_embedder.time_proj")) { // of Wan; LTX-Video's own output is named as in diffusers
            put("head.head", "proj_out");
        }
    }

    private void put(String alias, String module) {
        modules.putIfAbsent(alias, module);
        modules.putIfAbsent(alias.replace('.', '_'), module);
    }

    /** The model's module for the name in a file. */
    Optional<String> module(String named) {
        String name = named;
        for (String prefix : PREFIXES) {
            name = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
        }
        return Optional.ofNullable(modules.get(name));
    }
}

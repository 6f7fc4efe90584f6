package io.flowblend.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.file.InvalidFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A {@code config.json} of other layouts in the terms of diffusers and of transformers' encoders. */
public final class OriginalConfig {
    private static final String CLASS = "_class_name";
    private static final String ARCHITECTURES = "architectures";

    /** The class of a text encoder's config by its {@code model_type}. */
    private static final Map<String, String> ENCODERS = Map.of("t5", "T5EncoderModel", "umt5", "UMT5EncoderModel");

    /** Classes that hold an encoder as one of their halves. */
    private static final List<String> WHOLE = List.of(
            "T5Model", "T5ForConditionalGeneration", "T5WithLMHeadModel", "UMT5Model", "UMT5ForConditionalGeneration");

    private OriginalConfig() {}

    /**
     * {@code config}, whose keys are changed in place where they are of another layout.
     *
     * @throws InvalidFileException naming a key whose value is not supported
     */
    public static ObjectNode inTermsOfDiffusers(Path file, ObjectNode config) {
        if (config.path(CLASS).asText().equals("WanModel")) {
            wan(file, config);
        } else if (!config.has(CLASS)
                && ENCODERS.containsKey(config.path("model_type").asText())) {
            encoder(config);
        }
        return config;
    }

    private static void encoder(ObjectNode config) {
        JsonNode named = config.path(ARCHITECTURES);
        if (named.isMissingNode()
                || named.isNull()
                || named.isEmpty()
                || WHOLE.contains(named.path(0).asText())) {
            config.putArray(ARCHITECTURES)
                    .add(ENCODERS.get(config.path("model_type").asText()));
        }
    }

    /** The config of Wan-Video's own code; what it leaves out has the defaults of that code. */
    private static void wan(Path file, ObjectNode config) {
        require(file, config, "model_type", "\"t2v\"");
        require(file, config, "window_size", "[-1,-1]");
        require(file, config, "qk_norm", "true");
        long width = config.path("dim").asLong(2048);
        long heads = config.path("num_heads").asLong(16);
        if (heads < 1 || width % heads != 0) {
            throw new InvalidFileException(
                    file, "'dim' is " + width + ", expected a multiple of 'num_heads', " + heads);
        }
        long inner = config.path("ffn_dim").asLong(8192);
        long layers = config.path("num_layers").asLong(32);
        if (!config.hasNonNull("patch_size")) {
            config.putArray("patch_size").add(1).add(2).add(2);
        }
        config.put(CLASS, "WanTransformer3DModel")
                .put("num_attention_heads", heads)
                .put("attention_head_dim", width / heads)
                .put("in_channels", config.path("in_dim").asLong(16))
                .put("out_channels", config.path("out_dim").asLong(16))
                .put("text_dim", config.path("text_dim").asLong(4096))
                .put("ffn_dim", inner)
                .put("num_layers", layers);
        config.remove(
                List.of("dim", "in_dim", "out_dim", "num_heads", "model_type", "window_size", "qk_norm", "text_len"));
    }

    private static void require(Path file, ObjectNode config, String key, String supported) {
        if (config.hasNonNull(key) && !config.get(key).toString().equals(supported)) {
            throw new InvalidFileException(file, "'" + key + "' is " + config.get(key) + "; supported is " + supported);
        }
    }
}

package io.flowblend.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The keys that a class of diffusers or transformers may have in its config, and what each does here. A key that changes
 * numbers is read, or has to have the one value that is implemented. Keys without effect are left aside. A key that is not
 * listed is named in one line of the log.
 */
public final class ConfigContract {
    private static final System.Logger LOG = System.getLogger(ConfigContract.class.getName());

    private static final List<String> OF_ANY_CLASS =
            List.of("_class_name", "_diffusers_version", "_name_or_path", "_use_default_values");

    /** Of schedulers that make noise levels by flow: keys of the schedules that they then do not use. */
    private static final List<String> OF_OTHER_SCHEDULES = List.of(
            "beta_start",
            "beta_end",
            "beta_schedule",
            "trained_betas",
            "rescale_betas_zero_snr",
            "timestep_spacing",
            "steps_offset",
            "time_shift_type",
            "dynamic_thresholding_ratio",
            "sample_max_value");

    public static final ConfigContract UNIPC = new ConfigContract("UniPCMultistepScheduler")
            .reads("solver_order", "flow_shift", "disable_corrector")
            .needs("use_flow_sigmas", "true")
            .needs("prediction_type", "flow_prediction")
            .only("solver_type", "bh2", "midpoint", "heun", "logrho")
            .only("predict_x0", "true")
            .only("final_sigmas_type", "zero")
            .only("lower_order_final", "true")
            .only("num_train_timesteps", "1000")
            .reads("use_karras_sigmas", "sigma_min", "sigma_max")
            .off("use_dynamic_shifting", "thresholding", "use_exponential_sigmas", "use_beta_sigmas")
            .without("solver_p", "shift_terminal")
            .leavesAside(OF_OTHER_SCHEDULES);

    public static final ConfigContract DPM = new ConfigContract("DPMSolverMultistepScheduler")
            .reads("flow_shift", "solver_order")
            .needs("use_flow_sigmas", "true")
            .needs("prediction_type", "flow_prediction")
            .only("algorithm_type", "dpmsolver++", "sde-dpmsolver++")
            .only("solver_type", "midpoint", "heun", "logrho", "bh1", "bh2")
            .only("final_sigmas_type", "zero")
            .only("lower_order_final", "true")
            .only("num_train_timesteps", "1000")
            .off("use_dynamic_shifting", "thresholding", "use_lu_lambdas", "use_karras_sigmas")
            .off("use_exponential_sigmas", "use_beta_sigmas")
            .without("variance_type", "shift_terminal", "solver_p")
            .leavesAside(OF_OTHER_SCHEDULES)
            .leavesAside(List.of("lambda_min_clipped", "euler_at_final"));

    public static final ConfigContract EULER = new ConfigContract("FlowMatchEulerDiscreteScheduler")
            .reads("shift", "use_dynamic_shifting", "base_shift", "max_shift", "base_image_seq_len")
            .reads("max_image_seq_len", "shift_terminal", "time_shift_type", "stochastic_sampling")
            .reads("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas")
            .only("num_train_timesteps", "1000")
            .off("invert_sigmas");

    public static final ConfigContract LCM = new ConfigContract("FlowMatchLCMScheduler")
            .reads("shift", "use_dynamic_shifting", "base_shift", "max_shift", "base_image_seq_len")
            .reads("max_image_seq_len", "shift_terminal", "time_shift_type")
            .reads("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas")
            .only("num_train_timesteps", "1000")
            .off("invert_sigmas")
            .without("scale_factors")
            .leavesAside(List.of("upscale_mode"));

    public static final ConfigContract HEUN =
            new ConfigContract("FlowMatchHeunDiscreteScheduler").reads("shift").only("num_train_timesteps", "1000");

    public static final ConfigContract WAN = new ConfigContract("WanTransformer3DModel")
            .reads("patch_size", "num_attention_heads", "attention_head_dim", "in_channels", "out_channels")
            .reads("text_dim", "freq_dim", "ffn_dim", "num_layers", "cross_attn_norm", "eps", "rope_max_seq_len")
            .only("qk_norm", "rms_norm_across_heads")
            .without("image_dim", "added_kv_proj_dim", "pos_embed_seq_len", "vace_layers", "vace_in_channels");

    public static final ConfigContract LTX = new ConfigContract("LTXVideoTransformer3DModel")
            .reads("in_channels", "out_channels", "patch_size", "patch_size_t", "num_attention_heads")
            .reads("attention_head_dim", "cross_attention_dim", "num_layers", "norm_eps", "caption_channels")
            .only("activation_fn", "gelu-approximate")
            .only("qk_norm", "rms_norm_across_heads")
            .only("attention_bias", "true")
            .only("attention_out_bias", "true")
            .off("norm_elementwise_affine");

    public static final ConfigContract WAN_VAE = new ConfigContract("AutoencoderKLWan")
            .reads("base_dim", "decoder_base_dim", "z_dim", "dim_mult", "num_res_blocks", "attn_scales")
            .reads("temperal_downsample", "latents_mean", "latents_std", "in_channels", "out_channels")
            .off("is_residual")
            .without("patch_size")
            .leavesAside(List.of("dropout", "scale_factor_temporal", "scale_factor_spatial", "clip_output"));

    public static final ConfigContract LTX_VAE = new ConfigContract("AutoencoderKLLTXVideo")
            .reads("in_channels", "out_channels", "latent_channels", "block_out_channels", "down_block_types")
            .reads("decoder_block_out_channels", "layers_per_block", "decoder_layers_per_block")
            .reads("spatio_temporal_scaling", "decoder_spatio_temporal_scaling", "decoder_inject_noise")
            .reads("downsample_type", "upsample_residual", "upsample_factor", "timestep_conditioning", "patch_size")
            .reads("resnet_norm_eps", "scaling_factor", "decoder_causal", "spatial_compression_ratio")
            .reads("temporal_compression_ratio")
            .only("patch_size_t", "1")
            .only("encoder_causal", "true");

    public static final ConfigContract T5 = new ConfigContract("T5EncoderModel, UMT5EncoderModel")
            .reads("architectures", "model_type", "feed_forward_proj", "vocab_size", "d_model", "d_kv", "d_ff")
            .reads("num_layers", "num_heads", "relative_attention_num_buckets", "relative_attention_max_distance")
            .reads("layer_norm_epsilon")
            .only("dense_act_fn", "gelu_new")
            .only("is_gated_act", "true")
            .off("is_decoder")
            .leavesAside(List.of(
                    "bos_token_id",
                    "chunk_size_feed_forward",
                    "classifier_dropout",
                    "decoder_start_token_id",
                    "dropout_rate",
                    "dtype",
                    "eos_token_id",
                    "id2label",
                    "initializer_factor",
                    "is_encoder_decoder",
                    "label2id",
                    "n_positions",
                    "num_decoder_layers",
                    "output_attentions",
                    "output_hidden_states",
                    "output_past",
                    "pad_token_id",
                    "problem_type",
                    "return_dict",
                    "scalable_attention",
                    "scale_decoder_outputs",
                    "task_specific_params",
                    "tie_word_embeddings",
                    "tokenizer_class",
                    "torch_dtype",
                    "transformers_version",
                    "use_cache"));

    private static final List<ConfigContract> ALL =
            List.of(UNIPC, DPM, EULER, LCM, HEUN, WAN, LTX, WAN_VAE, LTX_VAE, T5);

    private final String className;
    private final Set<String> read = new TreeSet<>();
    private final Map<String, List<String>> needed = new LinkedHashMap<>();
    private final Map<String, List<String>> fixed = new LinkedHashMap<>();
    private final Set<String> absent = new TreeSet<>();
    private final Set<String> aside = new TreeSet<>();

    private ConfigContract(String className) {
        this.className = className;
    }

    private ConfigContract reads(String... keys) {
        read.addAll(List.of(keys));
        return this;
    }

    private ConfigContract needs(String key, String value) {
        needed.put(key, List.of(value));
        return this;
    }

    private ConfigContract only(String key, String... values) {
        fixed.put(key, List.of(values));
        return this;
    }

    private ConfigContract off(String... keys) {
        for (String key : keys) {
            fixed.put(key, List.of("false"));
        }
        return this;
    }

    private ConfigContract without(String... keys) {
        absent.addAll(List.of(keys));
        return this;
    }

    private ConfigContract leavesAside(List<String> keys) {
        aside.addAll(keys);
        return this;
    }

    /**
     * Holds {@code config} to this contract. What the values of keys that are read may be is checked where they are read.
     *
     * @throws io.flowblend.file.InvalidFileException naming the first key whose value would change numbers and is not
     *     implemented
     */
    public void check(ConfigFile config) {
        config.requireNotQuantised();
        fixed.forEach((key, values) -> config.requireIfPresent(key, values.toArray(String[]::new)));
        needed.forEach((key, values) -> config.require(key, values.toArray(String[]::new)));
        config.requireAbsent(absent.toArray(String[]::new));
        Set<String> unknown = unknown(config.keys());
        if (!unknown.isEmpty()) {
            LOG.log(
                    System.Logger.Level.INFO,
                    config.file() + ": keys that are not known and have no effect here: " + String.join(", ", unknown));
        }
    }

    /** Which of {@code keys} are not listed, sorted. */
    public Set<String> unknown(Set<String> keys) {
        Set<String> unknown = new TreeSet<>(keys);
        unknown.removeAll(read);
        unknown.removeAll(needed.keySet());
        unknown.removeAll(fixed.keySet());
        unknown.removeAll(absent);
        unknown.removeAll(aside);
        unknown.removeAll(OF_ANY_CLASS);
        return unknown;
    }

    /** All contracts as a table in Markdown. */
    public static String table() {
        String head = "| class | read | has to be, where it is there | has to be null or absent | no effect |\n"
                + "|---|---|---|---|---|\n";
        return head + ALL.stream().map(ConfigContract::row).collect(Collectors.joining());
    }

    private String row() {
        Map<String, List<String>> values = new LinkedHashMap<>(needed);
        values.putAll(fixed);
        String fixedValues = values.entrySet().stream()
                .map(entry -> "`" + entry.getKey() + "` " + String.join(" or ", entry.getValue())
                        + (needed.containsKey(entry.getKey()) ? " (required)" : ""))
                .collect(Collectors.joining(", "));
        return "| " + className + " | " + named(read) + " | " + fixedValues + " | " + named(absent) + " | "
                + named(aside) + " |\n";
    }

    private static String named(Set<String> keys) {
        return keys.stream().map(key -> "`" + key + "`").collect(Collectors.joining(", "));
    }
}

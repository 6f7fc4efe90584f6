package io.flowblend.model.pair;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentEncoder;
import io.flowblend.model.LatentShape;
import io.flowblend.model.PairSpec;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.lora.Lora;
import io.flowblend.model.ltx.LtxTransformer;
import io.flowblend.model.ltx.vae.LtxVaeDecoder;
import io.flowblend.model.ltx.vae.LtxVaeDecoding;
import io.flowblend.model.ltx.vae.LtxVaeEncoder;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.model.wan.vae.WanVaeDecoder;
import io.flowblend.tensor.Placement;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The families of models. A pair's is told by the class name of its large transformer, and its other parts have to be of the
 * classes that belong to it.
 */
enum ModelFamily {
    WAN("WanTransformer3DModel", "UMT5EncoderModel", "AutoencoderKLWan") {
        @Override
        VelocityModel velocityModel(Path folder, Placement placement, List<Lora> loras) {
            return WanTransformer.load(folder, placement, loras);
        }

        @Override
        VelocityModel beside(VelocityModel base, Path folder, List<Lora> loras) {
            return ((WanTransformer) base).beside(folder, loras);
        }

        @Override
        ForwardCost cost(Path folder, LatentShape latents, int textTokens, boolean firstFrameGiven) {
            return WanTransformer.cost(folder, latents, textTokens);
        }

        @Override
        LatentDecoder decoder(PairSpec spec, int patch, Placement placement) {
            return WanVaeDecoder.load(spec.decoder(), patch, placement);
        }

        @Override
        Optional<LatentEncoder> firstFrameEncoder(PairSpec spec, Placement placement) {
            return Optional.empty();
        }

        @Override
        void requireOneLatentSpace(ConfigFile transformer, PairSpec spec) {
            requireSame(transformer, "in_channels", decoderConfig(spec), "z_dim of the decoder", "z_dim");
            requireSame(transformer, "text_dim", textEncoderConfig(spec), "d_model of the text encoder", "d_model");
        }

        @Override
        List<Integer> patch(ConfigFile transformer) {
            return transformer.sizes("patch_size", 3);
        }

        @Override
        PairPlan plan(PairSpec spec) {
            int patch =
                    patch(ConfigFile.in(spec.large(), ModelPart.TRANSFORMER)).get(1);
            return new PairPlan(
                    WanTransformer.plan(spec.large()),
                    WanTransformer.plan(spec.small()),
                    WanVaeDecoder.plan(spec.decoder(), patch),
                    (folder, latents, textTokens, passes) ->
                            WanTransformer.cost(folder, latents, textTokens).linear());
        }
    },

    LTX("LTXVideoTransformer3DModel", "T5EncoderModel", "AutoencoderKLLTXVideo") {
        @Override
        VelocityModel velocityModel(Path folder, Placement placement, List<Lora> loras) {
            return LtxTransformer.load(folder, placement, loras);
        }

        @Override
        VelocityModel beside(VelocityModel base, Path folder, List<Lora> loras) {
            return ((LtxTransformer) base).beside(folder, loras);
        }

        @Override
        ForwardCost cost(Path folder, LatentShape latents, int textTokens, boolean firstFrameGiven) {
            return LtxTransformer.cost(folder, latents, textTokens, firstFrameGiven);
        }

        @Override
        LatentDecoder decoder(PairSpec spec, int patch, Placement placement) {
            LtxVaeDecoding decoding = spec.decoding()
                    .map(d -> new LtxVaeDecoding(d.timestep(), d.noiseScale()))
                    .orElse(LtxVaeDecoding.RECOMMENDED);
            return LtxVaeDecoder.load(spec.decoder(), patch, decoding, placement);
        }

        @Override
        Optional<LatentEncoder> firstFrameEncoder(PairSpec spec, Placement placement) {
            return Optional.of(LtxVaeEncoder.load(spec.decoder(), placement));
        }

        @Override
        void requireOneLatentSpace(ConfigFile transformer, PairSpec spec) {
            if (!patch(transformer).equals(List.of(1, 1, 1))) {
                throw transformer.unsupported("patch_size", "1, and 1 for 'patch_size_t'");
            }
            requireSame(
                    transformer,
                    "in_channels",
                    decoderConfig(spec),
                    "latent_channels of the decoder",
                    "latent_channels");
            requireSame(
                    transformer, "caption_channels", textEncoderConfig(spec), "d_model of the text encoder", "d_model");
        }

        @Override
        List<Integer> patch(ConfigFile transformer) {
            int side = transformer.size("patch_size", 1);
            return List.of(transformer.size("patch_size_t", 1), side, side);
        }

        @Override
        PairPlan plan(PairSpec spec) {
            int patch =
                    patch(ConfigFile.in(spec.large(), ModelPart.TRANSFORMER)).get(1);
            return new PairPlan(
                    LtxTransformer.plan(spec.large()),
                    LtxTransformer.plan(spec.small()),
                    LtxVaeDecoder.plan(spec.decoder(), patch),
                    (folder, latents, textTokens, passes) -> passes
                            * LtxTransformer.cost(folder, latents, textTokens, true)
                                    .linear());
        }
    };

    private final String transformerClass;
    private final String textEncoderClass;
    private final String decoderClass;

    ModelFamily(String transformerClass, String textEncoderClass, String decoderClass) {
        this.transformerClass = transformerClass;
        this.textEncoderClass = textEncoderClass;
        this.decoderClass = decoderClass;
    }

    /**
     * The family of a pair.
     *
     * @throws InvalidFileException if one of its parts is of a class that is not supported, or of another family
     */
    static ModelFamily of(PairSpec spec) {
        ModelFamily family = ofTransformer(spec.large());
        requireClass(spec.small(), ModelPart.TRANSFORMER, family.transformerClass);
        spec.lowNoise().ifPresent(low -> requireClass(low.model(), ModelPart.TRANSFORMER, family.transformerClass));
        requireClass(spec.textEncoder(), ModelPart.TEXT_ENCODER, family.textEncoderClass);
        requireClass(spec.decoder(), ModelPart.DECODER, family.decoderClass);
        return family;
    }

    /** The family of the transformer in {@code folder}. */
    static ModelFamily ofTransformer(Path folder) {
        return of(folder, ModelPart.TRANSFORMER, family -> family.transformerClass);
    }

    /** The family whose decoder lies in {@code folder}. */
    static ModelFamily ofDecoder(Path folder) {
        return of(folder, ModelPart.DECODER, family -> family.decoderClass);
    }

    private static ModelFamily of(Path folder, ModelPart part, Function<ModelFamily, String> classOfPart) {
        ConfigFile config = ConfigFile.in(folder, part);
        String name = config.architecture();
        return Arrays.stream(values())
                .filter(family -> classOfPart.apply(family).equals(name))
                .findFirst()
                .orElseThrow(() -> unsupported(
                        config, name, Arrays.stream(values()).map(classOfPart).collect(Collectors.joining(", "))));
    }

    /** @param loras merged into its weights */
    abstract VelocityModel velocityModel(Path folder, Placement placement, List<Lora> loras);

    /** Another model of {@code base}'s folder, which shares its memory and applies LoRA files beside the weights. */
    abstract VelocityModel beside(VelocityModel base, Path folder, List<Lora> loras);

    /** Cost of one pass of the transformer in {@code folder}, as {@link PairLoader#cost} says. */
    abstract ForwardCost cost(Path folder, LatentShape latents, int textTokens, boolean firstFrameGiven);

    /** @param patch latents along one side of the patches that the pair's transformers read */
    abstract LatentDecoder decoder(PairSpec spec, int patch, Placement placement);

    /** What encodes a given first frame, if the models can go on from one. */
    abstract Optional<LatentEncoder> firstFrameEncoder(PairSpec spec, Placement placement);

    /** A transformer has to move in the decoder's latent space and read the encoder's embeddings. */
    abstract void requireOneLatentSpace(ConfigFile transformer, PairSpec spec);

    /** Latents along each axis of the patches that a transformer reads. */
    abstract List<Integer> patch(ConfigFile transformer);

    /** What the configs of a pair say of its size. */
    abstract PairPlan plan(PairSpec spec);

    private static void requireClass(Path folder, ModelPart part, String supported) {
        ConfigFile config = ConfigFile.in(folder, part);
        String name = config.architecture();
        if (!name.equals(supported)) {
            throw unsupported(config, name, supported);
        }
    }

    private static ConfigFile decoderConfig(PairSpec spec) {
        return ConfigFile.in(spec.decoder(), ModelPart.DECODER);
    }

    private static ConfigFile textEncoderConfig(PairSpec spec) {
        return ConfigFile.in(spec.textEncoder(), ModelPart.TEXT_ENCODER);
    }

    private static void requireSame(
            ConfigFile config, String key, ConfigFile other, String otherName, String otherKey) {
        int expected = other.size(otherKey);
        if (config.size(key) != expected) {
            throw apart(config, key, config.size(key), otherName, expected);
        }
    }

    static InvalidFileException apart(ConfigFile config, String key, Object found, String other, Object expected) {
        return new InvalidFileException(
                config.file(),
                "'" + key + "' is " + found + ", but " + other + " is " + expected
                        + ": the parts do not belong together");
    }

    private static InvalidFileException unsupported(ConfigFile config, String name, String supported) {
        return new InvalidFileException(
                config.file(), "architecture '" + name + "' is not supported here; supported: " + supported);
    }
}

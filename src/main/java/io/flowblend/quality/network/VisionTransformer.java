package io.flowblend.quality.network;

import io.flowblend.tensor.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A vision transformer whose features are those of its class token: ViT (Dosovitskiy et al. 2020, arXiv 2010.11929) as DINO
 * has it, DINOv2, and the picture half of CLIP. Weights have the names of Hugging Face's transformers.
 *
 * <p>{@code x = x + s1 A(n1(x)); x = x + s2 M(n2(x))} in each layer, with the scales s of DINOv2, else 1.
 */
final class VisionTransformer {
    private final Names names;
    private final int heads;
    private final int patch;
    private final double epsilon;
    private final boolean quick;
    private final Tensor classToken;
    private final Tensor positions;
    private final Affine patches;
    private final Optional<Affine> before;
    private final List<Layer> layers;
    private final Affine after;
    private final Optional<Tensor> projection;

    /** What an architecture calls its parts; those of a layer follow {@code layer} and its number. */
    private record Names(
            String classToken,
            String positions,
            String patches,
            String layer,
            String norm1,
            String query,
            String key,
            String value,
            String out,
            String norm2,
            String up,
            String down,
            String norm) {
        static final Names VIT = new Names(
                "embeddings.cls_token",
                "embeddings.position_embeddings",
                "embeddings.patch_embeddings.projection",
                "encoder.layer.",
                "layernorm_before",
                "attention.attention.query",
                "attention.attention.key",
                "attention.attention.value",
                "attention.output.dense",
                "layernorm_after",
                "intermediate.dense",
                "output.dense",
                "layernorm");
        static final Names DINOV2 = new Names(
                VIT.classToken,
                VIT.positions,
                VIT.patches,
                VIT.layer,
                "norm1",
                VIT.query,
                VIT.key,
                VIT.value,
                VIT.out,
                "norm2",
                "mlp.fc1",
                "mlp.fc2",
                VIT.norm);
        static final Names CLIP = new Names(
                "vision_model.embeddings.class_embedding",
                "vision_model.embeddings.position_embedding.weight",
                "vision_model.embeddings.patch_embedding",
                "vision_model.encoder.layers.",
                "layer_norm1",
                "self_attn.q_proj",
                "self_attn.k_proj",
                "self_attn.v_proj",
                "self_attn.out_proj",
                "layer_norm2",
                "mlp.fc1",
                "mlp.fc2",
                "vision_model.post_layernorm");
    }

    /** A weight and what is added, if anything is. */
    private record Affine(Tensor weight, Optional<Tensor> bias) {
        static Affine read(Weights weights, String name) {
            String bias = name + ".bias";
            return new Affine(
                    weights.tensor(name + ".weight"),
                    weights.has(bias) ? Optional.of(weights.tensor(bias)) : Optional.empty());
        }

        TensorOptional added() {
            return bias.map(TensorOptional::new).orElseGet(TensorOptional::new);
        }

        Tensor apply(Tensor x) {
            return torch.linear(x, weight, added());
        }

        Tensor norm(Tensor x, double epsilon) {
            return torch.layer_norm(
                    x, new long[] {weight.size(0)}, new TensorOptional(weight), added(), epsilon, false);
        }
    }

    private record Layer(
            Affine norm1,
            Affine query,
            Affine key,
            Affine value,
            Affine out,
            Optional<Tensor> scale1,
            Affine norm2,
            Affine up,
            Affine down,
            Optional<Tensor> scale2) {}

    private VisionTransformer(Weights weights, Names names, NetworkConfig config, boolean projected) {
        this.names = names;
        boolean clip = names.equals(Names.CLIP);
        heads = config.integer("num_attention_heads");
        patch = config.integer("patch_size");
        epsilon = config.number("layer_norm_eps", clip ? 1e-5 : 1e-6);
        String activation = config.text("hidden_act", clip ? "quick_gelu" : "gelu");
        if (!activation.equals("gelu") && !activation.equals("quick_gelu")) {
            throw config.expected("hidden_act", "gelu or quick_gelu");
        }
        if (config.flag("use_swiglu_ffn", false)) {
            throw config.expected("use_swiglu_ffn", "false");
        }
        quick = activation.equals("quick_gelu");
        classToken = weights.tensor(names.classToken());
        positions = weights.tensor(names.positions());
        patches = Affine.read(weights, names.patches());
        before = clip ? Optional.of(Affine.read(weights, "vision_model.pre_layrnorm")) : Optional.empty();
        layers = new ArrayList<>();
        for (int i = 0; i < config.integer("num_hidden_layers"); i++) {
            layers.add(layer(weights, i));
        }
        after = Affine.read(weights, names.norm());
        projection = projected ? Optional.of(weights.tensor("visual_projection.weight")) : Optional.empty();
    }

    /** @param config of the whole model; its {@code model_type} says which architecture */
    static VisionTransformer read(Weights weights, NetworkConfig config) {
        return switch (config.text("model_type", "")) {
            case "vit" -> new VisionTransformer(weights, Names.VIT, config, false);
            case "dinov2" -> new VisionTransformer(weights, Names.DINOV2, config, false);
            case "clip" -> new VisionTransformer(weights, Names.CLIP, config.object("vision_config"), true);
            case "clip_vision_model" -> new VisionTransformer(
                    weights, Names.CLIP, config, weights.has("visual_projection.weight"));
            default -> throw config.expected("model_type", "vit, dinov2, clip or clip_vision_model");
        };
    }

    private Layer layer(Weights weights, int i) {
        String at = names.layer() + i + ".";
        return new Layer(
                Affine.read(weights, at + names.norm1()),
                Affine.read(weights, at + names.query()),
                Affine.read(weights, at + names.key()),
                Affine.read(weights, at + names.value()),
                Affine.read(weights, at + names.out()),
                scale(weights, at + "layer_scale1.lambda1"),
                Affine.read(weights, at + names.norm2()),
                Affine.read(weights, at + names.up()),
                Affine.read(weights, at + names.down()),
                scale(weights, at + "layer_scale2.lambda1"));
    }

    private Optional<Tensor> scale(Weights weights, String name) {
        return names.equals(Names.DINOV2) ? Optional.of(weights.tensor(name)) : Optional.empty();
    }

    /** Features {@code [B, F]} of pictures {@code [B, 3, H, W]}, whose edges are multiples of the patch. */
    Tensor features(Tensor pictures) {
        long rows = pictures.size(2) / patch;
        long columns = pictures.size(3) / patch;
        Tensor grid = torch.conv2d(
                pictures,
                patches.weight(),
                patches.added(),
                new long[] {patch, patch},
                new long[] {0, 0},
                new long[] {1, 1},
                1);
        long batch = grid.size(0);
        long width = grid.size(1);
        Tensor tokens = grid.flatten(2, 3).transpose(1, 2);
        Tensor first = classToken.reshape(1, 1, width).expand(batch, 1, width);
        Tensor x = joined(first, tokens).add(placed(rows, columns, width));
        if (before.isPresent()) {
            x = before.get().norm(x, epsilon);
        }
        for (Layer layer : layers) {
            x = scaled(attended(layer, layer.norm1().norm(x, epsilon)), layer.scale1())
                    .add(x);
            Tensor wide = activated(layer.up().apply(layer.norm2().norm(x, epsilon)));
            x = scaled(layer.down().apply(wide), layer.scale2()).add(x);
        }
        Tensor features = after.norm(x.select(1, 0), epsilon);
        return projection.isPresent() ? torch.linear(features, projection.get()) : features;
    }

    private static Tensor joined(Tensor first, Tensor tokens) {
        return torch.cat(new TensorVector(first, tokens), 1);
    }

    /** Positions of the class token and of a grid, scaled to it where the network was made with another one. */
    private Tensor placed(long rows, long columns, long width) {
        Tensor all = positions.reshape(1, -1, width);
        long known = all.size(1) - 1;
        if (known == rows * columns) {
            return all;
        }
        long side = Math.round(Math.sqrt((double) known));
        Tensor grid = all.narrow(1, 1, known).reshape(1, side, side, width).permute(0, 3, 1, 2);
        Tensor scaled = torch.upsample_bicubic2d(grid, new long[] {rows, columns}, false);
        return joined(all.narrow(1, 0, 1), scaled.flatten(2, 3).transpose(1, 2));
    }

    private Tensor attended(Layer layer, Tensor x) {
        Tensor out = torch.scaled_dot_product_attention(
                split(layer.query().apply(x)),
                split(layer.key().apply(x)),
                split(layer.value().apply(x)));
        return layer.out().apply(out.transpose(1, 2).flatten(2, 3));
    }

    private Tensor split(Tensor x) {
        return x.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
    }

    private Tensor activated(Tensor x) {
        return quick ? x.mul(x.mul(new Scalar(1.702)).sigmoid()) : torch.gelu(x);
    }

    private static Tensor scaled(Tensor x, Optional<Tensor> by) {
        return by.isPresent() ? x.mul(by.get()) : x;
    }
}

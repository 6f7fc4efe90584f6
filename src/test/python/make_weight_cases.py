"""Makes what CheckpointTest and GgufTest read: weights as people have them, with what others make of them.

    python src/test/python/make_weight_cases.py src/test/resources/weights

blocks.gguf has random blocks of each quantised format of ggml, blocks.safetensors what the gguf package decodes them to.
layouts.json has, for full-size models, each tensor's name in the original layout, its name as diffusers 0.42.1 (or gguf) converts
it, and its shape, with the model's config. Needs torch 2.10.0, diffusers 0.42.1, transformers 5.23.0, gguf 0.19.0.
"""
import json
import os
import sys

import gguf
import numpy as np
import torch
from diffusers import AutoencoderKLLTXVideo, AutoencoderKLWan, LTXVideoTransformer3DModel, WanTransformer3DModel
from diffusers.loaders import single_file_utils as single
from safetensors.numpy import save_file
from transformers import T5Config, T5EncoderModel, UMT5Config, UMT5EncoderModel

Q = gguf.GGMLQuantizationType
BLOCKS = [Q.Q4_0, Q.Q4_1, Q.Q5_0, Q.Q5_1, Q.Q8_0, Q.Q2_K, Q.Q3_K, Q.Q4_K, Q.Q5_K, Q.Q6_K, Q.IQ4_NL, Q.IQ4_XS]
# Byte offsets of the float16 scales in a block, which are drawn as numbers; all other bytes are random.
SCALES = {Q.Q4_0: [0], Q.Q4_1: [0, 2], Q.Q5_0: [0], Q.Q5_1: [0, 2], Q.Q8_0: [0], Q.Q2_K: [80, 82], Q.Q3_K: [108], Q.Q4_K: [0, 2],
          Q.Q5_K: [0, 2], Q.Q6_K: [208], Q.IQ4_NL: [0], Q.IQ4_XS: [0]}


def make_blocks(folder):
    random = np.random.default_rng(7)
    writer = gguf.GGUFWriter(f"{folder}/blocks.gguf", "wan")
    writer.add_array("a.list", ["passed", "over"])
    writer.add_array("another.list", [1, 2, 3])
    writer.add_float32("a.number", 0.5)
    writer.add_bool("a.flag", True)
    expected = {}
    for kind in BLOCKS:
        values, size = gguf.GGML_QUANT_SIZES[kind]
        count = 2 if values == 256 else 12
        data = random.integers(0, 256, (3, count, size), dtype=np.uint8)
        for at in SCALES[kind]:
            scales = (random.standard_normal((3, count)) * 10.0 ** random.integers(-6, 2, (3, count))).astype(np.float16)
            scales[0, 0] = 0 if at % 4 else -0.0
            scales[1, 0] = np.float16(3e-8)  # subnormal
            data[:, :, at:at + 2] = scales.view(np.uint8).reshape(3, count, 2)
        data = data.reshape(3, count * size)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        expected[kind.name] = gguf.dequantize(data, kind)
    plain = random.standard_normal((2, 3, 1, 2, 2)).astype(np.float32)
    writer.add_tensor("F32", plain)
    expected["F32"] = plain
    writer.add_tensor("F16", plain.astype(np.float16))
    expected["F16"] = plain.astype(np.float16).astype(np.float32)
    bf16 = gguf.quantize(plain, Q.BF16)
    writer.add_tensor("BF16", bf16, raw_dtype=Q.BF16)
    expected["BF16"] = gguf.dequantize(bf16, Q.BF16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(expected, f"{folder}/blocks.safetensors")


def replaced(name, pairs):
    """The name in the original layout: each pair (diffusers, original) replaces once, in order; a part of a name is whole."""
    name = f".{name}."
    for new, old in pairs:
        name = name.replace(f".{new}.", f".<{old}>.", 1)
    return name.replace("<", "").replace(">", "").strip(".")


WAN = [("condition_embedder.time_embedder.linear_1", "time_embedding.0"), ("condition_embedder.time_embedder.linear_2", "time_embedding.2"),
       ("condition_embedder.text_embedder.linear_1", "text_embedding.0"), ("condition_embedder.text_embedder.linear_2", "text_embedding.2"),
       ("condition_embedder.time_proj", "time_projection.1"), ("attn1", "self_attn"), ("attn2", "cross_attn"), ("to_q", "q"), ("to_k", "k"),
       ("to_v", "v"), ("to_out.0", "o"), ("proj_out", "head.head"), ("ffn.net.0.proj", "ffn.0"), ("ffn.net.2", "ffn.2"), ("norm2", "norm3")]
LTX = [("proj_in", "patchify_proj"), ("time_embed", "adaln_single"), ("norm_q", "q_norm"), ("norm_k", "k_norm")]
ENDS = [("conv_in", "conv1"), ("conv_out", "head.2"), ("norm_out", "head.0")]
MIDDLE = [("mid_block.resnets.0", "middle.0"), ("mid_block.attentions.0", "middle.1"), ("mid_block.resnets.1", "middle.2")]
RESIDUAL = [("norm1", "residual.0"), ("conv1", "residual.2"), ("norm2", "residual.3"), ("conv2", "residual.6"), ("conv_shortcut", "shortcut")]


def wan_name(name):
    if name == "scale_shift_table":
        return "head.modulation"
    return replaced(name, WAN).replace("scale_shift_table", "modulation")


def wan_vae_name(name):
    if name.startswith(("quant_conv", "post_quant_conv")):
        return name.replace("post_quant_conv", "conv2").replace("quant_conv", "conv1")
    name = name.replace("encoder.down_blocks.", "encoder.downsamples.")
    if ".up_blocks." in name:
        words = name.split(".")
        index = 4 * int(words[2]) + (int(words[4]) if words[3] == "resnets" else 3)
        name = ".".join(["decoder.upsamples", str(index)] + words[5:])
    if ".resample." in name or ".time_conv." in name:
        return name
    return replaced(name, MIDDLE + RESIDUAL if "samples." in name or ".resnets." in name else MIDDLE + ENDS)


def ltx_vae_name(name, up, down):
    """up and down: (diffusers, original) of the blocks, the longest first."""
    if name.startswith("latents_"):
        return "vae.per_channel_statistics." + {"latents_mean": "mean-of-means", "latents_std": "std-of-means"}[name]
    for half, table in (("decoder.", up), ("encoder.", down)):
        if name.startswith(half):
            for new, old in table:
                if name.startswith(half + new + "."):
                    name = half + old + name[len(half + new):]
                    break
            else:
                name = name.replace("time_embedder", "last_time_embedder").replace("scale_shift_table", "last_scale_shift_table")
    name = name.replace("resnets", "res_blocks").replace("conv_shortcut.conv", "conv_shortcut")
    return "vae." + replaced(name, [("norm3", "norm3.norm")])


def tables(version):
    """The entries of the original's two lists, by the blocks of diffusers: residual blocks, widening ones, resampling ones."""
    if version == "0.9":
        up = [("mid_block", 0), ("up_blocks.0", 1), ("up_blocks.1.upsamplers.0", 2), ("up_blocks.1", 3), ("up_blocks.2.conv_in", 4),
              ("up_blocks.2.upsamplers.0", 5), ("up_blocks.2", 6), ("up_blocks.3.conv_in", 7), ("up_blocks.3.upsamplers.0", 8), ("up_blocks.3", 9)]
    else:
        up = [("mid_block", 0)] + [(f"up_blocks.{i}{step}", 2 * i + at) for i in range(3) for step, at in ((".upsamplers.0", 1), ("", 2))]
    if version == "0.9.5":
        down = [(f"down_blocks.{i}{step}", 2 * i + at) for i in range(4) for step, at in ((".downsamplers.0", 1), ("", 0))] + [("mid_block", 8)]
    else:
        down = [("down_blocks.0", 0), ("down_blocks.0.downsamplers.0", 1), ("down_blocks.0.conv_out", 2), ("down_blocks.1", 3),
                ("down_blocks.1.downsamplers.0", 4), ("down_blocks.1.conv_out", 5), ("down_blocks.2", 6), ("down_blocks.2.downsamplers.0", 7),
                ("down_blocks.3", 8), ("mid_block", 9)]
    longest = lambda pairs, word: sorted(((a, f"{word}.{b}") for a, b in pairs), key=lambda pair: -len(pair[0]))
    return longest(up, "up_blocks"), longest(down, "down_blocks")


LTX_VAES = {
    "0.9": {},
    "0.9.1": dict(decoder_block_out_channels=(256, 512, 1024), decoder_layers_per_block=(5, 6, 7, 8), decoder_spatio_temporal_scaling=(True,) * 3,
                  decoder_inject_noise=(True, True, True, False), upsample_residual=(True,) * 3, upsample_factor=(2,) * 3,
                  timestep_conditioning=True),
    "0.9.5": dict(block_out_channels=(128, 256, 512, 1024, 2048), down_block_types=("LTXVideo095DownBlock3D",) * 4, layers_per_block=(4, 6, 6, 2, 2),
                  downsample_type=("spatial", "temporal", "spatiotemporal", "spatiotemporal"), spatio_temporal_scaling=(True,) * 4,
                  decoder_block_out_channels=(256, 512, 1024), decoder_layers_per_block=(5, 5, 5, 5), decoder_spatio_temporal_scaling=(True,) * 3,
                  decoder_inject_noise=(False,) * 4, upsample_residual=(True,) * 3, upsample_factor=(2,) * 3, timestep_conditioning=True),
}


def layout(model, rename, convert, config):
    """Every tensor as [original, diffusers, shape], where diffusers' own conversion of the originals says so."""
    state = model.state_dict()
    originals = {rename(name): value for name, value in state.items()}
    assert len(originals) == len(state)
    converted = convert(dict(originals))
    assert {n: tuple(v.shape) for n, v in converted.items()} == {n: tuple(v.shape) for n, v in state.items()}, (
        set(converted) ^ set(state))
    by_id = {id(v): n for n, v in converted.items()}
    return {"config": config, "tensors": [[old, by_id[id(v)], list(v.shape)] for old, v in originals.items()]}


def main(folder):
    os.makedirs(folder, exist_ok=True)
    make_blocks(folder)
    cases = {}
    with torch.device("meta"):
        wan = WanTransformer3DModel(num_layers=2, num_attention_heads=12, ffn_dim=8960)
        cases["wan"] = layout(wan, wan_name, single.convert_wan_transformer_to_diffusers, dict(wan.config))
        vae = AutoencoderKLWan()
        cases["wan-vae"] = layout(vae, wan_vae_name, single.convert_wan_vae_to_diffusers, dict(vae.config))
        ltx = LTXVideoTransformer3DModel(num_layers=2)
        cases["ltx"] = layout(ltx, lambda name: "model.diffusion_model." + replaced(name, LTX), single.convert_ltx_transformer_checkpoint_to_diffusers,
                              dict(ltx.config))
        for version, config in LTX_VAES.items():
            vae = AutoencoderKLLTXVideo(**config)
            up, down = tables(version)
            cases["ltx-vae-" + version] = layout(vae, lambda name: ltx_vae_name(name, up, down), single.convert_ltx_vae_checkpoint_to_diffusers,
                                                 dict(vae.config))
        for name, model in (("t5", T5EncoderModel(T5Config(feed_forward_proj="gated-gelu", num_layers=2))),
                            ("umt5", UMT5EncoderModel(UMT5Config(num_layers=2)))):
            names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.T5ENCODER, 2)
            state = {n: v for n, v in model.state_dict().items() if n != "encoder.embed_tokens.weight"}
            config = {k: v for k, v in model.config.to_dict().items() if isinstance(v, (int, float, str)) and not isinstance(v, bool)}
            cases[name + "-gguf"] = {"config": config, "tensors": [
                [names.get_name(n, try_suffixes=(".weight",)), n, list(v.shape)] for n, v in state.items()]}
    for case in cases.values():
        case["config"] = {k: v for k, v in case["config"].items() if not k.startswith("_") and v is not None}
    with open(f"{folder}/layouts.json", "w") as file:
        file.write("{\n" + ",\n".join(
            f"{json.dumps(name)}: {{\"config\": {json.dumps(case['config'])}, \"tensors\": [\n"
            + ",\n".join(json.dumps(t, separators=(",", ":")) for t in case["tensors"]) + "]}" for name, case in cases.items()) + "}\n")


if __name__ == "__main__":
    main(sys.argv[1])

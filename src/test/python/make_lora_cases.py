"""Makes the cases lora-* of ReferenceTest: a forward of tiny transformers of Wan and LTX-Video after LoRA files in three layouts of
keys, as load_lora_weights and fuse_lora of diffusers merge them.

    python src/test/python/make_lora_cases.py src/test/resources/reference

Needs torch 2.10.0, diffusers 0.42.1 and peft 0.21. Ranks differ from layer to layer; the files with an alpha have one that is not
the rank. A layout that diffusers does not read (Kohya's of LTX-Video) is the same file under other names.
"""
import json
import os
import sys

import torch
from diffusers import (AutoencoderKLLTXVideo, AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, LTXPipeline,
                       LTXVideoTransformer3DModel, WanPipeline, WanTransformer3DModel)
from make_ltx_cases import PLAIN as LTX
from make_ltx_cases import noise, randomise
from make_wan_experts_cases import PLAIN as WAN
from safetensors.torch import save_file

STRENGTH = 0.7
WAN_NAMES = {"attn1.to_q": "self_attn.q", "attn1.to_k": "self_attn.k", "attn1.to_v": "self_attn.v",
             "attn1.to_out.0": "self_attn.o", "attn2.to_q": "cross_attn.q", "attn2.to_k": "cross_attn.k",
             "attn2.to_v": "cross_attn.v", "attn2.to_out.0": "cross_attn.o", "ffn.net.0.proj": "ffn.0", "ffn.net.2": "ffn.2"}


def factors(model, seed, chosen):
    """A and B for each chosen module, with a rank of its own; in Kohya's layout of Wan all ranks of a layer may differ, too."""
    modules = [n for n, m in model.named_modules() if isinstance(m, torch.nn.Linear) and any(c in n for c in chosen)]
    made = {}
    for number, name in enumerate(sorted(modules)):
        out, inputs = model.get_submodule(name).weight.shape
        rank = 2 + number % 3
        made[name] = (noise(seed + 2 * number, rank, inputs) * 0.3, noise(seed + 2 * number + 1, out, rank) * 0.3, rank)
    return made


def original(name):
    for ours, theirs in WAN_NAMES.items():
        name = name.replace(ours, theirs)
    return name


def diffusers_file(parts):
    tensors = {}
    for name, (a, b, _) in parts.items():
        tensors[f"transformer.{name}.lora_A.weight"], tensors[f"transformer.{name}.lora_B.weight"] = a, b
    return tensors


def comfy_file(parts, rename):
    tensors = {}
    for name, (a, b, rank) in parts.items():
        key = "diffusion_model." + rename(name)
        tensors[f"{key}.lora_down.weight"], tensors[f"{key}.lora_up.weight"] = a, b
        tensors[f"{key}.alpha"] = torch.tensor(rank / 2)
    return tensors


def kohya_file(parts, rename):
    tensors = {}
    for name, (a, b, rank) in parts.items():
        key = "lora_unet_" + rename(name).replace(".", "_")
        tensors[f"{key}.lora_down.weight"], tensors[f"{key}.lora_up.weight"] = a, b
        tensors[f"{key}.alpha"] = torch.tensor(rank * 1.5)
    return tensors


@torch.no_grad()
def case(out, family, seed, make, pipeline, call, chosen, rename, read_by_diffusers):
    files = {"diffusers": diffusers_file, "comfyui": lambda p: comfy_file(p, rename), "kohya": lambda p: kohya_file(p, rename)}
    for number, (layout, file) in enumerate(files.items()):
        folder = os.path.join(out, f"lora-{family}-{layout}")
        model = make(seed)
        model.save_pretrained(os.path.join(folder, "model"))
        parts = factors(model, seed + 100 * (number + 1), chosen)
        tensors = file(parts)
        save_file({k: v.contiguous().clone() for k, v in tensors.items()}, os.path.join(folder, "lora.safetensors"))
        inputs = call(seed + 50)
        plain = model(**inputs, return_dict=False)[0]
        if layout in read_by_diffusers:
            pipe = pipeline(model)
            pipe.load_lora_weights(os.path.join(folder, "lora.safetensors"))
            pipe.fuse_lora(lora_scale=STRENGTH)
            pipe.unload_lora_weights()
        else:
            scale = {"comfyui": 0.5, "kohya": 1.5}[layout]
            for name, (a, b, _) in parts.items():
                model.get_submodule(name).weight.add_(STRENGTH * scale * (b @ a))
        output = model(**inputs, return_dict=False)[0]
        moved = ((output - plain).norm() / plain.norm()).item()
        assert moved > 0.05, moved
        note = {k: v for k, v in inputs.items() if not isinstance(v, torch.Tensor)}
        inputs = {k: v for k, v in inputs.items() if isinstance(v, torch.Tensor)}
        save_file({k: v.contiguous().clone() for k, v in {**inputs, "output": output}.items()},
                  os.path.join(folder, "case.safetensors"))
        with open(os.path.join(folder, "case.json"), "w") as f:
            json.dump({**note, "strength": STRENGTH, "by_diffusers": layout in read_by_diffusers, "moved": moved,
                       "made_by": "make_lora_cases.py"}, f, indent=1)


if __name__ == "__main__":
    out = sys.argv[1]
    case(out, "wan", 5000, lambda s: randomise(WanTransformer3DModel(**WAN), s),
         lambda m: WanPipeline(tokenizer=None, text_encoder=None, vae=AutoencoderKLWan(base_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1),
                               scheduler=FlowMatchEulerDiscreteScheduler(), transformer=m),
         lambda s: {"hidden_states": noise(s, 1, 16, 2, 4, 6), "timestep": torch.tensor([640.0]),
                    "encoder_hidden_states": noise(s + 1, 1, 5, 20)},
         ("attn1", "attn2", "ffn"), original, ("diffusers", "comfyui", "kohya"))
    ltx = {"num_frames": 2, "height": 3, "width": 4}
    case(out, "ltx", 6000, lambda s: randomise(LTXVideoTransformer3DModel(**LTX), s),
         lambda m: LTXPipeline(tokenizer=None, text_encoder=None, vae=AutoencoderKLLTXVideo(latent_channels=16, block_out_channels=(4, 4, 4, 4),
                               decoder_block_out_channels=(4, 4, 4, 4), layers_per_block=(1,) * 5, decoder_layers_per_block=(1,) * 5),
                               scheduler=FlowMatchEulerDiscreteScheduler(), transformer=m),
         lambda s: {"hidden_states": noise(s, 1, 24, 16), "timestep": torch.tensor([640.0]),
                    "encoder_hidden_states": noise(s + 1, 1, 5, 24), "encoder_attention_mask": torch.ones(1, 5), **ltx,
                    "rope_interpolation_scale": (0.32, 32, 32)},
         ("attn1", "attn2", "ff."), lambda name: name, ("diffusers",))

"""Makes the cases ltx-vae-2 and up of ReferenceTest: AutoencoderKLLTXVideo, decoding and encoding, in unusual sizes.

    python src/test/python/make_ltx_vae_cases.py src/test/resources/reference

Needs torch 2.10.0 and diffusers 0.42.1. Where a decoder draws noise, it is given FlowBlend's. Every parameter is drawn away from 0 and 1, so that a forgotten one shows.
"""
import itertools
import json
import math
import os
import sys
from unittest import mock

import torch
from diffusers import AutoencoderKLLTXVideo
from safetensors.torch import save_file

FIRST = dict(latent_channels=6, block_out_channels=(4, 6, 8), down_block_types=("LTXVideoDownBlock3D",) * 3,
             downsample_type=("conv",) * 3, decoder_block_out_channels=(4, 6, 8), layers_per_block=(1, 2, 1, 1),
             decoder_layers_per_block=(1, 1, 2, 1), spatio_temporal_scaling=(True, True, False),
             decoder_spatio_temporal_scaling=(True, True, False), decoder_inject_noise=(False,) * 4,
             upsample_residual=(False,) * 3, upsample_factor=(1,) * 3, timestep_conditioning=False, patch_size=2,
             resnet_norm_eps=1e-3, scaling_factor=0.7)
LATER = dict(latent_channels=5, block_out_channels=(4, 8, 8, 16), down_block_types=("LTXVideo095DownBlock3D",) * 3,
             downsample_type=("spatial", "conv", "temporal"), decoder_block_out_channels=(8, 16),
             layers_per_block=(1, 1, 1, 2), decoder_layers_per_block=(1, 2, 1), spatio_temporal_scaling=(True,) * 3,
             decoder_spatio_temporal_scaling=(True, True), decoder_inject_noise=(False,) * 3,
             upsample_residual=(True, False), upsample_factor=(2, 2), timestep_conditioning=True, patch_size=2,
             spatial_compression_ratio=8, temporal_compression_ratio=4)
MASK = 2 ** 64 - 1
CASES = [  # config, frames, height, width, timestep
    (FIRST, 13, 24, 40, None),
    (LATER, 17, 24, 16, 0.3),
    ({**LATER, "decoder_causal": True, "upsample_residual": (True, True), "upsample_factor": (4, 2),
      "patch_size": 4, "spatial_compression_ratio": 16}, 9, 32, 48, 0.0),
    ({**FIRST, "decoder_causal": True}, 1, 16, 24, None),
    ({**LATER, "block_out_channels": (4, 6, 8), "down_block_types": ("LTXVideoDownBlock3D",) * 3, "downsample_type": ("conv",) * 3,
      "layers_per_block": (1, 1, 1, 1), "spatio_temporal_scaling": (True, True, False), "decoder_inject_noise": (True, False, True),
      "upsample_residual": (True, True), "decoder_block_out_channels": (8, 16)}, 9, 24, 32, 0.05),
]


def mixed(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def seeded_noise(seed, *shape):
    """SeededNoise: SplitMix64 in counter form, then Box and Muller."""
    count = math.prod(shape)
    uniform = [(mixed(mixed(seed) + (n + 1) * 0x9E3779B97F4A7C15 & MASK) >> 11) * 2.0 ** -53 for n in range(count + count % 2)]
    values = []
    for u, v in zip(uniform[::2], uniform[1::2]):
        radius = math.sqrt(-2 * math.log(1 - u))
        values += [radius * math.cos(2 * math.pi * v), radius * math.sin(2 * math.pi * v)]
    return torch.tensor(values[:count], dtype=torch.float64).float().view(shape)


def randomise(model, seed):
    g = torch.Generator().manual_seed(seed)
    for name, p in sorted(model.named_parameters()):
        if p.dim() == 0:
            continue
        scale = 1.2 / p[0].numel() ** 0.5 if p.dim() >= 2 else 0.25
        p.copy_((1.0 if "norm" in name and name.endswith("weight") else 0.0) + scale * torch.randn(p.shape, generator=g))
    model.latents_mean.copy_(torch.randn(model.latents_mean.shape, generator=g))
    model.latents_std.copy_(0.5 + torch.rand(model.latents_std.shape, generator=g))
    return model.eval()


@torch.no_grad()
def make(folder, seed, config, frames, height, width, timestep):
    model = randomise(AutoencoderKLLTXVideo(**config), seed)
    g = torch.Generator().manual_seed(seed + 1)
    video = torch.rand(1, 3, frames, height, width, generator=g) * 2 - 1
    mean = model.encode(video).latent_dist.mode()
    latents = torch.randn(mean.shape, generator=g)
    level = None if timestep is None else torch.tensor([timestep])
    seeds = itertools.count(1)
    with mock.patch("torch.randn", lambda shape, **_: seeded_noise(next(seeds), *shape)):
        decoded = model.decode(latents, level).sample
    tensors = {"video": video, "encoded.mean": mean, "latents": latents, "decoded": decoded}
    if level is not None:
        tensors["timestep"] = level
    model.save_pretrained(os.path.join(folder, "model"))
    save_file({k: v.contiguous().clone() for k, v in tensors.items()}, os.path.join(folder, "case.safetensors"))
    with open(os.path.join(folder, "case.json"), "w") as f:
        json.dump({"call": "decoded = vae.decode(latents, timestep), encoded.mean = vae.encode(video).latent_dist.mode(), "
                           "all raw; made by make_ltx_vae_cases.py"}, f, indent=1)


if __name__ == "__main__":
    for i, case in enumerate(CASES):
        make(os.path.join(sys.argv[1], f"ltx-vae-{i + 2}"), 2000 + 10 * i, *case)

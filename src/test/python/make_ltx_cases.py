"""Makes the cases ltx-transformer-1 and up and ltx-image-pipeline-1 of ReferenceTest: LTX in unusual sizes and formats.

    python src/test/python/make_ltx_cases.py src/test/resources/reference

Needs torch 2.10.0 and diffusers 0.42.1. Every parameter is drawn away from 0 and 1, so that a forgotten one shows.
"""
import json
import os
import sys

import torch
from diffusers import (AutoencoderKLLTXVideo, FlowMatchEulerDiscreteScheduler, LTXImageToVideoPipeline,
                       LTXVideoTransformer3DModel)
from safetensors.torch import save_file

PLAIN = dict(in_channels=16, out_channels=16, num_attention_heads=2, attention_head_dim=16, cross_attention_dim=32,
             num_layers=2, caption_channels=24)
# A width that is not a multiple of 6, and patches, which the positions count.
PATCHED = dict(in_channels=16, out_channels=24, patch_size=2, patch_size_t=2, num_attention_heads=2, attention_head_dim=14,
               cross_attention_dim=28, num_layers=3, caption_channels=10)
AUTOENCODER = dict(latent_channels=16, block_out_channels=(4, 4, 4, 4), decoder_block_out_channels=(4, 4, 4, 4),
                   layers_per_block=(1,) * 5, decoder_layers_per_block=(1,) * 5, timestep_conditioning=False)
SCHEDULER = dict(use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05, base_image_seq_len=1024,
                 max_image_seq_len=4096, shift_terminal=0.1)


def randomise(model, seed):
    g = torch.Generator().manual_seed(seed)
    for name, p in sorted(model.named_parameters()):
        if p.dim() == 0:
            continue
        scale = 1.2 / p[0].numel() ** 0.5 if p.dim() >= 2 else 0.25
        p.copy_((1.0 if "norm" in name and name.endswith("weight") else 0.0) + scale * torch.randn(p.shape, generator=g))
    return model.eval()


def noise(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def save(folder, tensors, note):
    save_file({k: v.contiguous().clone() for k, v in tensors.items()}, os.path.join(folder, "case.safetensors"))
    with open(os.path.join(folder, "case.json"), "w") as f:
        json.dump({**note, "made_by": "make_ltx_cases.py"}, f, indent=1)


@torch.no_grad()
def transformer(folder, seed, config, grid, tokens, fps, stored=torch.float32, shard="10GB"):
    model = randomise(LTXVideoTransformer3DModel(**config), seed).to(stored)
    model.save_pretrained(os.path.join(folder, "model"), max_shard_size=shard)
    frames, height, width = grid
    x = noise(seed + 1, 2, frames * height * width, config["in_channels"])
    text = noise(seed + 2, 2, tokens, config["caption_channels"])
    mask = torch.ones(2, tokens)
    mask[0, tokens // 2:] = 0
    timestep = torch.tensor([937.5, 41.25])
    scale = (8 / fps, 32, 32)
    output = model.float()(hidden_states=x, encoder_hidden_states=text, timestep=timestep, encoder_attention_mask=mask,
                           num_frames=frames, height=height, width=width, rope_interpolation_scale=scale,
                           return_dict=False)[0]
    save(folder, {"hidden_states": x, "encoder_hidden_states": text, "encoder_attention_mask": mask, "timestep": timestep,
                  "output": output},
         {"num_frames": frames, "height": height, "width": width, "rope_interpolation_scale": scale})


@torch.no_grad()
def image_pipeline(folder, seed, frames, height, width, **note):
    model, vae = randomise(LTXVideoTransformer3DModel(**PLAIN), seed), randomise(AutoencoderKLLTXVideo(**AUTOENCODER), seed + 1)
    scheduler = FlowMatchEulerDiscreteScheduler(**SCHEDULER)
    pipe = LTXImageToVideoPipeline(scheduler=scheduler, vae=vae, text_encoder=None, tokenizer=None, transformer=model)
    pipe.set_progress_bar_config(disable=True)
    image = torch.sigmoid(noise(seed + 2, 1, 3, height, width))
    first = pipe._normalize_latents(vae.encode((2 * image - 1).unsqueeze(2)).latent_dist.mode(), vae.latents_mean, vae.latents_std)
    start = noise(seed + 3, 1, 16, (frames - 1) // 8 + 1, height // 32, width // 32)
    given = start.clone()
    given[:, :, :1] = first
    texts = {"prompt_embeds": noise(seed + 4, 1, 9, 24), "negative_prompt_embeds": noise(seed + 5, 1, 9, 24),
             "prompt_attention_mask": (torch.arange(9) < 7).float()[None],
             "negative_prompt_attention_mask": (torch.arange(9) < 3).float()[None]}
    call = dict(texts, image=image, latents=pipe._pack_latents(given, 1, 1), num_inference_steps=note["steps"], num_frames=frames,
                height=height, width=width, **{k: v for k, v in note.items() if k != "steps"})
    final = pipe(output_type="latent", **call).frames
    video = pipe(output_type="pt", **call).frames
    for part, name in ((model, "transformer"), (vae, "vae"), (scheduler, "scheduler")):
        part.save_pretrained(os.path.join(folder, name))
    save(folder, {**texts, "image": image, "image_latents": first, "noise": start, "sigmas": pipe.scheduler.sigmas.float(),
                  "final": final, "video": video},
         {**note, "num_frames": frames, "height": height, "width": width})


if __name__ == "__main__":
    out = sys.argv[1]
    transformer(f"{out}/ltx-transformer-1", 3000, PATCHED, (2, 3, 7), 5, 24)
    transformer(f"{out}/ltx-transformer-2", 3010, PLAIN, (1, 4, 4), 8, 30, torch.bfloat16, "60KB")
    transformer(f"{out}/ltx-transformer-3", 3020, PLAIN, (3, 2, 3), 6, 12, torch.float16)
    image_pipeline(f"{out}/ltx-image-pipeline-1", 3030, 9, 32, 64, steps=4, guidance_scale=4.0, guidance_rescale=0.7,
                   frame_rate=16, decode_timestep=0.0, decode_noise_scale=0.0)

"""Makes the cases ltx-transformer-1 and up, ltx-image-pipeline-1, ltx-condition-pipeline-* and the flow Euler solvers of
ReferenceTest at levels that no shift makes: LTX in unusual sizes and formats, and as 0.9.5 and later are run.

    python src/test/python/make_ltx_cases.py src/test/resources/reference

Needs torch 2.10.0 and diffusers 0.42.1. Every parameter is drawn away from 0 and 1, so that a forgotten one shows.
"""
import json
import os
import sys
from unittest import mock

import torch
from diffusers import (AutoencoderKLLTXVideo, FlowMatchEulerDiscreteScheduler, LTXConditionPipeline,
                       LTXImageToVideoPipeline, LTXVideoTransformer3DModel)
from diffusers.pipelines.ltx import pipeline_ltx_condition
from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition, linear_quadratic_schedule
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

LATER_AUTOENCODER = dict(latent_channels=16, block_out_channels=(4, 4, 8, 8, 16),
                         down_block_types=("LTXVideo095DownBlock3D",) * 4, decoder_block_out_channels=(4, 8, 16),
                         layers_per_block=(1,) * 5, decoder_layers_per_block=(1,) * 4, spatio_temporal_scaling=(True,) * 4,
                         decoder_spatio_temporal_scaling=(True,) * 3, decoder_inject_noise=(False,) * 4,
                         downsample_type=("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
                         upsample_residual=(False, True, True), upsample_factor=(2,) * 3, timestep_conditioning=True,
                         patch_size=4, spatial_compression_ratio=32, temporal_compression_ratio=8)
# The base model's levels by the model card of LTX-Video 0.9.7 distilled.
DISTILLED = [1000, 993, 987, 981, 975, 909, 725, 0.03]


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


@torch.no_grad()
def condition_pipeline(folder, seed, autoencoder, frames, height, width, given, **note):
    """LTXConditionPipeline, from text or from a first frame that is kept as it is (no noise is mixed into it)."""
    model, vae = randomise(LTXVideoTransformer3DModel(**PLAIN), seed), randomise(AutoencoderKLLTXVideo(**autoencoder), seed + 1)
    scheduler = FlowMatchEulerDiscreteScheduler()
    pipe = LTXConditionPipeline(scheduler=scheduler, vae=vae, text_encoder=None, tokenizer=None, transformer=model)
    pipe.set_progress_bar_config(disable=True)
    image = torch.sigmoid(noise(seed + 2, 1, 3, height, width))
    first = pipe._normalize_latents(vae.encode((2 * image - 1).unsqueeze(2)).latent_dist.mode(), vae.latents_mean, vae.latents_std)
    start = noise(seed + 3, 1, 16, (frames - 1) // 8 + 1, height // 32, width // 32)
    texts = {"prompt_embeds": noise(seed + 4, 1, 9, 24), "negative_prompt_embeds": noise(seed + 5, 1, 9, 24),
             "prompt_attention_mask": (torch.arange(9) < 7).float()[None],
             "negative_prompt_attention_mask": (torch.arange(9) < 3).float()[None]}
    used = {k: v for k, v in texts.items() if note["guidance_scale"] != 1 or not k.startswith("negative")}
    levels = {"timesteps": note["timesteps"]} if "timesteps" in note else {"num_inference_steps": note["steps"]}
    picture = pipe.video_processor.numpy_to_pil(image.permute(0, 2, 3, 1).numpy())[0]
    call = dict(used, conditions=[LTXVideoCondition(image=picture)] if given else None, num_frames=frames, height=height,
                width=width, frame_rate=note["frame_rate"], guidance_scale=note["guidance_scale"],
                guidance_rescale=note.get("guidance_rescale", 0.0), image_cond_noise_scale=0.0,
                decode_timestep=note["decode_timestep"], decode_noise_scale=note["decode_noise_scale"], **levels)
    # The pipeline draws its own noise: it gets `start`, and the image as it is, not rounded to bytes, with the mode of its latents.
    with mock.patch.multiple(pipeline_ltx_condition, randn_tensor=lambda shape, **_: start.clone(),
                             retrieve_latents=lambda encoded, **_: encoded.latent_dist.mode()), \
            mock.patch.object(pipe.video_processor, "preprocess", lambda *_, **__: 2 * image - 1):
        final = pipe(output_type="latent", **call).frames
        video = pipe(output_type="pt", **call).frames
    for part, name in ((model, "transformer"), (vae, "vae"), (scheduler, "scheduler")):
        part.save_pretrained(os.path.join(folder, name))
    images = {"image": image, "image_latents": first} if given else {}
    save(folder, {**texts, **images, "noise": start, "sigmas": scheduler.sigmas.float(),
                  "final": pipe._pack_latents(final, 1, 1), "video": video},
         {**note, "num_frames": frames, "height": height, "width": width, "frame_times": "causal"})


@torch.no_grad()
def solver(folder, seed, levels, **note):
    """A trajectory of the solver as LTXConditionPipeline calls it, under the velocity of the cases beside it."""
    scheduler = FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(timesteps=levels)
    x = [noise(seed, 2, 3, 5)]
    velocities = []
    for k, t in enumerate(scheduler.timesteps):
        sigma = scheduler.sigmas[k]
        v = 0.9 * x[-1] + 0.4 * torch.sin(3 * x[-1] + 5 * sigma) - 0.3 * torch.cos(2 * sigma)
        velocities.append(v)
        x.append(scheduler.step(-v, t, x[-1], per_token_timesteps=t.expand(2, 1), return_dict=False)[0])
    scheduler.save_pretrained(folder)
    save(folder, {"x": torch.stack(x), "velocity": torch.stack(velocities), "sigmas": scheduler.sigmas,
                  "timesteps": scheduler.timesteps}, {**note, "steps": len(velocities)})


if __name__ == "__main__":
    out = sys.argv[1]
    transformer(f"{out}/ltx-transformer-1", 3000, PATCHED, (2, 3, 7), 5, 24)
    transformer(f"{out}/ltx-transformer-2", 3010, PLAIN, (1, 4, 4), 8, 30, torch.bfloat16, "60KB")
    transformer(f"{out}/ltx-transformer-3", 3020, PLAIN, (3, 2, 3), 6, 12, torch.float16)
    image_pipeline(f"{out}/ltx-image-pipeline-1", 3030, 9, 32, 64, steps=4, guidance_scale=4.0, guidance_rescale=0.7,
                   frame_rate=16, decode_timestep=0.0, decode_noise_scale=0.0)
    condition_pipeline(f"{out}/ltx-condition-pipeline-0", 3040, LATER_AUTOENCODER, 17, 64, 32, True, timesteps=DISTILLED,
                       guidance_scale=1.0, frame_rate=24, decode_timestep=0.05, decode_noise_scale=0.0)
    condition_pipeline(f"{out}/ltx-condition-pipeline-1", 3050, AUTOENCODER, 9, 32, 64, False, steps=7,
                       spacing="linear-quadratic", guidance_scale=3.0, guidance_rescale=0.7, frame_rate=30,
                       decode_timestep=0.0, decode_noise_scale=0.0)
    solver(f"{out}/solvers/flow-euler-timesteps-8", 3060, DISTILLED, timesteps=DISTILLED)
    for steps in (1, 7, 40):
        solver(f"{out}/solvers/flow-euler-linear-quadratic-{steps}", 3070 + steps,
               (linear_quadratic_schedule(steps) * 1000).tolist(), spacing="linear-quadratic")

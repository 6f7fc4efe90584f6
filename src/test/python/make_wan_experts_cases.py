"""Makes the cases wan-experts-* of ReferenceTest: WanPipeline of diffusers with two experts by noise level, as Wan 2.2 A14B is
run, on tiny transformers with random weights.

    python src/test/python/make_wan_experts_cases.py src/test/resources/reference

Needs torch 2.10.0 and diffusers 0.42.1. Latents only: the autoencoder has cases of its own.
"""
import json
import os
import sys

import torch
from diffusers import (AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler, WanPipeline,
                       WanTransformer3DModel)
from make_ltx_cases import noise, randomise
from safetensors.torch import save_file

PLAIN = dict(patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=16, out_channels=16, text_dim=20,
             freq_dim=32, ffn_dim=40, num_layers=2, cross_attn_norm=True, qk_norm="rms_norm_across_heads")
FRAMES, HEIGHT, WIDTH = 9, 32, 48


@torch.no_grad()
def experts(folder, seed, scheduler, steps, boundary, scale, second):
    high, low = (randomise(WanTransformer3DModel(**PLAIN), seed + i) for i in (0, 1))
    vae = AutoencoderKLWan(base_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1)
    pipe = WanPipeline(tokenizer=None, text_encoder=None, vae=vae, scheduler=scheduler, transformer=high, transformer_2=low,
                       boundary_ratio=boundary)
    pipe.set_progress_bar_config(disable=True)
    start = noise(seed + 2, 1, 16, (FRAMES - 1) // 4 + 1, HEIGHT // 8, WIDTH // 8)
    prompt, negative = noise(seed + 3, 1, 7, 20), noise(seed + 4, 1, 7, 20)
    states = []
    pipe(prompt_embeds=prompt, negative_prompt_embeds=negative, latents=start.clone(), num_frames=FRAMES, height=HEIGHT,
         width=WIDTH, num_inference_steps=steps, guidance_scale=scale, guidance_scale_2=second, output_type="latent",
         callback_on_step_end=lambda p, i, t, kept: (states.append(kept["latents"].clone()), kept)[1])
    by_low = int((scheduler.timesteps < boundary * 1000).sum())
    assert 0 < by_low < steps, by_low
    t = torch.tensor([700.0])
    forwards = [m(hidden_states=start, timestep=t, encoder_hidden_states=prompt, return_dict=False)[0] for m in (high, low)]
    for part, name in ((high, "transformer"), (low, "transformer_2"), (scheduler, "scheduler")):
        part.save_pretrained(os.path.join(folder, name))
    with open(os.path.join(folder, "model_index.json"), "w") as f:
        json.dump({"_class_name": "WanPipeline", "boundary_ratio": boundary,
                   "transformer": ["diffusers", "WanTransformer3DModel"],
                   "transformer_2": ["diffusers", "WanTransformer3DModel"]}, f, indent=1)
    save_file({"noise": start, "prompt_embeds": prompt, "negative_prompt_embeds": negative, "latents": torch.stack(states),
               "high_forward": forwards[0].contiguous(), "low_forward": forwards[1].contiguous()},
              os.path.join(folder, "case.safetensors"))
    with open(os.path.join(folder, "case.json"), "w") as f:
        json.dump({"steps": steps, "guidance_scale": scale, "guidance_scale_2": scale if second is None else second,
                   "steps_of_low": by_low, "forwards": "at timestep 700", "made_by": "make_wan_experts_cases.py"}, f, indent=1)


if __name__ == "__main__":
    out = sys.argv[1]
    unipc = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)
    experts(f"{out}/wan-experts-unipc", 4000, unipc, 8, 0.875, 4.0, 3.0)
    experts(f"{out}/wan-experts-euler", 4010, FlowMatchEulerDiscreteScheduler(shift=5.0), 6, 0.9, 3.5, None)
    unipc = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0)
    experts(f"{out}/wan-experts-no-second-guidance", 4020, unipc, 7, 0.8, 4.0, 1.0)

"""Takes new weights of the built-in pair into the project, and makes what follows from them.

    python src/test/python/built_in_pair.py [FOLDER]

From FOLDER, if it is given, come the parts: large, small, vae, text_encoder, tokenizer, scheduler and judge, each a folder
that replaces the project's. Then SHA256SUMS is written, and the reference case is made by diffusers, from prompt to frames.
Needs requirements-bench.txt. Run it from the root of the project whenever a file of the pair has changed. Steps, guidance and
shift stand in pair.yaml: change them there first. What a calibration knows is bound to the weights, so that has to be measured
again as well:

    java -jar target/quarkus-app/quarkus-run.jar calibrate --prompts 48 --out calibration-data/glyphs.json
"""
import os

os.environ["OMP_NUM_THREADS"] = "1"  # sums are added in one order

import hashlib
import json
import shutil
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
import yaml
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, UMT5EncoderModel

PAIR = Path("src/main/resources/pairs/glyphs")
CASE = Path("src/test/resources/reference/built-in-pair")
PARTS = ["large", "small", "vae", "text_encoder", "tokenizer", "scheduler", "judge"]
KEPT = ("*.json", "*.safetensors")

PROMPT = "a red seven moves left fast"
STEPS = 20
SEED = 11
EVERY = 4  # frames of the reference: the fixture stays small


def files(folder):
    return sorted(file for pattern in KEPT for file in folder.glob(pattern))


def take(source):
    """Replaces every part by that of another folder."""
    missing = [part for part in PARTS if not files(source / part)]
    if missing:
        sys.exit(f"{source}: no files in {', '.join(missing)}")
    for part in PARTS:
        shutil.rmtree(PAIR / part, ignore_errors=True)
        (PAIR / part).mkdir()
        for file in files(source / part):
            shutil.copyfile(file, PAIR / part / file.name)


def write_checksums():
    listed = [PAIR / "pair.yaml"] + [file for part in sorted(PARTS) for file in files(PAIR / part)]
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(PAIR)}\n" for file in listed]
    (PAIR / "SHA256SUMS").write_text("".join(lines))


def drawn_seven():
    """A soft red seven that moves left, 0 to 255, [frame, row, column, channel]."""
    frames = torch.zeros(3, 64, 64, 3)
    for frame in range(3):
        left = 30 - 2 * frame
        frames[frame, 20:24, left : left + 18, 0] = 1
        for row in range(24, 46):
            edge = left + 14 - (row - 24) // 2
            frames[frame, row, edge : edge + 4, 0] = 1
    soft = F.avg_pool2d(frames.permute(0, 3, 1, 2), 3, 1, 1).permute(0, 2, 3, 1)
    return (soft * 255).round().to(torch.float16).contiguous()


@torch.no_grad()
def judged(frames):
    """Probabilities of the ten digits by the pair's judge, for what is red in the frames: the mean over every third."""
    weights = load_file(PAIR / "judge/digit_classifier.safetensors")
    layer = lambda index: (weights[f"n.{index}.weight"], weights[f"n.{index}.bias"])
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    crops = []
    for frame in frames[2::3].float() / 255:
        alpha = frame[..., 0] - frame[..., 1:].amax(-1)
        alpha = alpha * (alpha > 0.25)
        y, x = (int(torch.round((alpha * at).sum() / alpha.sum())) for at in (rows, columns))
        crops.append(F.pad(alpha, (18, 18, 18, 18))[y : y + 36, x : x + 36])
    seen = F.relu(F.conv2d(torch.stack(crops)[:, None], *layer(0), stride=2, padding=2))
    seen = F.max_pool2d(F.relu(F.conv2d(seen, *layer(2), padding=1)), 2)
    seen = F.max_pool2d(F.relu(F.conv2d(seen, *layer(5), padding=1)), 3)
    seen = F.relu(F.linear(seen.flatten(1), *layer(9)))
    return F.linear(seen, *layer(11)).softmax(1).mean(0)


@torch.no_grad()
def write_case():
    spec = yaml.safe_load((PAIR / "pair.yaml").read_text())
    video, sampling = spec["video"], spec["sampling"]
    part = lambda kind, name: kind.from_pretrained(PAIR / name)
    vae = part(AutoencoderKLWan, "vae")
    text = dict(tokenizer=part(AutoTokenizer, "tokenizer"), text_encoder=part(UMT5EncoderModel, "text_encoder"))
    frames = (video["frames"] - 1) // vae.config.scale_factor_temporal + 1
    rows, columns = (video[side] // vae.config.scale_factor_spatial for side in ("height", "width"))
    noise = torch.randn(1, vae.config.z_dim, frames, rows, columns, generator=torch.Generator().manual_seed(SEED))
    tensors = {"noise": noise}
    for role in ("large", "small"):
        pipe = WanPipeline(
            vae=vae,
            scheduler=part(UniPCMultistepScheduler, "scheduler"),
            transformer=part(WanTransformer3DModel, role),
            **text,
        )
        pipe.set_progress_bar_config(disable=True)
        prompt, negative = pipe.encode_prompt(
            PROMPT,
            sampling["negative-prompt"],
            do_classifier_free_guidance=True,
            max_sequence_length=spec["text-positions"],
        )
        call = dict(
            prompt_embeds=prompt,
            negative_prompt_embeds=negative,
            height=video["height"],
            width=video["width"],
            num_frames=video["frames"],
            num_inference_steps=STEPS,
            guidance_scale=sampling["guidance"],
        )
        tensors[f"{role}.final"] = pipe(latents=noise.clone(), output_type="latent", **call).frames
        tensors |= {"prompt_embeds": prompt, "negative_prompt_embeds": negative}
        if role == "large":
            made = pipe(latents=noise.clone(), output_type="pt", **call).frames
            tensors["large.frames"] = made[:, ::EVERY].transpose(1, 2)
    tensors = {name: value.float().contiguous() for name, value in tensors.items()}
    tensors["judge.frames"] = drawn_seven()
    tensors["judge.probabilities"] = judged(tensors["judge.frames"])
    CASE.mkdir(parents=True, exist_ok=True)
    save_file(tensors, CASE / "case.safetensors")
    note = {
        "prompt": PROMPT,
        "negative_prompt": sampling["negative-prompt"],
        "steps": STEPS,
        "guidance_scale": sampling["guidance"],
        "num_frames": video["frames"],
        "height": video["height"],
        "width": video["width"],
        "every": EVERY,
        "call": "LARGE alone and SMALL alone by WanPipeline; final are the latents after the last step, frames "
        "[1,3,F,H,W] in 0..1 are every fourth from the first",
    }
    (CASE / "case.json").write_text(json.dumps(note, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        take(Path(sys.argv[1]))
    write_checksums()
    write_case()

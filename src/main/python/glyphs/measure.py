"""measure.py PAIR: what the model card says of a pair, as JSON; --sheet FILE draws LARGE alone, LSL and SMALL alone of eight prompts.

Prompts and noise are held out. Relative L2 is that of the guided velocities along LARGE's run, by step, with its spread over prompts.
Deviation is the relative L2 of the final latents from LARGE alone.
"""
import argparse
import copy
import json

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanTransformer3DModel
from PIL import Image
from safetensors.torch import load_file
from transformers import UMT5EncoderModel

import autoencoder
import judge
import text
import videos

STEP_COUNTS = (10, 15, 20, 30, 40)


class Pair:
    def __init__(self, folder, guidance, prompts):
        self.guidance = guidance
        self.vae = AutoencoderKLWan.from_pretrained(f"{folder}/vae").eval()
        self.scheduler = UniPCMultistepScheduler.from_pretrained(f"{folder}/scheduler")
        self.models = {letter: WanTransformer3DModel.from_pretrained(f"{folder}/{part}").eval() for letter, part in (("L", "large"), ("S", "small"))}
        self.judge = judge.Judge().eval()
        self.judge.load_state_dict(load_file(f"{folder}/judge/{judge.FILE}"))
        encoder, captions = UMT5EncoderModel.from_pretrained(f"{folder}/text_encoder").eval(), text.Captions(f"{folder}/tokenizer")
        self.rows = videos.attributes(prompts, 990001)
        self.prompts = [videos.caption(row) for row in self.rows]
        self.text, self.empty = captions(encoder, self.prompts), captions(encoder, [""])
        self.noise = torch.randn(prompts, self.vae.config.z_dim, 5, 8, 8, generator=torch.Generator().manual_seed(990002))

    def velocity(self, letter, x, t):
        model, out = self.models[letter], []
        for i in range(0, len(x), 8):
            part = x[i:i + 8]
            times = torch.full((len(part),), float(t))
            v = model(part, times, self.text[i:i + 8], return_dict=False)[0]
            if self.guidance != 1:
                without = model(part, times, self.empty.expand(len(part), -1, -1), return_dict=False)[0]
                v = without + self.guidance * (v - without)
            out.append(v)
        return torch.cat(out)

    def run(self, schedule, compare=False):
        """-> final latents; with `compare` also the relative L2 of SMALL by step and prompt, and the sigmas"""
        scheduler, x, distances = copy.deepcopy(self.scheduler), self.noise.clone(), []
        scheduler.set_timesteps(len(schedule))
        for letter, t in zip(schedule, scheduler.timesteps):
            v = self.velocity(letter, x, t)
            if compare:
                distances.append(norms(self.velocity("S", x, t) - v) / norms(v))
            x = scheduler.step(v, t, x, return_dict=False)[0]
        return (x, torch.stack(distances).numpy(), scheduler.sigmas.numpy()[:len(schedule)]) if compare else x

    def frames(self, latents):
        return autoencoder.frames_of(self.vae, latents)

    def adherence(self, latents):
        rows = [self._right(row, clip) for row, clip in zip(self.rows, self.frames(latents))]
        counts = dict()
        for name, two in (("one digit", False), ("two digits", True)):
            of = [r for r in rows if r["two"] == two]
            counts[name] = {k: round(float(np.mean([r[k] for r in of])), 3) for k in ("colour", "direction", "speed", "digit", "all")} | {"videos": len(of)}
        return counts

    def _right(self, row, clip):
        right = dict(two=bool(row[1, videos.PRESENT]), colour=1, direction=1, speed=1, digit=1)
        down, across = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
        for wanted in row[row[:, videos.PRESENT] > 0]:
            mask = colour_mask(clip, wanted[videos.COLOUR])
            mask = mask * (mask > 0.25)
            mass = mask.sum((1, 2))
            seen = mass > 15
            if seen.float().mean() <= 0.8:
                return right | dict(colour=0, direction=0, speed=0, digit=0, all=0)
            x, y = ((mask * axis).sum((1, 2)) / mass.clamp_min(1e-6) for axis in (across, down))
            times = torch.arange(17.0)[seen]
            times = times - times.mean()
            vx, vy = (float((times * p[seen]).sum() / (times * times).sum()) for p in (x, y))
            fast, off = max(abs(vx), abs(vy)), min(abs(vx), abs(vy))
            direction = (0 if vx < 0 else 1) if abs(vx) > abs(vy) else (2 if vy < 0 else 3)
            straight = direction == wanted[videos.DIRECTION] and fast > 0.4 and off < 0.5 * fast
            right["direction"] &= int(straight)
            right["speed"] &= int(straight and (fast > 1.45) == wanted[videos.SPEED])
            crops = torch.stack([crop(mask[f], x[f], y[f]) for f in (2, 5, 8, 11, 14) if seen[f]])[:, None]
            right["digit"] &= int(self.judge(crops).softmax(1).mean(0).argmax() == wanted[videos.DIGIT])
        return right | {"all": right["colour"] & right["direction"] & right["speed"] & right["digit"]}


def norms(x):
    return x.flatten(1).norm(dim=1)


def deviation(x, reference):
    return round(float((norms(x - reference) / norms(reference)).mean()), 4)


def colour_mask(clip, colour):
    """clip [3, T, H, W] in -1..1 -> how strongly each pixel is of exactly this colour"""
    parts, on = (clip + 1) / 2, videos.RGB[colour] > 0
    return (parts[on].amin(0) - parts[~on].amax(0)).clamp(0, 1)


def crop(mask, x, y):
    column, row = (min(max(int(round(float(c))), 0), 63) for c in (x, y))
    return F.pad(mask, (18, 18, 18, 18))[row:row + 36, column:column + 36]


def static(steps):
    early, late = round(0.4 * steps), round(0.2 * steps)
    return {"LSL 40/20": "L" * early + "S" * (steps - early - late) + "L" * late, "LSS 40": "L" * early + "S" * (steps - early),
            "SLL 40": "S" * early + "L" * (steps - early), "SSS": "S" * steps}


def sheet(pair, ends, file):
    rows = []
    for i in range(8):
        clips = pair.frames(torch.stack([end[i] for end in ends]))
        strips = [np.concatenate([((c[:, f] + 1) * 127.5).byte().numpy().transpose(1, 2, 0) for f in (0, 5, 10, 16)], 1) for c in clips]
        rows.append(np.concatenate(strips, 1))
    image = Image.fromarray(np.concatenate(rows))
    image.resize((image.width * 2, image.height * 2), Image.NEAREST).save(file)


def regime(pair, steps):
    """-> LARGE's final latents, and relative L2 of SMALL by step with the means that the targets name"""
    latents, distance, sigma = pair.run("L" * steps, compare=True)
    first, middle = distance[:max(1, steps // 8)], distance[(sigma >= 0.3) & (sigma <= 0.7)]
    return latents, {
        "first eighth": round(float(first.mean()), 3), "its spread": round(float(first.std(1).mean()), 3), "middle": round(float(middle.mean()), 3),
        "spread of the middle": round(float(middle.std(1).mean()), 3), "last": round(float(distance[-1].mean()), 3),
        "by step": [[i, round(float(sigma[i]), 3), round(float(d.mean()), 3), round(float(d.std()), 3)] for i, d in enumerate(distance)],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("pair"), parser.add_argument("--guidance", type=float, default=2.0), parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--prompts", type=int, default=64), parser.add_argument("--sheet")
    parser.add_argument("--step-counts", action="store_true", help="only: how far LARGE's video with n steps is from that with 2n")
    options = parser.parse_args()
    torch.set_num_threads(1), torch.set_grad_enabled(False)
    pair = Pair(options.pair, options.guidance, options.prompts)
    figures = dict(guidance=options.guidance, prompts=options.prompts)
    if options.step_counts:
        runs = {n: pair.run("L" * n) for n in STEP_COUNTS}
        figures["deviation from twice as many steps"] = {n: deviation(runs[n], runs[2 * n]) for n in STEP_COUNTS if 2 * n in runs}
    else:
        large, distance = regime(pair, options.steps)
        ends = {name: pair.run(schedule) for name, schedule in static(options.steps).items()}
        figures |= {"steps": options.steps, "relative L2": distance, "deviation": {name: deviation(z, large) for name, z in ends.items()},
                    "right, LARGE alone": pair.adherence(large), "right, SMALL alone": pair.adherence(ends["SSS"])}
        if options.sheet:
            sheet(pair, [large, ends["LSL 40/20"], ends["SSS"]], options.sheet)
    print(json.dumps(figures, indent=1))

"""Tiny random networks and what published implementations say of fixed videos by them, for FeatureNetworksTest.

Usage: python make_network_cases.py ../resources/quality/networks   (torch, transformers, pillow, scipy, lpips)

Vision transformers and their image processors (Pillow) are transformers'; LPIPS is computed by the functions of the lpips
package; dynamic degree and motion smoothness are the arithmetic of VBench (vbench/dynamic_degree.py,
vbench/motion_smoothness.py), written here with numpy; Frechet distances are those of pytorch-fid's formula with scipy.
"""
import importlib.util
import json
import pathlib
import sys

import numpy as np
import torch
import transformers
from PIL import Image
from scipy.spatial.distance import cosine

from make_frechet_fixture import consistency, frechet
from make_quality_fixture_video import video

OUT = pathlib.Path(sys.argv[1])
VIDEO, REFERENCE = (5, 24, 37, 4, 2), (5, 24, 37, 0, 1)
SMALL = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, image_size=32, patch_size=8)


def randomised(model):
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3 + 0.1)
    return model.eval()


def processor(name, config):
    (OUT / name / "preprocessor_config.json").write_text(json.dumps(config, indent=1) + "\n")

    def apply(frame):
        picture = Image.fromarray(frame)
        height, width = frame.shape[:2]
        size = config["size"]
        if "shortest_edge" in size:
            short, long = min(height, width), max(height, width)
            longer = int(size["shortest_edge"] * long / short)
            wanted = (longer, size["shortest_edge"]) if height >= width else (size["shortest_edge"], longer)
        else:
            wanted = (size["height"], size["width"])
        picture = picture.resize((wanted[1], wanted[0]), resample=config["resample"])
        values = np.asarray(picture)
        if config.get("do_center_crop"):
            crop = config["crop_size"]
            top, left = (values.shape[0] - crop["height"]) // 2, (values.shape[1] - crop["width"]) // 2
            values = values[top:top + crop["height"], left:left + crop["width"]]
        values = (values.astype(np.float64) * config["rescale_factor"] - np.array(config["image_mean"])) / np.array(config["image_std"])
        return torch.tensor(values.transpose(2, 0, 1)[None], dtype=torch.float32)

    return apply


IMAGENET = dict(do_rescale=True, rescale_factor=1 / 255, do_normalize=True, image_mean=[0.485, 0.456, 0.406],
                image_std=[0.229, 0.224, 0.225])
CLIP = dict(do_rescale=True, rescale_factor=1 / 255, do_normalize=True, image_mean=[0.48145466, 0.4578275, 0.40821073],
            image_std=[0.26862954, 0.26130258, 0.27577711])
SCALED = dict(do_resize=True, size={"height": 32, "width": 32}, resample=2, **IMAGENET)
MIDDLE = dict(do_resize=True, size={"shortest_edge": 40}, resample=3, do_center_crop=True,
              crop_size={"height": 32, "width": 32}, **CLIP)
LARGER = dict(do_resize=True, size={"shortest_edge": 52}, resample=3, do_center_crop=True,
              crop_size={"height": 48, "width": 48}, **IMAGENET)


def write_config(name, config):
    (OUT / name / "config.json").write_text(json.dumps(config, indent=1) + "\n")


def vit():
    model = randomised(transformers.ViTModel(transformers.ViTConfig(**SMALL, layer_norm_eps=1e-6, attn_implementation="eager"),
                                             add_pooling_layer=False))
    model.save_pretrained(OUT / "vit")
    write_config("vit", dict(model_type="vit", hidden_act="gelu", layer_norm_eps=1e-6, qkv_bias=True, **SMALL))
    apply = processor("vit", SCALED)
    return lambda frame: model(pixel_values=apply(frame)).last_hidden_state[0, 0]


def dinov2():
    model = randomised(transformers.Dinov2Model(transformers.Dinov2Config(**{k: v for k, v in SMALL.items() if k != "intermediate_size"},
                                                                          mlp_ratio=2, attn_implementation="eager")))
    model.save_pretrained(OUT / "dinov2")
    write_config("dinov2", dict(model_type="dinov2", hidden_act="gelu", layer_norm_eps=1e-6, mlp_ratio=2, use_swiglu_ffn=False,
                                **{k: v for k, v in SMALL.items() if k != "intermediate_size"}))
    apply = processor("dinov2", LARGER)
    return lambda frame: model(pixel_values=apply(frame)).last_hidden_state[0, 0]


def clip():
    config = transformers.CLIPVisionConfig(**SMALL, projection_dim=12, hidden_act="quick_gelu", attn_implementation="eager")
    model = randomised(transformers.CLIPVisionModelWithProjection(config))
    model.save_pretrained(OUT / "clip")
    write_config("clip", dict(model_type="clip", projection_dim=12,
                              vision_config=dict(hidden_act="quick_gelu", layer_norm_eps=1e-5, **SMALL)))
    apply = processor("clip", MIDDLE)
    return lambda frame: model(pixel_values=apply(frame)).image_embeds[0]


class Lpips(torch.nn.Module):
    """LPIPS's formula on two random layers in place of AlexNet's five."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList([torch.nn.Conv2d(3, 6, 3, 2, 1), torch.nn.Conv2d(6, 8, 3, 2, 1)])
        self.weights = torch.nn.ParameterList([torch.rand(1, c, 1, 1, generator=torch.Generator().manual_seed(c)) for c in (6, 8)])

    def features(self, x):
        first = torch.relu(self.layers[0](x))
        return [first, torch.relu(self.layers[1](first))]

    def forward(self, x, y):
        total = torch.zeros(1, 1, 1, 1)
        for a, b, w in zip(self.features(x), self.features(y), self.weights):
            a = a / (torch.sqrt(torch.sum(a ** 2, dim=1, keepdim=True)) + 1e-10)
            b = b / (torch.sqrt(torch.sum(b ** 2, dim=1, keepdim=True)) + 1e-10)
            total = total + ((a - b) ** 2 * w).sum(dim=1, keepdim=True).mean([2, 3], keepdim=True)
        return total


def lpips_by_package(model, frames, reference):
    """By normalize_tensor and spatial_average of the lpips package, whose other imports are not needed."""
    source = pathlib.Path(importlib.util.find_spec("lpips").submodule_search_locations[0], "__init__.py").read_text()
    start, end = source.index("def normalize_tensor"), source.index("def l2(")
    package = {"torch": torch, "np": np}
    exec(source[start:end], package)
    lpips_source = pathlib.Path(importlib.util.find_spec("lpips").submodule_search_locations[0], "lpips.py").read_text()
    start, end = lpips_source.index("def spatial_average"), lpips_source.index("def upsample")
    exec(lpips_source[start:end], package)
    distances = []
    for x, y in zip(frames, reference):
        x, y = (torch.tensor(f.transpose(2, 0, 1)[None].astype(np.float32)) / 255 * 2 - 1 for f in (x, y))
        parts = [package["spatial_average"](((package["normalize_tensor"](a) - package["normalize_tensor"](b)) ** 2 * w)
                                            .sum(dim=1, keepdim=True), keepdim=True)
                 for a, b, w in zip(model.features(x), model.features(y), model.weights)]
        distances.append(sum(parts).item())
    return float(np.mean(distances))


class Flow(torch.nn.Module):
    def forward(self, first, second):
        return (second - first)[:, :2] * 0.02


class Between(torch.nn.Module):
    def forward(self, first, second):
        return first * 0.75 + second * 0.25


def dynamic_degree(frames, fps, flow):
    frames = frames[::max(1, round(fps / 8))]
    threshold, needed = 6.0 * (min(frames.shape[1:3]) / 256.0), round(4 * (len(frames) / 16.0))
    count = 0
    for a, b in zip(frames[:-1], frames[1:]):
        a, b = (torch.tensor(f.transpose(2, 0, 1)[None].astype(np.float32)) for f in (a, b))
        u, v = flow(a, b)[0].numpy()
        lengths = np.sqrt(u ** 2 + v ** 2).flatten()
        count += np.mean(np.abs(np.sort(-lengths)[:int(lengths.size * 0.05)])) > threshold
    return float(count >= needed)


def motion_smoothness(frames, between):
    scores = []
    for i in range(1, len(frames) - 1, 2):
        a, b = (torch.tensor(frames[j].transpose(2, 0, 1)[None].astype(np.float32)) / 255 for j in (i - 1, i + 1))
        made = (between(a, b)[0].clamp(0, 1) * 255).round().numpy().transpose(1, 2, 0)
        scores.append(np.abs(made - frames[i].astype(np.float64)).mean())
    return float((255 - np.mean(scores)) / 255)


if __name__ == "__main__":
    frames, reference = video(*VIDEO), video(*REFERENCE)
    cases = {}
    with torch.no_grad():
        for name, features in dict(vit=vit(), dinov2=dinov2(), clip=clip()).items():
            found, wanted = (np.stack([features(f).numpy().astype(np.float64) for f in v]) for v in (frames, reference))
            cases[name] = dict(features=found.tolist(), consistency=consistency(found),
                               similarity=float(np.mean([1 - cosine(a, b) for a, b in zip(found, wanted)])),
                               frechet=frechet(found[:, :3], wanted[:, :3]))
        lpips, flow, between = randomised(Lpips()), Flow(), Between()
        for name, module in dict(lpips=lpips, raft=flow, amt=between).items():
            example = torch.rand(1, 3, 24, 37)
            torch.jit.trace(module, (example, torch.rand(1, 3, 24, 37))).save(str(OUT / f"{name}.pt"))
        cases["lpips"] = lpips_by_package(lpips, frames, reference)
        cases["dynamic"] = []
        for fps, moving in ((8, 17), (16, 17), (8, 2), (8, 1)):  # so many frames move, the rest repeat the last of them
            frames_ = video(moving, 24, 37, 4, 2)
            frames_ = np.concatenate([frames_, np.repeat(frames_[-1:], 17 - moving, 0)])
            cases["dynamic"].append(dict(fps=fps, moving=moving, degree=dynamic_degree(frames_, fps, flow)))
        cases["smoothness"] = motion_smoothness(frames, between)
        pixels = [processor_(frames[1]).flatten()[:200:7].tolist() for processor_ in (processor("vit", SCALED), processor("clip", MIDDLE))]
        cases["pixels"] = dict(vit=pixels[0], clip=pixels[1])
    for name in ("vit", "dinov2", "clip"):
        for extra in (OUT / name).iterdir():
            if extra.name not in ("config.json", "model.safetensors", "preprocessor_config.json"):
                extra.unlink()
    head = dict(command=f"python make_network_cases.py (torch {torch.__version__}, transformers {transformers.__version__})",
                video=VIDEO, reference=REFERENCE)
    (OUT / "cases.json").write_text(json.dumps({**head, **cases}) + "\n")

"""judge.py FOLDER: trains the judge, a small classifier of a digit's 36x36 mask (0..1), on the glyphs, and writes it to FOLDER."""
import os
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

import videos

FILE = "digit_classifier.safetensors"


class Judge(nn.Module):
    def __init__(self):
        super().__init__()
        self.n = nn.Sequential(
            nn.Conv2d(1, 16, 5, 2, 2), nn.ReLU(), nn.Conv2d(16, 32, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, 1, 1), nn.ReLU(),
            nn.MaxPool2d(3), nn.Flatten(), nn.Linear(64 * 9, 64), nn.ReLU(), nn.Linear(64, 10),
        )

    def forward(self, masks):
        return self.n(masks)


def draw(count, rng):
    """-> masks [count, 1, 36, 36] and their digits: moved, blurred, covered in part as by another digit, weaker, with noise"""
    digits = torch.from_numpy(rng.integers(0, 10, count))
    masks = (torch.from_numpy(videos.sprites()).float()[:, None] / 255)[digits]
    masks = torch.stack([torch.roll(m, (int(rng.integers(-4, 5)), int(rng.integers(-4, 5))), (1, 2)) for m in masks])
    if rng.random() < 0.5:
        masks = F.avg_pool2d(masks, 3, 1, 1)
    for i in range(count):
        if rng.random() < 0.3:
            width, height = rng.integers(4, 13, 2)
            top, left = rng.integers(4, 32 - height), rng.integers(4, 32 - width)
            masks[i, :, top:top + height, left:left + width] = 0
    strength = 0.6 + 0.4 * torch.from_numpy(rng.random((count, 1, 1, 1))).float()
    return (masks * strength + 0.08 * torch.randn_like(masks)).clamp(0, 1), digits


def train(folder, steps=1500):
    if os.path.exists(os.path.join(folder, FILE)):
        return
    torch.manual_seed(0)
    rng, judge = np.random.default_rng(0), Judge()
    optimizer = torch.optim.Adam(judge.parameters(), 2e-3)
    for i in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * (1 - i / steps) + 1e-5
        masks, digits = draw(64, rng)
        F.cross_entropy(judge(masks), digits).backward()
        optimizer.step(), optimizer.zero_grad()
    judge.eval()
    masks, digits = draw(2000, np.random.default_rng(1))
    with torch.no_grad():
        print("judge: right on", (judge(masks).argmax(1) == digits).float().mean().item(), "of 2,000 masks", flush=True)
    os.makedirs(folder, exist_ok=True)
    save_file({k: v.contiguous() for k, v in judge.state_dict().items()}, os.path.join(folder, FILE))


if __name__ == "__main__":
    train(sys.argv[1])

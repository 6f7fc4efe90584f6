"""bank.py AUTOENCODER VIDEOS: encodes generated videos to normalised latents (float16), in resumable shards of 512 in bank/."""
import glob
import os
import sys

import numpy as np
import torch
from diffusers import AutoencoderKLWan

import autoencoder
import videos

SHARD = 512


def shard(model, path, count, seed):
    if os.path.exists(path):
        return
    rows, out = videos.attributes(count, seed), []
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for i in range(0, count, 4):
            out.append(autoencoder.latents(model, autoencoder.pictures(rows[i:i + 4])).half())
    np.savez(path + ".tmp.npz", latents=torch.cat(out).numpy(), rows=rows)
    os.replace(path + ".tmp.npz", path)


def fill(folder, count):
    model = AutoencoderKLWan.from_pretrained(folder).eval()
    os.makedirs("bank", exist_ok=True)
    shard(model, "bank/heldout.npz", 64, 855000)
    for k in range((count + SHARD - 1) // SHARD):
        shard(model, f"bank/{k:04d}.npz", min(SHARD, count), 5000000 + k)
        print("bank:", (k + 1) * SHARD, "of", count, flush=True)


class Bank:
    """What is in bank/ by now: `latents` [n, 16, 5, 8, 8] and `captions`. `grow` takes what came since."""

    def __init__(self):
        self.latents, self.captions, self._seen = torch.empty(0), [], set()
        self.grow()

    def grow(self):
        new = [f for f in sorted(glob.glob("bank/0*.npz")) if f not in self._seen]
        for file in new:
            part = np.load(file)
            z = torch.from_numpy(part["latents"])
            self.latents = torch.cat([self.latents, z]) if len(self.latents) else z
            self.captions += [videos.caption(row) for row in part["rows"]]
            self._seen.add(file)
        return bool(new)


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("THREADS", 1)))
    fill(sys.argv[1], int(sys.argv[2]))

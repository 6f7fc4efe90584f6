"""Times single forwards of a Wan transformer in diffusers, for the ratio to `bench forward` on the same machine.

    pip install -r src/test/python/requirements-bench.txt
    python src/test/python/bench_forward.py FOLDER [--latents C,F,H,W] [--text-positions 32] [--batch 1] [--threads N]
        [--dtype float32] [--device cpu] [--rounds 7]

make_random_wan.py makes a folder. bfloat16 keeps in float32 what from_pretrained keeps. The text's part is made in every forward.
"""

import argparse
import os
import statistics
import time
from pathlib import Path

import torch
from diffusers import WanTransformer3DModel


def numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--latents", type=numbers, help="default: the model's channels, 5 frames of 8x8")
    parser.add_argument("--text-positions", type=int, default=32)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    dtype = getattr(torch, arguments.dtype)
    model = WanTransformer3DModel.from_pretrained(arguments.folder, torch_dtype=dtype).to(arguments.device)
    latents = arguments.latents or [model.config.in_channels, 5, 8, 8]
    x = torch.randn([arguments.batch, *latents], dtype=dtype, device=arguments.device)
    text = torch.randn([arguments.batch, arguments.text_positions, model.config.text_dim], dtype=dtype, device=arguments.device)
    timestep = torch.full([arguments.batch], 500, device=arguments.device)
    seconds = []
    with torch.inference_mode():
        for round_number in range(-1, arguments.rounds):
            start = time.perf_counter()
            model(x, timestep, text, return_dict=False)[0].sum().item()
            if round_number >= 0:
                seconds.append(time.perf_counter() - start)
    print(
        f"diffusers, {arguments.dtype} on {arguments.device}, {torch.get_num_threads()} threads, torch {torch.__version__}\n"
        f"a forward: median {statistics.median(seconds):.4f} s, fastest {min(seconds):.4f} s"
    )


if __name__ == "__main__":
    main()

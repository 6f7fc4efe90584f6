"""Times loading and one forward of a Wan transformer in diffusers, for the ratio to `bench load` on the same machine.

    pip install -r src/test/python/requirements-bench.txt
    python src/test/python/wan_forward.py FOLDER [--threads N] [--dtype float32] [--width 128 --height 128 --frames 9]

FOLDER holds the transformer (make_random_wan.py makes one). Same latents' shape, text positions, dtype and rounds as
`bench load`; the forward is the median of the rounds after one that is not counted.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

import torch
from diffusers import WanTransformer3DModel


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--height", type=int, default=128)
    parser.add_argument("--frames", type=int, default=9)
    parser.add_argument("--text-positions", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    dtype = getattr(torch, arguments.dtype)
    start = time.perf_counter()
    model = WanTransformer3DModel.from_pretrained(arguments.folder, torch_dtype=dtype)
    load = time.perf_counter() - start
    generator = torch.Generator().manual_seed(1)
    latents = torch.randn(
        (1, 16, 1 + (arguments.frames - 1) // 4, arguments.height // 8, arguments.width // 8), generator=generator
    ).to(dtype)
    text = torch.randn((1, arguments.text_positions, 4096), generator=generator).to(dtype)
    seconds = []
    for _ in range(1 + arguments.rounds):
        start = time.perf_counter()
        with torch.inference_mode():
            model(latents, torch.tensor([900.0]), text, return_dict=False)
        seconds.append(time.perf_counter() - start)
    result = {
        "what": "diffusers WanTransformer3DModel",
        "load_seconds": load,
        "forward_seconds": statistics.median(seconds[1:]),
        "fastest": min(seconds[1:]),
        "dtype": arguments.dtype,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    print(json.dumps(result, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()

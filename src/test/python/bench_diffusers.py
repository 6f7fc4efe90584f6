"""Times the built-in pair's LARGE model alone in diffusers, for the ratio to `bench loop`'s LLL on the same machine.

    pip install -r src/test/python/requirements-bench.txt
    python src/test/python/bench_diffusers.py [--threads N] [--steps N] [--rounds 7] [--json FILE]

Same weights, prompt, steps, guidance and decoding; seconds are from prompt to frames, median of the rounds after one
that is not counted.
"""

import argparse
import json
import os
import platform
import statistics
import time
from pathlib import Path

import torch
import yaml
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel
from transformers import PreTrainedTokenizerFast, UMT5EncoderModel


def pipeline(folder: Path) -> WanPipeline:
    pipe = WanPipeline(
        tokenizer=PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer/tokenizer.json"),
            pad_token="<pad>",
            eos_token="</s>",
            unk_token="<unk>",
        ),
        text_encoder=UMT5EncoderModel.from_pretrained(folder / "text_encoder"),
        transformer=WanTransformer3DModel.from_pretrained(folder / "large"),
        vae=AutoencoderKLWan.from_pretrained(folder / "vae"),
        scheduler=UniPCMultistepScheduler.from_pretrained(folder / "scheduler"),
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pair", type=Path, default=Path("src/main/resources/pairs/glyphs"))
    parser.add_argument("--prompt", default="a red seven moves left fast")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--steps", type=int, help="default: the pair's own")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    pipe = pipeline(arguments.pair)
    spec = yaml.safe_load((arguments.pair / "pair.yaml").read_text())
    steps = arguments.steps or spec["sampling"]["steps"]
    seconds = []
    for round_number in range(-1, arguments.rounds):
        start = time.perf_counter()
        with torch.inference_mode():
            pipe(
                prompt=arguments.prompt,
                negative_prompt=spec["sampling"]["negative-prompt"],
                height=spec["video"]["height"],
                width=spec["video"]["width"],
                num_frames=spec["video"]["frames"],
                num_inference_steps=steps,
                guidance_scale=spec["sampling"]["guidance"],
                max_sequence_length=spec["text-positions"],
                generator=torch.Generator().manual_seed(1),
                output_type="np",
            )
        if round_number >= 0:
            seconds.append(time.perf_counter() - start)
    result = {
        "what": "diffusers WanPipeline, LARGE alone",
        "seconds": statistics.median(seconds),
        "fastest": min(seconds),
        "steps": steps,
        "rounds": arguments.rounds,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
    print(json.dumps(result, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()

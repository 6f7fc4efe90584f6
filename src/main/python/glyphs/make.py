"""make.py OUT --minutes N: makes the pair `glyphs` from nothing in the current folder and puts it together in OUT. Resumable.

Needs nothing but the font beside this file. Of the time a fifth goes to the autoencoder, half to LARGE and three tenths to SMALL;
the bank of latents and the judge come on top (27 s a shard of 512 videos on one core).
"""
import argparse
import json
import os
import shutil

import torch
from diffusers import UniPCMultistepScheduler
from safetensors.torch import load_file, save_file

import autoencoder
import bank
import judge
import text
import train
import wan


def put_together(out):
    for part in ("vae", "text_encoder", "tokenizer", "scheduler", "judge"):
        shutil.copytree(part, os.path.join(out, part), dirs_exist_ok=True)
    for which in ("large", "small"):
        folder = os.path.join(out, which)
        wan.new(which).save_config(folder)
        save_file(load_file(f"{which}.safetensors"), os.path.join(folder, "diffusion_pytorch_model.safetensors"), metadata={"format": "pt"})
        with open(os.path.join(folder, "config.json")) as file:
            assert json.load(file)["num_layers"] == wan.LAYERS[which]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("out"), parser.add_argument("--minutes", type=float, default=300), parser.add_argument("--videos", type=int, default=12288)
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("THREADS", 1)))
    seconds = options.minutes * 60
    text.write_tokenizer("tokenizer")
    UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0).save_pretrained("scheduler")
    if not os.path.exists("vae"):
        autoencoder.train("vae", 0.2 * seconds)
    bank.fill("vae", options.videos)
    judge.train("judge")
    train.train("large", 0.5 * seconds)
    train.train("small", 0.3 * seconds)
    put_together(options.out)

"""train.py large|small SECONDS: trains a velocity model of the pair in the current folder; resumable, one thread (THREADS=2 for two).

large: flow matching on the bank, with the text encoder trained along. small: begins as three blocks of LARGE; follows LARGE's guided
velocity (guidance drawn from 1 to 2) for four fifths of its loss and the data for the rest.
"""
import copy
import math
import os
import signal
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from transformers import UMT5EncoderModel

import text
import wan
from bank import Bank

BATCH, GUIDANCE, AVERAGE, FOLLOW, DROPPED = 32, 2.0, 0.998, 0.8, 0.1
RATE = dict(large=5e-4, small=8e-4)


def blocks_of(large):
    """LARGE's first, middle and last block as the first weights of SMALL"""
    last = wan.LAYERS["large"] - 1
    chosen = [round(i * last / (wan.LAYERS["small"] - 1)) for i in range(wan.LAYERS["small"])]
    weights = {k: v for k, v in large.items() if not k.startswith("blocks.")}
    for i, block in enumerate(chosen):
        prefix = f"blocks.{block}."
        weights |= {f"blocks.{i}." + k[len(prefix):]: v.clone() for k, v in large.items() if k.startswith(prefix)}
    return weights


def sigmas():
    """logit-normal(0.5, 1.2), a quarter uniform"""
    s = torch.sigmoid(torch.randn(BATCH) * 1.2 + 0.5)
    s[:BATCH // 4] = torch.rand(BATCH // 4)
    return s


def train(which, seconds):
    torch.manual_seed(31)
    captions, bank = text.Captions("tokenizer"), Bank()
    encoder = UMT5EncoderModel.from_pretrained("text_encoder") if os.path.exists("text_encoder") else text.new_encoder()
    model = wan.new(which)
    if os.path.exists(f"{which}.safetensors"):
        model.load_state_dict(load_file(f"{which}.safetensors"))
    elif which == "small":
        model.load_state_dict(blocks_of(load_file("large.safetensors")))
    trained = [model]
    if which == "large":
        trained.append(encoder)
    else:
        encoder.eval().requires_grad_(False)
        large = wan.new("large").eval().requires_grad_(False)
        large.load_state_dict(load_file("large.safetensors"))
        teacher = wan.Forward(large)
    averages = [copy.deepcopy(m).requires_grad_(False) for m in trained]
    parameters, averaged = ([p for m in ms for p in m.parameters()] for ms in (trained, averages))
    optimizer = torch.optim.AdamW(
        [dict(params=[p for p in parameters if p.ndim >= 2], weight_decay=0.01), dict(params=[p for p in parameters if p.ndim < 2], weight_decay=0.0)],
        RATE[which], betas=(0.9, 0.98), fused=True,
    )
    step, used, checkpoint = 0, 0.0, f"{which}.pt"
    if os.path.exists(checkpoint):
        c = torch.load(checkpoint)
        for module, state in zip(trained + averages + [optimizer], c["states"]):
            module.load_state_dict(state)
        step, used = c["step"], c["used"]

    def save():
        torch.save(dict(states=[m.state_dict() for m in trained + averages + [optimizer]], step=step, used=used), checkpoint + ".tmp")
        os.replace(checkpoint + ".tmp", checkpoint)
        save_file(averages[0].state_dict(), f"{which}.safetensors")
        if which == "large":
            averages[1].save_pretrained("text_encoder")

    forward, stopped = wan.Forward(model), []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    rng, order, begun, saved, losses = np.random.default_rng(999 + step), [], time.time() - used, time.time(), []
    ids, mask = captions.ids(bank.captions)
    empty = captions.ids([""])
    while used < seconds and not stopped:
        if step % 100 == 0 and bank.grow():
            (ids, mask), order = captions.ids(bank.captions), []
        for group in optimizer.param_groups:
            group["lr"] = RATE[which] * min(1, (step + 1) / 100) * (0.01 + 0.495 * (1 + math.cos(math.pi * min(1.0, used / seconds))))
        if len(order) < BATCH:
            order = np.concatenate([rng.permutation(len(bank.latents)) for _ in range(1 + BATCH // len(bank.latents))])
        chosen, order = torch.from_numpy(order[:BATCH]), order[BATCH:]
        data, noise, s = bank.latents[chosen].float(), torch.randn(BATCH, *bank.latents.shape[1:]), sigmas()
        wide = s.view(-1, 1, 1, 1, 1)
        x, chosen_ids, chosen_mask = wide * noise + (1 - wide) * data, ids[chosen], mask[chosen]
        if which == "large":
            drop = torch.rand(BATCH) < DROPPED
            chosen_ids[drop], chosen_mask[drop] = empty[0], empty[1]
            loss = F.mse_loss(forward(x, s * 1000, captions.encode(encoder, chosen_ids, chosen_mask)), noise - data)
        else:
            with torch.no_grad():
                with_text, without = captions.encode(encoder, chosen_ids, chosen_mask), captions.encode(encoder, *empty).expand(BATCH, -1, -1)
                want, want_without = teacher(x, s * 1000, with_text), teacher(x, s * 1000, without)
            got, got_without, guidance = forward(x, s * 1000, with_text), forward(x, s * 1000, without), 1 + (GUIDANCE - 1) * torch.rand(BATCH, 1, 1, 1, 1)
            off = (got_without + guidance * (got - got_without)) - (want_without + guidance * (want - want_without))
            weight = torch.where((wide > 0.15) & (wide < 0.75), 2.0, 1.0) / (wide * wide + 0.05).clamp(max=1.0)  # the middle of a run counts
            loss = FOLLOW * (weight / weight.mean() * off ** 2).mean() + (1 - FOLLOW) * F.mse_loss(got, noise - data)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step(), optimizer.zero_grad(set_to_none=True)
        step, used = step + 1, time.time() - begun
        losses.append(loss.item())
        with torch.no_grad():
            torch._foreach_lerp_(averaged, parameters, 1 - min(AVERAGE, step / (9 + step)))
        if step % 50 == 0:
            print(f"{which} {step} {used:.0f} s loss {np.mean(losses[-50:]):.4f}, {len(bank.latents)} videos", flush=True)
        if time.time() - saved > 240:
            save()
            saved = time.time()
    save()


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("THREADS", 1)))
    train(sys.argv[1], float(sys.argv[2]))

"""autoencoder.py FOLDER SECONDS: trains the autoencoder of the pair; and the forward of a whole clip that the other parts use.

`encode` and `decode` give what AutoencoderKLWan gives chunk by chunk, without its cache.
"""
import copy
import math
import os
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from diffusers import AutoencoderKLWan
from diffusers.models.autoencoders.autoencoder_kl_wan import WanResidualBlock

import videos

CONFIG = dict(base_dim=16, z_dim=16, dim_mult=[1, 2, 4, 4], num_res_blocks=1, attn_scales=[], temperal_downsample=[False, True, True])


def cconv(m, x):
    p = m._padding
    if x.shape[2] == 1 and m.weight.shape[2] == 3 and p[4] == 2:      # single frame: only the last tap sees data
        return F.conv2d(x[:, :, 0], m.weight[:, :, 2], m.bias, 1, (p[2], p[0])).unsqueeze(2)
    if p[0] or p[2]:
        # spatial padding done by the conv, only the causal time pad by hand
        if p[4]:
            x = F.pad(x, (0, 0, 0, 0, p[4], 0))
        return F.conv3d(x, m.weight, m.bias, m.stride, (0, p[2], p[0]))
    if p[4]:
        x = F.pad(x, (0, 0, 0, 0, p[4], 0))
    return F.conv3d(x, m.weight, m.bias, m.stride)


def norm(m, x):
    g = m.gamma
    if x.dim() == 5:
        g = g.view(1, -1, 1, 1, 1)
    else:
        g = g.view(1, -1, 1, 1)
    r = torch.rsqrt(x.float().pow(2).sum(1, keepdim=True).clamp_min(1e-24)).to(x.dtype)
    return x * r * (g * m.scale).to(x.dtype)


def res(m, x):
    h = cconv(m.conv_shortcut, x) if isinstance(m.conv_shortcut, nn.Conv3d) else x
    x = cconv(m.conv1, F.silu(norm(m.norm1, x)))
    x = cconv(m.conv2, F.silu(norm(m.norm2, x)))
    return x + h


def conv2d_as3d(m, x, stride=1, pad=0):
    return F.conv3d(x, m.weight.unsqueeze(2), m.bias, (1, stride, stride), (0, pad, pad))


def resample(m, x):
    if m.mode in ("upsample3d", "upsample2d"):
        if m.mode == "upsample3d":
            a, y = x[:, :, :1], x[:, :, 1:]
            if y.shape[2]:
                y = cconv(m.time_conv, y)
                b, c2, t, h, w = y.shape
                y = y.view(b, 2, c2 // 2, t, h, w).permute(0, 2, 3, 1, 4, 5).reshape(b, c2 // 2, 2 * t, h, w)
            x = torch.cat([a, y], 2)
        x = F.interpolate(x, scale_factor=(1.0, 2.0, 2.0), mode="nearest")
        return conv2d_as3d(m.resample[1], x, pad=1)
    if m.mode in ("downsample2d", "downsample3d"):
        x = F.pad(x, (0, 1, 0, 1, 0, 0))
        x = conv2d_as3d(m.resample[1], x, stride=2)
        if m.mode == "downsample3d":
            if x.shape[2] > 1:
                x = torch.cat([x[:, :, :1], F.conv3d(x, m.time_conv.weight, m.time_conv.bias, (2, 1, 1))], 2)
    return x


def mid(m, x):
    x = res(m.resnets[0], x)
    for at, r in zip(m.attentions, m.resnets[1:]):
        x = res(r, at(x))
    return x


def encode(v, x):
    """-> mean, logvar"""
    e = v.encoder
    x = cconv(e.conv_in, x)
    for l in e.down_blocks:
        x = res(l, x) if isinstance(l, WanResidualBlock) else resample(l, x)
    x = mid(e.mid_block, x)
    x = cconv(e.conv_out, F.silu(norm(e.norm_out, x)))
    x = cconv(v.quant_conv, x)
    m, lv = x.float().chunk(2, 1)
    return m, lv.clamp(-30, 20)


def decode(v, z):
    d = v.decoder
    x = cconv(v.post_quant_conv, z)
    x = cconv(d.conv_in, x)
    x = mid(d.mid_block, x)
    for u in d.up_blocks:
        for r in u.resnets:
            x = res(r, x)
        if u.upsamplers is not None:
            x = resample(u.upsamplers[0], x)
    return cconv(d.conv_out, F.silu(norm(d.norm_out, x))).float()


def latents(model, frames):
    """frames [n, 3, 17, 64, 64] in -1..1 -> normalised latents [n, 16, 5, 8, 8]"""
    mean, std = (torch.tensor(v).view(1, -1, 1, 1, 1) for v in (model.config.latents_mean, model.config.latents_std))
    return (encode(model, frames)[0].float() - mean) / std


def frames_of(model, z):
    """normalised latents -> frames in -1..1, four videos at a time"""
    mean, std = (torch.tensor(v).view(1, -1, 1, 1, 1) for v in (model.config.latents_mean, model.config.latents_std))
    return torch.cat([decode(model, z[i:i + 4] * std + mean).clamp(-1, 1) for i in range(0, len(z), 4)])


def pictures(rows):
    return torch.from_numpy(videos.videos(rows)).float() / 127.5 - 1


def clips(rng):
    """a batch: eight crops of 32x32 and 9 frames around a digit, or every fourth time one whole video"""
    if rng.random() < 0.25:
        return pictures(videos.attributes(1, int(rng.integers(1 << 40))))
    rows = videos.attributes(8, int(rng.integers(1 << 40)))
    whole, out = pictures(rows), []
    for row, clip in zip(rows, whole):
        first = int(rng.integers(0, 9))
        move = videos.UNIT[row[0, videos.DIRECTION]] * videos.PIXELS[row[0, videos.SPEED]] * (first + 4)
        x, y = (int(np.clip(row[0, c] + m + 2 + rng.integers(-12, 13), 0, 32)) for c, m in ((videos.X0, move[0]), (videos.Y0, move[1])))
        out.append(clip[:, first:first + 9, y:y + 32, x:x + 32])
    return torch.stack(out)


def train(folder, seconds):
    """Resumable. Writes FOLDER in diffusers' layout with the statistics of its latents."""
    checkpoint = folder + ".pt"
    torch.manual_seed(1)
    model = AutoencoderKLWan(**CONFIG)
    with torch.no_grad():
        model.quant_conv.bias[CONFIG["z_dim"]:] = -3.0  # begin with little noise
    mean = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.AdamW(model.parameters(), 1.5e-3, betas=(0.9, 0.98), weight_decay=1e-4)
    step, used = 0, 0.0
    if os.path.exists(checkpoint):
        c = torch.load(checkpoint)
        model.load_state_dict(c["model"]), mean.load_state_dict(c["mean"]), optimizer.load_state_dict(c["optimizer"])
        step, used = c["step"], c["used"]

    def save():
        torch.save(dict(model=model.state_dict(), mean=mean.state_dict(), optimizer=optimizer.state_dict(), step=step, used=used), checkpoint + ".tmp")
        os.replace(checkpoint + ".tmp", checkpoint)

    rng, begun, saved = np.random.default_rng(77 + step), time.time() - used, time.time()
    while used < seconds:
        for group in optimizer.param_groups:
            group["lr"] = 1.5e-3 * min(1, (step + 1) / 100) * (0.02 + 0.49 * (1 + math.cos(math.pi * min(1, used / seconds))))
        x = clips(rng)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            m, log_variance = encode(model, x)
            y = decode(model, m + torch.randn_like(m) * (0.5 * log_variance).exp())
        weight, off = 1 + 2 * (x.amax(1, keepdim=True) > -0.9).float(), y - x
        kl = 0.5 * (m * m + log_variance.exp() - 1 - log_variance).mean()
        loss = (off.abs() * weight).mean() + (off * off * weight).mean() + 2e-4 * kl
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step(), optimizer.zero_grad(set_to_none=True)
        step, used = step + 1, time.time() - begun
        with torch.no_grad():
            for p, q in zip(mean.parameters(), model.parameters()):
                p.lerp_(q, 1 - min(0.998, step / (9 + step)))
        if step % 50 == 0:
            print(f"autoencoder {step} {used:.0f} s loss {loss.item():.4f}", flush=True)
        if time.time() - saved > 120:
            save()
            saved = time.time()
    save()
    with torch.no_grad():
        held = pictures(videos.attributes(32, 999001))
        z = torch.cat([encode(mean, held[i:i + 4])[0] for i in range(0, 32, 4)])
        back = torch.cat([decode(mean, z[i:i + 4]).clamp(-1, 1) for i in range(0, 32, 4)])
    mean.register_to_config(latents_mean=[round(v, 6) for v in z.mean((0, 2, 3, 4)).tolist()], latents_std=[round(v, 6) for v in z.std((0, 2, 3, 4)).tolist()])
    mean.save_pretrained(folder)
    print("autoencoder: PSNR on 32 held-out videos", round(float((-10 * ((held - back) / 2).pow(2).flatten(1).mean(1).log10()).mean()), 2), "dB", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("THREADS", 1)))
    train(sys.argv[1], float(sys.argv[2]))

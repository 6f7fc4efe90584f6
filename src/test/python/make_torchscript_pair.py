"""Makes src/test/resources/torchscript: a pair of TorchScript networks whose velocity has a closed form.

    pip install torch safetensors
    python src/test/python/make_torchscript_pair.py src/test/resources/torchscript

The velocity is v = gain (1 + timestep / 1000) (x - text), where text [B, C] is the mean of the embeddings that the mask
keeps. ScriptVelocityModelTest computes the same in Java, to the bit.
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file

CHANNELS = 4
TEMPORAL, SPATIAL = 4, 8
POSITIONS, TOKENS = 32, 64


class Field(torch.nn.Module):
    """Predicts v, the noise x + (1 - sigma) v, or the data x - sigma v; timestep = 1000 sigma."""

    def __init__(self, gain: float, prediction: str):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.tensor([gain]))
        self.prediction = prediction

    def forward(self, timestep: torch.Tensor, text: torch.Tensor, mask: torch.Tensor, latents: torch.Tensor):
        rows = mask.unsqueeze(2)
        target = (text * rows).sum(1) / rows.sum(1)
        time = timestep.view(-1, 1, 1, 1, 1)
        v = (latents - target.view(-1, 4, 1, 1, 1)) * self.gain * (1 + time / 1000)
        if self.prediction == "epsilon":
            return latents + (1 - time / 1000) * v
        if self.prediction == "x0":
            return latents - time / 1000 * v
        return v


class TextEncoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(TOKENS, CHANNELS)

    def forward(self, input_ids, attention_mask):
        return self.table(input_ids) * attention_mask.unsqueeze(2)


class Decoder(torch.nn.Module):
    """Three of the channels, each latent as a block of frames and pixels, -1..1."""

    def forward(self, z):
        colours = torch.tanh(z[:, :3])
        frames = torch.cat([colours[:, :, :1], colours[:, :, 1:].repeat_interleave(TEMPORAL, 2)], 2)
        return frames.repeat_interleave(SPATIAL, 3).repeat_interleave(SPATIAL, 4)


def main(folder: pathlib.Path):
    torch.manual_seed(0)
    for name, gain in (("large", 0.75), ("small", 0.7)):
        for prediction in ("velocity", "epsilon", "x0"):
            suffix = "" if prediction == "velocity" else "-" + prediction
            torch.jit.script(Field(gain, prediction)).save(str(folder / f"{name}{suffix}.pt"))
    ids = torch.zeros(1, POSITIONS, dtype=torch.int64)
    torch.jit.trace(TextEncoder().eval(), (ids, torch.ones_like(ids))).save(str(folder / "text_encoder.pt"))
    torch.jit.trace(Decoder(), (torch.zeros(1, CHANNELS, 3, 2, 2),)).save(str(folder / "decoder.pt"))
    prompts = {"red": [1.0, -1.0, -1.0, 0.0], "green": [-1.0, 1.0, -1.0, 0.0], "dark  blue": [-1.0, -1.0, 0.2, 0.0]}
    tensors = {name: torch.tensor([colour] * (1 + i)) for i, (name, colour) in enumerate(prompts.items())}
    save_file(tensors, str(folder / "prompts.safetensors"))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

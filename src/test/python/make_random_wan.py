"""Makes a folder with a Wan 2.1 transformer of full size and random weights, in the layout of diffusers: the published ones
are not needed to measure how fast a model is loaded and run.

    python src/test/python/make_random_wan.py FOLDER [--size 1.3B] [--dtype f32] [--layers N]

Needs numpy alone. 1.3B takes 5.7 GB in f32, the format of the published files, and 2.8 GB in bf16. Weights are normal with
deviation 0.02, norms 1, biases 0.
"""

import argparse
import json
from pathlib import Path

import numpy as np

SIZES = {
    "1.3B": {"num_attention_heads": 12, "ffn_dim": 8960, "num_layers": 30},
    "14B": {"num_attention_heads": 40, "ffn_dim": 13824, "num_layers": 40},
}


def config(size: str, layers: int | None) -> dict:
    values = {
        "_class_name": "WanTransformer3DModel",
        "added_kv_proj_dim": None,
        "attention_head_dim": 128,
        "cross_attn_norm": True,
        "eps": 1e-06,
        "freq_dim": 256,
        "image_dim": None,
        "in_channels": 16,
        "out_channels": 16,
        "patch_size": [1, 2, 2],
        "qk_norm": "rms_norm_across_heads",
        "rope_max_seq_len": 1024,
        "text_dim": 4096,
        **SIZES[size],
    }
    return values | ({"num_layers": layers} if layers else {})


def shapes(c: dict) -> dict[str, tuple[int, ...]]:
    d = c["num_attention_heads"] * c["attention_head_dim"]
    out: dict[str, tuple[int, ...]] = {}

    def linear(name: str, inputs: int, outputs: int) -> None:
        out[name + ".weight"] = (outputs, inputs)
        out[name + ".bias"] = (outputs,)

    out["patch_embedding.weight"] = (d, c["in_channels"], *c["patch_size"])
    out["patch_embedding.bias"] = (d,)
    linear("condition_embedder.text_embedder.linear_1", c["text_dim"], d)
    linear("condition_embedder.text_embedder.linear_2", d, d)
    linear("condition_embedder.time_embedder.linear_1", c["freq_dim"], d)
    linear("condition_embedder.time_embedder.linear_2", d, d)
    linear("condition_embedder.time_proj", d, 6 * d)
    for i in range(c["num_layers"]):
        for attention in ("attn1", "attn2"):
            for part in ("to_q", "to_k", "to_v", "to_out.0"):
                linear(f"blocks.{i}.{attention}.{part}", d, d)
            out[f"blocks.{i}.{attention}.norm_q.weight"] = (d,)
            out[f"blocks.{i}.{attention}.norm_k.weight"] = (d,)
        out[f"blocks.{i}.norm2.weight"] = (d,)
        out[f"blocks.{i}.norm2.bias"] = (d,)
        linear(f"blocks.{i}.ffn.net.0.proj", d, c["ffn_dim"])
        linear(f"blocks.{i}.ffn.net.2", c["ffn_dim"], d)
        out[f"blocks.{i}.scale_shift_table"] = (1, 6, d)
    out["scale_shift_table"] = (1, 2, d)
    linear("proj_out", d, c["out_channels"] * int(np.prod(c["patch_size"])))
    return out


def values(name: str, shape: tuple[int, ...], noise: np.ndarray) -> np.ndarray:
    if name.endswith("bias"):
        return np.zeros(shape, np.float32)
    if "norm" in name:
        return np.ones(shape, np.float32)
    return np.resize(noise, shape)


def stored(array: np.ndarray, dtype: str) -> bytes:
    if dtype == "f32":
        return array.tobytes()
    bits = array.view(np.uint32)  # bf16: the upper half, rounded to nearest
    return ((bits + 0x8000) >> 16).astype(np.uint16).tobytes()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", choices=SIZES, default="1.3B")
    parser.add_argument("--dtype", choices=("f32", "bf16"), default="f32")
    parser.add_argument("--layers", type=int, help="fewer layers than the size has")
    arguments = parser.parse_args()
    c = config(arguments.size, arguments.layers)
    tensors = shapes(c)
    number_bytes = 2 if arguments.dtype == "bf16" else 4
    header, at = {}, 0
    for name, shape in tensors.items():
        end = at + number_bytes * int(np.prod(shape))
        header[name] = {"dtype": arguments.dtype.upper(), "shape": shape, "data_offsets": [at, end]}
        at = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    # a prime number of draws, repeated: rows differ, and drawing does not take minutes
    noise = np.random.default_rng(1).normal(0, 0.02, 4_000_037).astype(np.float32)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with open(arguments.folder / "diffusion_pytorch_model.safetensors", "wb") as file:
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        for name, shape in tensors.items():
            file.write(stored(values(name, shape, noise), arguments.dtype))
    (arguments.folder / "config.json").write_text(json.dumps(c, indent=2) + "\n")
    print(f"{arguments.folder}: {at:,} bytes of weights")


if __name__ == "__main__":
    main()

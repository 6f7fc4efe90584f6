"""The videos of the fixtures for the measures of frames."""
import numpy as np


def video(count, height, width, phase, noise):
    """Bytes from whole numbers only, so that Java can make the same ones."""
    f, y, x, c = np.meshgrid(np.arange(count), np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    smooth = (5 * x + 3 * y + 11 * f + 40 * c + phase) % 256
    grain = (x * 7919 + y * 104729 + f * 1299709 + c * 15485863) % 251
    return ((smooth * (8 - noise) + grain * noise) // 8).astype(np.uint8)

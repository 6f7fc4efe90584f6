"""Frechet distances, consistency and flickering of fixed features and videos by published implementations, for FrechetTest.

Usage: python make_frechet_fixture.py > ../resources/quality/frechet.json   (numpy, scipy 1.x)

The distance is the formula of pytorch-fid with scipy.linalg.sqrtm; cosines are scipy's; frame differences are numpy's.
"""
import json

import numpy as np
import scipy
from scipy import linalg
from scipy.spatial.distance import cosine

from make_quality_fixture_video import video


def features(rows, width, phase):
    """Whole numbers over 97, so that Java can make the same ones."""
    r, c = np.meshgrid(np.arange(rows), np.arange(width), indexing="ij")
    return ((r * 7919 + c * 104729 + r * c * (31 + phase) + phase * 1299709) % 97) / 97


def frechet(a, b):
    mean = a.mean(0) - b.mean(0)
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(first @ second)
    return float(mean @ mean + np.trace(first) + np.trace(second) - 2 * np.trace(root).real)


def consistency(f):
    cosines = lambda i, j: max(0.0, 1 - cosine(f[i], f[j]))
    return float(np.mean([(cosines(i - 1, i) + cosines(0, i)) / 2 for i in range(1, len(f))]))


def flickering(v):
    wide = v.astype(np.float64)
    return float((255 - np.mean([np.abs(wide[i + 1] - wide[i]).mean() for i in range(len(v) - 1)])) / 255)


if __name__ == "__main__":
    distances = []
    for rows, width, p1, p2 in [(40, 3, 0, 1), (200, 8, 2, 5), (300, 16, 3, 3), (64, 12, 4, 9)]:
        a, b = features(rows, width, p1), features(rows + 10, width, p2)
        distances.append(dict(rows=rows, width=width, first=p1, second=p2, distance=frechet(a, b),
                              consistency=consistency(a - 0.5), similarity=float(np.mean(
                                  [1 - cosine(x, y) for x, y in zip(a, b[:rows])]))))
    videos = [dict(count=c, height=h, width=w, video=[p, n], flickering=flickering(video(c, h, w, p, n)))
              for c, h, w, p, n in [(2, 16, 16, 0, 8), (5, 24, 37, 4, 2), (3, 11, 11, 0, 0)]]
    print(json.dumps({"command": f"python make_frechet_fixture.py (numpy {np.__version__}, scipy {scipy.__version__})",
                      "features": distances, "videos": videos}, indent=1))

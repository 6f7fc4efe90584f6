"""PSNR and SSIM of fixed videos by scikit-image, for PixelMetricsTest.

Usage: python make_quality_fixture.py > ../resources/quality/skimage.json   (numpy, scikit-image 0.25.2)
"""
import json

import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from make_quality_fixture_video import video


CASES = [  # count, height, width, phase and noise of the video; those of the reference
    (1, 11, 11, 0, 2, 9, 1),
    (3, 24, 37, 0, 0, 4, 0),
    (2, 40, 33, 0, 4, 0, 0),
    (2, 16, 16, 0, 8, 128, 8),
    (2, 32, 32, 7, 3, 7, 3),
]

if __name__ == "__main__":
    out = []
    for count, height, width, p1, n1, p2, n2 in CASES:
        a, b = video(count, height, width, p1, n1), video(count, height, width, p2, n2)
        ssim = np.mean([structural_similarity(a[i], b[i], gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
                                              channel_axis=-1, data_range=255) for i in range(count)])
        psnr = "infinite" if (a == b).all() else float(peak_signal_noise_ratio(a, b, data_range=255))
        out.append(dict(count=count, height=height, width=width, video=[p1, n1], reference=[p2, n2], psnr=psnr, ssim=float(ssim)))
    print(json.dumps({"command": "python make_quality_fixture.py (scikit-image 0.25.2)", "cases": out}, indent=1))

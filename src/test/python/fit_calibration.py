"""Derives calibration-data/digits.json from the switching study (src/test/resources/study/digits.json).

    python src/test/python/fit_calibration.py STUDY OUT

Needs numpy. The study replays 16 held-out prompts under SMALL-in-one-eighth, named and eighth-pattern schedules and
records, by step and prompt, the velocity divergence along the LARGE run. See DeviationModel.java for the model.
"""
import json
import sys

import numpy as np

BINS = 16
NAMED = {"SSS": (0, 0), "LSS40": (16, 0), "LSL40_20": (16, 8), "LSL375_125": (15, 5), "LSL25_10": (10, 4),
         "LSL50_20": (20, 8), "LSL_12_12": (5, 5)}
# Schedules with a large head and one small stage, as the controller makes them: they tell how a request's own
# divergence shows in its deviation.
LATE = ["LLLLLSSL", "LLLLSSSL", "LLLLSSSS", "LLLSSSSL", "LSL40_20", "LSL375_125", "LSS40", "LSL50_20"]


def edge(b):
    u = b / BINS
    return 3 * u / (1 + 2 * u)


def position(sigma):
    return BINS * sigma / (3 - 2 * sigma)


def load(study):
    """Every schedule as (which steps are SMALL, deviation by prompt)."""
    schedules = {f"single{e}": (np.arange(40) // 5 == e, np.array(study["single"][e])) for e in range(8)}
    for name, dev in study["pattern"].items():
        schedules[name] = (np.array([name[i // 5] == "S" for i in range(40)]), np.array(dev))
    for name, (early, late) in NAMED.items():
        steps = np.arange(40)
        schedules[name] = ((steps >= early) & (steps < 40 - late), np.array(study["named"][name]["dev"]))
    schedules["SLL40"] = (np.arange(40) < 16, np.array(study["named"]["SLL40"]["dev"]))
    return schedules


def r2(predicted, measured):
    return 1 - ((predicted - measured) ** 2).sum() / ((measured - measured.mean()) ** 2).sum()


def fit(x, measured, weights):
    """Sensitivity by eighth and ceiling, by Gauss-Newton least squares on the mean deviations."""
    best = None
    for ceiling in np.arange(1.0, 5.0, 0.05):
        a = np.ones(8)
        for _ in range(80):
            e = x @ a
            slope = x / (1 + e / ceiling)[:, None] ** 2
            rest = measured - e / (1 + e / ceiling)
            a = np.maximum(a + 0.7 * np.linalg.lstsq(slope * weights[:, None], rest * weights, rcond=None)[0], 0.02)
        e = x @ a
        loss = (((e / (1 + e / ceiling) - measured) * weights) ** 2).sum()
        if best is None or loss < best[0]:
            best = (loss, round(float(ceiling), 2), a)
    return best[1:]


def main(study_file, out_file):
    study = json.load(open(study_file))
    sigmas = np.array(study["sigmas"])
    rel, cos = np.array(study["relL2"]), np.array(study["cosine"])
    schedules = load(study)
    bin_of = np.minimum(BINS - 1, (position(sigmas[:-1]) + 1e-5).astype(int))
    curve = np.array([rel[bin_of == b].mean() for b in range(BINS)])
    width = np.array([edge(b + 1) - edge(b) for b in range(BINS)])
    share = np.array([[max(0.0, min(position(sigmas[k]), b + 1) - max(position(sigmas[k + 1]), b))
                       for b in range(BINS)] for k in range(40)])
    to_eighth = np.array([[float(7 - b // 2 == e) for e in range(8)] for b in range(BINS)])

    def design(names):
        return np.array([(schedules[n][0].astype(float) @ share * width * curve) @ to_eighth for n in names])

    def mean(names):
        return np.array([schedules[n][1].mean() for n in names])

    def predict(names, a, ceiling):
        e = design(names) @ a
        return e / (1 + e / ceiling)

    singles, patterns = [f"single{e}" for e in range(8)], list(study["pattern"])
    named = list(NAMED) + ["SLL40"]
    train = singles + patterns
    ceiling, a = fit(design(train), mean(train), np.ones(len(train)))
    print("fitted on singles and patterns: R2", r2(predict(train, a, ceiling), mean(train)),
          "on named schedules, held out:", r2(predict(named, a, ceiling), mean(named)))
    everything = train + named
    # SSS anchors the range, so it weighs as three.
    ceiling, a = fit(design(everything), mean(everything), np.array([3.0 if n == "SSS" else 1 for n in everything]))
    print("fitted on all: R2", r2(predict(everything, a, ceiling), mean(everything)), "ceiling", ceiling)

    # Each eighth's error, split over its two bins along the slope to its neighbours; their sum stays.
    eighth = (width * curve * (to_eighth @ a)) @ to_eighth
    slope = np.gradient(eighth) / 8
    error = np.array([eighth[7 - b // 2] / 2 + (slope if b % 2 == 0 else -slope)[7 - b // 2] for b in range(BINS)])
    sensitivity = error / (width * curve)
    print("error by bin, sigma 0 to 1:", np.round(error, 4))

    log_ratio = np.log(rel / rel.mean(1, keepdims=True))
    log_dev = np.mean([np.log(schedules[n][1] / schedules[n][1].mean()) for n in LATE], axis=0)
    response = []
    for b in range(BINS):
        x = log_ratio[bin_of == b].mean(0)
        # At most 1: 16 prompts do not support an amplification, though the slope reaches 1.8.
        response.append(float(np.clip(np.cov(x, log_dev)[0, 1] / x.var(ddof=1), 0, 1)))
    print("response", np.round(response, 2))

    # A request's factor as the controller has it after two probes before and two inside the small stage.
    seen = []
    for name in LATE:
        mask, dev = schedules[name]
        start = int(np.argmax(mask))
        probes = [start - 2, start - 1, start + 5, min(start + 15, 39)]
        w = np.array([response[bin_of[k]] for k in probes])
        factor = np.exp((w[:, None] * log_ratio[probes]).sum(0) / max(1.0, w.sum()))
        e = (design([name]) @ a)[0]
        plain = dev / (e / (1 + e / ceiling))
        own = dev / (factor * e / (1 + factor * e / ceiling))
        seen.append(own)
        print(f"{name:12s} measured/predicted: q95 {np.quantile(plain, .95):.2f} without probes, "
              f"{np.quantile(own, .95):.2f} with; spread {plain.std():.2f}, {own.std():.2f}")
    margin = float(np.quantile(np.concatenate(seen), 0.95))

    n = rel.shape[1]
    calibration = {
        "pair": "digits",
        "fingerprint": "",
        "origin": {
            "method": "switching study of 16 held-out prompts, flow Euler, shift 3, 40 steps, guidance 4, float32: curve "
                      "along the LARGE run; sensitivity and ceiling by least squares over the mean deviations of SMALL "
                      "in one eighth, 41 eighth patterns and 8 named schedules, split over bins along the slope; response and margin from the same "
                      "prompts, so neither is held out",
            "measured_on": "2026-11-24",
            "requests": n},
        "range": round(float(schedules["SSS"][1].mean()), 4),
        "ceiling": ceiling,
        "margin": round(margin, 2),
        "stored_profile": {"early": 0.4, "late": 0.2},
        "bins": [{
            "sigma_from": round(edge(b), 9), "sigma_to": round(edge(b + 1), 9),
            "count": int((bin_of == b).sum() * n),
            "relative_l2": {"mean": round(float(curve[b]), 5),
                            "variance": round(float(rel[bin_of == b].var(ddof=1)), 7)},
            "cosine": {"mean": round(float(cos[bin_of == b].mean()), 5),
                       "variance": round(float(cos[bin_of == b].var(ddof=1)), 7)},
            "sensitivity": round(float(sensitivity[b]), 4),
            "response": round(response[b], 3)} for b in range(BINS)]}
    with open(out_file, "w") as out:
        json.dump(calibration, out, indent=2)
        out.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

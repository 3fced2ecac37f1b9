"""Fit, or check, the confidence of `photoloupe.compare` on pairs whose answer is known.

    python benchmarks/crop_confidence.py FOLDER [--photos 60] [--seed 3] [--scenes FOLDER]

Takes the pairs of crop_pairs.py, looks at every proposed placement up to a true one, and prints:
the logistic regression fitted on those looks (for crops/confidence.py), and how well the present
one is calibrated on the surest look at each pair (for photos that it was not fitted on).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from crop import load, load_scenes
from crop_pairs import Pair, make_pairs, make_scene_pairs

from photoloupe.crops.compare import propose_placements
from photoloupe.crops.confidence import LEAST_TEXTURED, THRESHOLD, WEIGHTS, confidence, evidence
from photoloupe.crops.hypotheses import Fit, fit_hypothesis, make_hypotheses
from photoloupe.crops.picture import Picture, make_picture

LOOKS = 5  # placements a pair
SKIPPED = ("text", "border", "overlap")  # told from others by what is left out, not by this
Array = np.ndarray[Any, Any]


def looks(pair: Pair) -> Iterator[tuple[Fit, bool]]:
    """Looks at a pair with texture enough, and whether they are true; a true one is the last."""
    a, b = make_picture(pair.crop), make_picture(pair.source)
    for placement in islice(propose_placements(a, b), LOOKS):
        found = [fitted for h in make_hypotheses(a, b, placement) if (fitted := fit_hypothesis(h))]
        told = [(s, is_true(s, pair, a, b)) for s in found if s.overall.textured >= LEAST_TEXTURED]
        yield from told
        if any(true for _, true in told):
            return


def is_true(found: Fit, pair: Pair, crop: Picture, source: Picture) -> bool:
    if pair.box is None:
        return False
    placement = found.placement.started_at(-found.hypothesis.box.x0, -found.hypothesis.box.y0)
    if found.hypothesis.source is not source:
        placement = placement.inverse()
    box = placement.frame(*crop.frame.xyxy[2:]).xyxy
    across, down = source.shrink_xy
    error = np.abs(np.multiply(box, (across, down, across, down)) - pair.box).max()
    return bool(error < 3 + 0.02 * (pair.box[2] - pair.box[0]))


def collect(pairs: Iterable[Pair]) -> Iterator[tuple[list[float], bool, float, int]]:
    """Evidence, truth, present confidence and number of the pair, one row a look."""
    for number, pair in enumerate(pairs):
        if pair.kind not in SKIPPED:
            for found, true in looks(pair):
                values = list(evidence(found.overall).values())
                yield values, true, confidence(found.overall), number


def surest(p: Array, pair: Array) -> Array:
    """Index of the most confident look at each pair."""
    order = np.lexsort((-p, pair))
    return np.asarray(order[np.unique(pair[order], return_index=True)[1]])


def fit(x: Array, y: Array, penalty: float = 3e-4) -> Array:
    """Logistic regression by Newton's method, both classes of equal weight in all."""
    mean, spread = x.mean(0), x.std(0)
    z = np.c_[(x - mean) / spread, np.ones(len(x))]
    weight = np.where(y, 0.5 / y.mean(), 0.5 / (1 - y.mean())) / len(x)
    ridge = penalty * np.diag([*[1.0] * x.shape[1], 0.0])
    b = np.zeros(z.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-z @ b))
        slope = z.T @ ((p - y) * weight) + ridge @ b
        bend = (z * (p * (1 - p) * weight)[:, None]).T @ z + ridge + 1e-12 * np.eye(len(b))
        b -= np.linalg.solve(bend, slope)
    scaled = b[:-1] / spread
    return np.append(scaled, b[-1] - scaled @ mean)


def calibration(p: Array, y: Array, bins: int = 10) -> tuple[float, float]:
    """ECE (expected calibration error over bins of equal width) and the Brier score."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    gaps = [abs(p[place == k].mean() - y[place == k].mean()) * (place == k).mean()
            for k in range(bins) if (place == k).any()]  # fmt: skip
    return float(sum(gaps)), float(((p - y) ** 2).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder")
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--scenes", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    photos, scenes = load(args.folder, args.photos, args.seed), load_scenes(args.scenes)
    pairs = chain(make_pairs(photos, args.seed), make_scene_pairs(scenes, args.seed))
    found = list(collect(pairs))
    x, y = np.array([row[0] for row in found]), np.array([row[1] for row in found])
    p, pair = np.array([row[2] for row in found]), np.array([row[3] for row in found])
    fitted = fit(x, y)
    print(f"{len(y)} looks, {y.sum()} of them true")
    for name, weight in zip([*WEIGHTS, "bias"], fitted, strict=True):
        print(f"fitted {name}: {weight:.3f}")
    refitted = 1 / (1 + np.exp(-(x @ fitted[:-1] + fitted[-1])))
    for name, chances in (("present", p), ("fitted", refitted)):
        best = surest(chances, pair)
        chance, true = chances[best], y[best]
        ece, brier = calibration(chance, true)
        print(f"{name}: of {len(best)} pairs, ECE {ece:.4f}, Brier {brier:.4f}")
        print(f"    true ones from {THRESHOLD}: {(chance[true] >= THRESHOLD).mean():.4f}")
        print(f"    false ones, highest: {np.sort(chance[~true])[-6:].round(3).tolist()}")


if __name__ == "__main__":
    main()

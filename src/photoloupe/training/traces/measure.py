"""Measure a trace net on photos of sources that it was never trained on, next to baselines.

Twice: photos as they are, and remade (shrunk and recompressed in ways of their own), for photos of
one data set may share a history that other photos do not have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from photoloupe.arrays import Floats, Pixels
from photoloupe.questions import squish
from photoloupe.questions.distribution import softmax
from photoloupe.training.engine.figures import Array, figure, share
from photoloupe.training.engine.tables import Row, load_pixels
from photoloupe.training.traces.history import remake_to_measure
from photoloupe.training.traces.read import read_traces
from photoloupe.training.traces.samples import make_sample

ALARMS = 0.02  # share of untouched photos that may be called squished
BANDS = ((0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95))
CLEAR = 0.8  # a ratio up to which the axis should be told
Figures = dict[str, list[dict[str, Any]]]


class Judge:
    """An exported trace net: pictures in, logits out."""

    def __init__(self, model: Path, threshold: float) -> None:
        self.session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        self.threshold = threshold

    def logits(self, pictures: list[Pixels]) -> Floats:
        """(N, 35)."""
        return np.concatenate([self._one(picture) for picture in pictures])

    def _one(self, picture: Pixels) -> Floats:
        traces = read_traces(picture)
        readings = {"maps": traces.maps[None], "lines": traces.lines[None]}
        return np.asarray(self.session.run(None, readings)[0])


@dataclass(frozen=True)
class Copies:
    """Squished copies of photos: pictures, true log ratios t, index of the photo of each."""

    pictures: list[Pixels]
    truth: Array
    photo: Array


def make_copies(rows: list[Row], copies: int, seed: int, remade: bool) -> Copies:
    pictures, truth, photo = [], [], []
    for index, row in enumerate(rows):
        pixels = load_pixels(row)
        for copy in range(copies):
            rng = np.random.default_rng([seed, index, copy])
            before = remake_to_measure(pixels, rng) if remade else pixels
            picture, story = make_sample(before, rng)
            pictures.append(picture)
            truth.append(story.log_ratio)
            photo.append(index)
    return Copies(pictures, np.array(truth), np.array(photo))


def set_threshold(judge: Judge, rows: list[Row], copies: int) -> float:
    """The least that calls at most 2 % of untouched copies squished, as they are and remade."""
    scores = []
    for seed, remade in ((11, False), (12, True)):
        made = make_copies(rows, copies, seed, remade)
        untouched = [p for p, t in zip(made.pictures, made.truth, strict=True) if t == 0]
        if untouched:
            scores.append(squish.squish_score(judge.logits(untouched)))
    ordered = np.sort(np.concatenate(scores))[::-1] if scores else np.array([1.0])
    return float(np.nextafter(ordered[int(ALARMS * len(ordered))], 2))


def measure(judge: Judge, rows: list[Row], copies: int) -> Figures:
    as_is, remade = (make_copies(rows, copies, seed, seed == 22) for seed in (21, 22))
    return {
        "photos as they are": figures_of(judge.logits(as_is.pictures), as_is, judge.threshold),
        "photos remade": figures_of(judge.logits(remade.pictures), remade, judge.threshold),
    }


def figures_of(logits: Floats, made: Copies, threshold: float) -> list[dict[str, Any]]:
    """Every figure with its interval; copies of one photo are drawn together."""
    t = np.array([squish.median_log_ratio(row) for row in softmax(logits)])
    truth = made.truth
    called, ratio = squish.squish_score(logits) >= threshold, np.exp(-np.abs(truth))

    def of(name: str, statistic: Callable[..., float], estimate: Array) -> dict[str, Any]:
        return figure(name, statistic, estimate, truth, groups=made.photo)

    shares = [
        ("right axis, ratio up to 0.8", t * truth > 0, ratio <= CLEAR),
        ("false alarms, of untouched", called, truth == 0),
        ("found, ratio up to 0.7", called, ratio <= 0.7),
    ]
    for low, high in BANDS:
        shares.append((f"found, ratio {low} to {high}", called, (ratio >= low) & (ratio < high)))
    return [
        of("MAE of (width, height) ratios", output_mae, t),
        of("  baseline: always (1, 1)", output_mae, 0 * t),
        of("RMSE of (width, height) ratios", output_rmse, t),
        of("MAE of |ln ratio|", lambda a, b: float(np.abs(a - b).mean()), t),
        *(
            figure(name, share, hits[rows], groups=made.photo[rows])
            for name, hits, rows in shares
            if rows.any()
        ),
    ]


def output_errors(t: Array, truth: Array) -> Array:
    """(2, N) errors of the width ratio and of the height ratio."""
    return np.stack(
        [np.exp(np.minimum(s * t, 0)) - np.exp(np.minimum(s * truth, 0)) for s in (1, -1)]
    )


def output_mae(t: Array, truth: Array) -> float:
    return float(np.abs(output_errors(t, truth)).mean())


def output_rmse(t: Array, truth: Array) -> float:
    return float(np.sqrt(np.square(output_errors(t, truth)).mean()))

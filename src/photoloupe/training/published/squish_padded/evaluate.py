"""Measure a padded net on photos that its training never saw, next to answers that need none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from photoloupe.arrays import Array
from photoloupe.figures import figure, share
from photoloupe.questions.squish import ratios
from photoloupe.training.engine.tables import Row, load_pixels
from photoloupe.training.published.run_folder import FiguresByQuestion
from photoloupe.training.published.squish_padded.data import SquishedSample, make_sample
from photoloupe.training.published.squish_padded.net import PaddedJudge, log_ratios
from photoloupe.training.published.squish_padded.recipe import SquishPaddedRecipe

# (n, 2) answers and the truth -> (n,) errors, or hits.
MEASURES: dict[str, Callable[[Array, Array], Array]] = {
    "MAE of the width ratio": lambda said, truth: np.abs(said - truth)[:, 0],
    "MAE of the height ratio": lambda said, truth: np.abs(said - truth)[:, 1],
    "MAE of |ln ratio|": lambda said, truth: np.abs(log_ratios(said) - log_ratios(truth)),
    "right axis": lambda said, truth: log_ratios(said) * log_ratios(truth) > 0,
}
TEST = 2  # seed of the test's samples


def test_samples(rows: list[Row], recipe: SquishPaddedRecipe) -> tuple[list[SquishedSample], Array]:
    """(`recipe.test_copies` samples, photos by turns; the number of the photo each is of)."""
    photo = np.arange(recipe.test_copies) % len(rows)
    samples = []
    for number, which in enumerate(photo):
        rng = np.random.default_rng([TEST, number])
        samples.append(make_sample(load_pixels(rows[which]), recipe.squishes, rng))
    return samples, photo


def evaluate(judge: PaddedJudge, samples: list[SquishedSample], photo: Array) -> FiguresByQuestion:
    truth = np.array([sample.target() for sample in samples])
    true_t = np.array([sample.log_ratio for sample in samples])
    said = judge.answers([sample.squished for sample in samples])
    shape = np.array([np.log(s.squished.shape[1] / s.squished.shape[0]) for s in samples])
    guess = shape * float(shape @ true_t) / float(shape @ shape)  # fitted on the test: generous
    rivals = {
        "  baseline: always (1, 1)": np.ones_like(truth),
        "  baseline: always the mean": np.broadcast_to(truth.mean(0), truth.shape),
        "  shortcut: frame's aspect ratio alone": np.array([ratios(t) for t in guess]),
    }
    found: list[dict[str, Any]] = []
    for name, errors in MEASURES.items():
        for words, answers in {name: said, **rivals}.items():
            found.append(figure(words, share, errors(answers, truth), groups=photo))
    return {"squish": found}

"""The weights of a head, and its answers about photos whose source it did not have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from photoloupe.arrays import Array
from photoloupe.training.engine.cross_validation import over_folds
from photoloupe.training.engine.regression import Linear, regress, row_odds
from photoloupe.training.engine.tables import Row
from photoloupe.training.head.read import CopyFeatures
from photoloupe.training.head.recipe import HeadRecipe

WHOLE, FACES = "features", "faces"


@dataclass(frozen=True)
class LabelledPhotos:
    """N photos and what was read of their copies; taught: (N,) False where a kind is left out."""

    rows: list[Row]
    read: CopyFeatures
    taught: Array  # False where the recipe leaves a kind out

    def column(self, name: str) -> Array:
        """(N,) text of a column."""
        return np.array([row[name] for row in self.rows])

    @property
    def label(self) -> Array:
        """(N,) 1 for a selfie, else 0."""
        return self.column("selfie").astype(int)

    def inputs(self, parts: tuple[str, ...] = (WHOLE, FACES)) -> Array:
        """(N, C, F) of the trunk, the faces or both, of C copies."""
        return np.concatenate([getattr(self.read, part) for part in parts], 2)


def learn(
    sample: LabelledPhotos,
    recipe: HeadRecipe,
    chosen: Array,
    parts: tuple[str, ...] = (WHOLE, FACES),
) -> Linear:
    """A head from the taught ones of the chosen photos, (M,) indices."""
    chosen = chosen[sample.taught[chosen]]
    x = sample.inputs(parts)[chosen]
    penalties = {WHOLE: recipe.penalty, FACES: recipe.faces_penalty}
    sizes = [(penalties[part], getattr(sample.read, part).shape[2]) for part in parts]
    penalty = np.concatenate([np.full(size, value) for value, size in sizes])
    copies = x.shape[1]
    label, source = sample.label[chosen], sample.column("source")[chosen]
    odds = np.repeat(row_odds(label, source), copies)
    return regress(x.reshape(-1, x.shape[2]), np.repeat(label, copies), odds, penalty)


def unseen_answers(
    sample: LabelledPhotos, recipe: HeadRecipe, fold: Array, parts: tuple[str, ...] = (WHOLE, FACES)
) -> Array:
    """(N, C) log odds of C copies, each by a head that had no photo of the same fold.

    They are not calibrated.
    """
    inputs = sample.inputs(parts)

    def fit(chosen: Array) -> Callable[[Array], Array]:
        head = learn(sample, recipe, chosen, parts)
        return lambda asked: head(inputs[asked])

    return over_folds(fold, fit)


def calibrate(answers: Array, label: Array, source: Array) -> Linear:
    """A scale and a shift of (N, C) log odds, so that they are right on the average.

    label: (N,) 0 or 1; source: (N,).
    """
    odds = np.repeat(row_odds(label, source), answers.shape[1])
    return regress(
        answers.reshape(-1, 1), np.repeat(label, answers.shape[1]), odds, np.array([1e-6])
    )


def calibrated(sample: LabelledPhotos, answers: Array, fold: Array) -> Array:
    """(N, C) log odds, each calibrated on the taught photos of the other folds."""
    label, source = sample.label, sample.column("source")

    def fit(chosen: Array) -> Callable[[Array], Array]:
        chosen = chosen[sample.taught[chosen]]
        line = calibrate(answers[chosen], label[chosen], source[chosen])
        return lambda asked: line(answers[asked][..., None])

    return over_folds(fold, fit)

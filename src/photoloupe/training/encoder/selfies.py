"""The selfie head: a logistic regression of features, calibrated on sources it did not have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from photoloupe.arrays import Array
from photoloupe.training.encoder.copies import PLAIN
from photoloupe.training.encoder.data import EncoderData
from photoloupe.training.encoder.features import ViewName
from photoloupe.training.encoder.recipe import SelfieSection
from photoloupe.training.engine.cross_validation import folds_of, over_folds
from photoloupe.training.engine.regression import Linear, regress, row_odds
from photoloupe.training.engine.tables import Row

LEAST_OF_CLASS = 30  # photos of each class, for thresholds to be right in a family alone
CALIBRATION_PENALTY = 1e-6


@dataclass(frozen=True)
class SelfieSample:
    """N views: rows, features (N, D), label (N,) 0 or 1, family and group (N,), plain (N,) whether
    it is a photo as it is, taught (N,) whether it is learned from.
    """

    rows: list[Row]
    features: Array
    label: Array
    family: Array
    group: Array
    plain: Array
    taught: Array

    @property
    def measured(self) -> Array:
        """(N,) whether figures count it: photos as they are, of kinds that are learned from."""
        return np.asarray(self.plain & self.taught)

    def column(self, name: str) -> Array:
        """(N,) text of a column."""
        return np.array([row[name] for row in self.rows])


def sample_of(
    data: EncoderData, features: dict[ViewName, Array], settings: SelfieSection
) -> SelfieSample:
    """The views of the recipe that are for selfies; features: (D,) of each."""
    rows = [row for row, _ in data.selfie]
    return SelfieSample(
        rows,
        np.stack([features[row["name"], copy] for row, copy in data.selfie]).astype(np.float64),
        np.array([int(row["selfie"]) for row in rows]),
        np.array([row["family"] for row in rows]),
        np.array([f"{row['family']} {row['group']}" for row in rows]),
        np.array([copy == PLAIN for _, copy in data.selfie]),
        np.array([row["kind"] not in settings.left_out for row in rows]),
    )


def learn(sample: SelfieSample, chosen: Array, penalty: float) -> Linear:
    """A head from the taught ones of the chosen views, (M,) indices."""
    chosen = chosen[sample.taught[chosen]]
    odds = row_odds(sample.label[chosen], sample.family[chosen])
    x = sample.features[chosen]
    return regress(x, sample.label[chosen], odds, np.full(x.shape[1], penalty))


def left_out_answers(sample: SelfieSample, fold: Array, penalty: float) -> Array:
    """(N,) log odds, each by a head that had no view of the same fold; not calibrated."""

    def fit(chosen: Array) -> Callable[[Array], Array]:
        head = learn(sample, chosen, penalty)
        return lambda asked: head(sample.features[asked])

    return over_folds(fold, fit)


def calibrate(sample: SelfieSample, answers: Array, chosen: Array) -> Linear:
    """A scale and a shift of log odds, so that they are right for the photos of
    the chosen views, (M,) indices; answers: (N,).
    """
    chosen = chosen[sample.measured[chosen]]
    odds = row_odds(sample.label[chosen], sample.family[chosen])
    penalty = np.array([CALIBRATION_PENALTY])
    return regress(answers[chosen, None], sample.label[chosen], odds, penalty)


def calibrated(sample: SelfieSample, answers: Array, fold: Array) -> Array:
    """(N,) log odds, each calibrated on the photos of the other folds."""

    def fit(chosen: Array) -> Callable[[Array], Array]:
        line = calibrate(sample, answers, chosen)
        return lambda asked: line(answers[asked, None])

    return over_folds(fold, fit)


def final_head(sample: SelfieSample, answers: Array, penalty: float) -> Linear:
    """The head of all taught views, calibrated on answers (N,) of heads without the source."""
    everything = np.arange(len(sample.rows))
    line = calibrate(sample, answers, everything)
    head, scale = learn(sample, everything, penalty), float(line.weight[0])
    return Linear(head.weight * scale, head.bias * scale + line.bias)


def thresholds(
    sample: SelfieSample, log_odds: Array, right: float, right_alone: float
) -> tuple[float, float]:
    """(yes, no): log odds from which, and to which, answers are right as often as asked.

    log_odds: (N,); right: the least share over all photos, both classes weighing the same;
    right_alone: the same in every family of both classes. (0, 0) if nothing need be unsure.
    """
    subsets = [(sample.measured, right)]
    for family in np.unique(sample.family):
        member = sample.measured & (sample.family == family)
        if min((sample.label[member] == side).sum() for side in (0, 1)) >= LEAST_OF_CLASS:
            subsets.append((member, right_alone))
    yes = max(_first_right(log_odds[s], sample.label[s] == 1, least) for s, least in subsets)
    no = -max(_first_right(-log_odds[s], sample.label[s] == 0, least) for s, least in subsets)
    return (yes, no) if no <= yes else (0.0, 0.0)


def _first_right(score: Array, wanted: Array, right: float) -> float:
    """The lowest score above which a share `right` is wanted; above all scores if there is none."""
    weight = np.where(wanted, 0.5 / max(1, wanted.sum()), 0.5 / max(1, (~wanted).sum()))
    order = np.argsort(-score, kind="stable")
    shares = np.cumsum((weight * wanted)[order]) / np.cumsum(weight[order])
    good = np.flatnonzero(shares >= right)
    return float(score[order][good[-1]] if len(good) else score.max() + 1)


def people_folds(sample: SelfieSample, count: int, seed: int) -> Array:
    """(N,) folds of photos that look alike: a source is in several, a person in one."""
    return folds_of(sample.group, count, seed)

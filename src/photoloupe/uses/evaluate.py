"""How well a model rates photos that people rated, by the same path as `inspect`.

Memory does not grow with the photos themselves, only by some 200 bytes for each.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import tee
from pathlib import Path

import numpy as np

from photoloupe.errors import LabelError, ModelError
from photoloupe.figures import Array, Figure, figure, mse, plcc, share, srcc
from photoloupe.inspector import Inspector
from photoloupe.questions import aesthetics
from photoloupe.questions.aesthetics import Aesthetics
from photoloupe.report import PhotoReport
from photoloupe.uses.ratings import Rated, Rating, read_labels

# "Good" is what is rated above the cut: 5 in the papers on AVA (Murray et al. 2012, Talebi and
# Milanfar 2018), 5.5 in the true middle of a scale from 1 to 10.
CUTS = (5.0, 5.5)


@dataclass(frozen=True)
class Survey:
    """A table of ratings, read once completely: what it holds, and that every line is valid.

    photos: that are asked about; splits: photos by their column `split`, if there is one;
    train_mean: of those whose split is "train", None if they are asked about themselves.
    """

    photos: int
    splits: dict[str, int]
    train_mean: float | None


def survey(file: Path, split: str | None = None, group: str | None = None) -> Survey:
    """Raises LabelError for a wrong line, or if no photo is of that split, or of any group."""
    total, train, counts = 0, [0.0, 0.0], Counter[str]()
    for item in read_labels(file):
        if group is not None and group not in item.columns:
            raise LabelError(f"{file}: no column {group}")
        counts[item.columns.get("split", "")] += 1
        total += split in (None, item.columns.get("split"))
        if item.columns.get("split") == "train":
            train = [train[0] + item.rating.mean, train[1] + 1]
    if not total:
        raise LabelError(f"{file}: no photo has the split {split}")
    mean = train[0] / train[1] if train[1] and split not in (None, "train") else None
    return Survey(total, {name: n for name, n in counts.items() if name}, mean)


def of_split(rated: Iterable[Rated], split: str | None) -> Iterator[Rated]:
    """The photos whose column `split` has this value; all of them for None."""
    return (item for item in rated if split in (None, item.columns.get("split")))


@dataclass
class Answers:
    """People's ratings and the model's answers for the photos that could be read, in one order."""

    truth: array[float] = field(default_factory=lambda: array("d"))
    score: array[float] = field(default_factory=lambda: array("d"))
    wanted: array[float] = field(default_factory=lambda: array("f"))  # ten a photo, or none at all
    said: array[float] = field(default_factory=lambda: array("f"))
    groups: list[str] = field(default_factory=list)
    counted: bool = True
    failed: int = 0

    def add(self, rating: Rating, answer: Aesthetics, group: str) -> None:
        """Append one photo: people's rating, the model's answer, the group that it belongs to."""
        self.truth.append(rating.mean)
        self.score.append(answer.score)
        self.said.extend(answer.distribution)
        self.wanted.extend(shares_of(rating))
        self.counted &= rating.shares is not None
        self.groups.append(group)


def shares_of(rating: Rating) -> tuple[float, ...]:
    """The raters' shares, or those of a normal with their mean and spread, or nothing."""
    if rating.shares is not None:
        return rating.shares
    return tuple(aesthetics.make_target(rating.mean, rating.std).tolist()) if rating.std else ()


def ask(
    inspector: Inspector,
    rated: Iterable[Rated],
    folder: Path,
    *,
    group: str | None = None,
    tell: Callable[[PhotoReport], None] = lambda report: None,
) -> Answers:
    """Rate every photo; each report goes to `tell`, and photos that cannot be read are counted.

    folder: which the paths are relative to; group: a column whose equal values show one theme.
    Raises ModelError if no model of the inspector rates.
    """
    if not any("aesthetics" in card.tasks for card in inspector.cards):
        raise ModelError(f"{', '.join(card.name for card in inspector.cards)}: rates no photo")
    answers = Answers()
    for item, report in _side_by_side(inspector, rated, folder):
        if report.aesthetics is None:
            answers.failed += 1
        else:
            answers.add(item.rating, report.aesthetics, item.columns[group] if group else "")
        tell(report)
    return answers


def _side_by_side(
    inspector: Inspector, rated: Iterable[Rated], folder: Path
) -> Iterator[tuple[Rated, PhotoReport]]:
    asked, kept = tee(rated)  # holds no more than the inspector reads ahead
    inspections = inspector.stream_inspections(str(folder / item.path) for item in asked)
    return zip(kept, (found.report for found in inspections), strict=True)


def rating_figures(answers: Answers, train_mean: float | None = None) -> list[Figure]:
    """Correlations, errors and accuracies, each with a baseline that needs no model.

    train_mean: what the baseline always says; without it the mean of these very ratings, which
    is the best that a constant can do.
    """
    truth, score = np.asarray(answers.truth), np.asarray(answers.score)
    groups = np.asarray(answers.groups) if any(answers.groups) else None
    constant = np.full_like(truth, truth.mean() if train_mean is None else train_mean)
    always = "  baseline: always the " + (
        "ratings' own mean" if train_mean is None else "training mean"
    )
    found = [
        figure("PLCC", plcc, score, truth, groups=groups),
        figure("SRCC", srcc, score, truth, groups=groups),
        figure("MSE", mse, score, truth, groups=groups),
        figure(always, mse, constant, truth, groups=groups),
    ]
    if len(answers.wanted) == len(answers.said):
        found += _distribution_figures(answers, groups)
    for cut in CUTS:
        found += _cut_figures(score > cut, truth > cut, cut, groups)
    return found


def _distribution_figures(answers: Answers, groups: Array | None) -> list[Figure]:
    wanted = np.asarray(answers.wanted).reshape(-1, 10)
    said = np.asarray(answers.said).reshape(-1, 10)
    name = "EMD (r = 2)" + ("" if answers.counted else ", raters taken as normal")
    always = "  baseline: the ratings' mean distribution"
    return [
        figure(name, share, aesthetics.emd(said, wanted), groups=groups),
        figure(always, share, aesthetics.emd(wanted.mean(0), wanted), groups=groups),
    ]


def _cut_figures(said: Array, good: Array, cut: float, groups: Array | None) -> list[Figure]:
    most = good.mean() > 0.5
    return [
        figure(f"accuracy, good above {cut:g}", share, said == good, groups=groups),
        figure(f"  baseline: always {'good' if most else 'not good'}", share, good == most,
               groups=groups),
    ]  # fmt: skip

"""Measure a pair net on photos that its training never saw, next to shortcuts that see nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from photoloupe.arrays import Array, Pixels
from photoloupe.figures import figure, share
from photoloupe.training.engine.tables import Row
from photoloupe.training.published.crop_pairs.data import SamplePair, pair_of_rows
from photoloupe.training.published.crop_pairs.net import PairJudge
from photoloupe.training.published.crop_pairs.recipe import CropPairsRecipe, MadePairs
from photoloupe.training.published.crop_pairs.shortcuts import SHORTCUTS, probe
from photoloupe.training.published.run_folder import FiguresByQuestion

AREAS = ((0.0, 0.1), (0.1, 0.2), (0.2, 0.4), (0.4, 1.0))  # of the photo that a crop shows
NEGATIVES = {
    "other": "crops of another photo",
    "beside": "crops of the photo's other half",
    "mirrored_crop": "mirrored crops",
    "mirrored_photo": "the photo mirrored",
}
TEST, KNOWN = 2, 3  # seeds: of the test's pairs, and of those that probes are fitted on


@dataclass(frozen=True)
class AnsweredPairs:
    """Pairs, which photo each is of, and what a net says of them."""

    pairs: list[SamplePair]
    group: Array
    answer: Array  # (n, 4) as SamplePair.target, probabilities in place of truths
    truth: Array  # (n, 4)

    def only(self, chosen: Array) -> AnsweredPairs:
        pairs = [self.pairs[i] for i in np.flatnonzero(chosen)]
        return AnsweredPairs(pairs, self.group[chosen], self.answer[chosen], self.truth[chosen])


def make_pairs(
    rows: list[Row], kinds: list[str], made: MadePairs, seed: int, count: int
) -> tuple[list[SamplePair], Array]:
    """(`count` pairs, kinds and photos by turns; the number of the photo each is of)."""
    pairs = []
    photo = [k // len(kinds) % len(rows) for k in range(count)]
    for k, which in enumerate(photo):
        rng = np.random.default_rng([seed, k])
        pairs.append(pair_of_rows(rows[which], rows, kinds[k % len(kinds)], made, rng))
    return pairs, np.array(photo)


def ask(judge: PairJudge, pairs: list[SamplePair], photo: Array) -> AnsweredPairs:
    answers = judge.answers([(pair.first, pair.second) for pair in pairs])
    flat = np.array([[a.pair, a.swapped, *a.corner_xy] for a in answers])
    return AnsweredPairs(pairs, photo, flat, np.stack([pair.target() for pair in pairs]))


def evaluate(
    judge: PairJudge, recipe: CropPairsRecipe, rows: list[Row], known: list[Row]
) -> FiguresByQuestion:
    """Figures on test `rows`, in the recipe's own kind of pairs first; `known` teach the probes."""
    made, count = recipe.pairs, recipe.test_pairs
    kinds = ["crop", made.negatives]

    def asked(kinds: list[str], made: MadePairs, count: int) -> AnsweredPairs:
        return ask(judge, *make_pairs(rows, kinds, made, TEST, count))

    own = asked(kinds, made, count)
    crops = own.only(own.truth[:, 0] == 1)
    taught, _ = make_pairs(known, kinds, made, KNOWN, count)
    frame = {"random": "kept", "kept": "random"}[made.aspect]
    reframed = asked(kinds, made.model_copy(update={"aspect": frame}), count)
    recrops = reframed.only(reframed.truth[:, 0] == 1)
    alarms = {kind: asked([kind], made, count // 2) for kind in NEGATIVES}
    return {
        "pair": [
            _right("accuracy", own, 0),
            *_baselines(own, taught, 0),
            _right(f"accuracy, aspect {frame}", reframed, 0),
            *_by_area(crops),
            *(_called(f"false alarms, {name}", alarms[kind]) for kind, name in NEGATIVES.items()),
        ],
        "swapped": [
            _right("accuracy", crops, 1),
            *_baselines(crops, [pair for pair in taught if pair.box], 1),
            _right(f"accuracy, aspect {frame}", recrops, 1),
            *_by_shape(crops if made.aspect == "random" else recrops),
        ],
        "corner": _corner(crops),
    }


def _right(name: str, asked: AnsweredPairs, column: int) -> dict[str, Any]:
    hits = (asked.answer[:, column] > 0.5) == asked.truth[:, column]
    return figure(name, share, hits, groups=asked.group)


def _baselines(asked: AnsweredPairs, taught: list[SamplePair], column: int) -> list[dict[str, Any]]:
    truth = asked.truth[:, column]
    label = np.array([pair.target()[column] for pair in taught])
    found = [
        figure("  baseline: majority class", share, truth == round(label.mean()),
               groups=asked.group)
    ]  # fmt: skip
    for name, look in SHORTCUTS.items():
        known, seen = (np.array([look(p) for p in pairs]) for pairs in (taught, asked.pairs))
        hits = probe(known, label, seen) == truth
        found.append(figure(f"  shortcut: {name}", share, hits, groups=asked.group))
    return found


def _by_area(crops: AnsweredPairs) -> list[dict[str, Any]]:
    """How many crops are found, by how much of the photo they show."""
    area = np.array([p.box.area / p.photo[..., 0].size for p in crops.pairs if p.box])
    bands = [(low, high, (area >= low) & (area < high)) for low, high in AREAS]
    return [
        _called(f"found, crops of {low:.0%} to {high:.0%}", crops.only(inside))
        for low, high, inside in bands
        if inside.any()
    ]


def _called(name: str, asked: AnsweredPairs) -> dict[str, Any]:
    return figure(name, share, asked.answer[:, 0] > 0.5, groups=asked.group)


def _by_shape(crops: AnsweredPairs) -> list[dict[str, Any]]:
    """A net that takes the longer frame for the crop is right first and wrong last."""
    length = np.array([[_length(p.crop), _length(p.photo)] for p in crops.pairs])
    longer = length[:, 0] > length[:, 1]
    return [
        _right(f"accuracy, crop {name} than its photo", crops.only(chosen), 1)
        for name, chosen in (("longer", longer), ("squarer", ~longer))
        if chosen.any()
    ]


def _length(pixels: Pixels) -> float:
    return float(abs(np.log(pixels.shape[1] / pixels.shape[0])))


def _corner(crops: AnsweredPairs) -> list[dict[str, Any]]:
    """Errors in shares of the photo's sides; the baseline is fitted on the test, a generous bar."""
    truth, always = crops.truth[:, 2:], np.median(crops.truth[:, 2:], 0)
    return [
        figure(name, share, np.abs(said - truth).mean(1), groups=crops.group)
        for name, said in (
            ("mean error of x and y", crops.answer[:, 2:]),
            ("  baseline: always the median corner", np.broadcast_to(always, truth.shape)),
        )
    ]

"""Figures of a head on photos of sources that it did not have, next to shortcuts and baselines."""

from __future__ import annotations

import numpy as np

from photoloupe.arrays import Array
from photoloupe.figures import figure, share
from photoloupe.training.engine.cross_validation import folds_of
from photoloupe.training.engine.figures import Figures, auc, balanced_accuracy, calibration_error
from photoloupe.training.engine.shortcuts import SHORTCUTS, probe_answers
from photoloupe.training.head.recipe import HeadRecipe
from photoloupe.training.head.weigh import (
    FACES,
    WHOLE,
    LabelledPhotos,
    calibrated,
    unseen_answers,
)

BOTH = "sunglasses"  # the one source that has both classes


def evaluate(sample: LabelledPhotos, recipe: HeadRecipe, unseen: Array) -> Figures:
    """Every answer is of a head and a calibration that had no photo of that source's family.

    unseen: (N, C) log odds of C copies, as `unseen_answers` gives them. One levelled copy a photo
    is measured.
    """
    family, threshold = sample.column("family"), recipe.threshold
    log_odds = calibrated(sample, unseen, family)
    taught, label = sample.taught, sample.label
    found = [
        *_main("", sample, log_odds, taught, threshold),
        figure("  baseline: majority class (balanced accuracy)", balanced_accuracy,
               0 * label[taught], label[taught], groups=sample.column("group")[taught]),
        *_main(f", {BOTH} alone", sample, log_odds,
               taught & (sample.column("source") == BOTH), threshold),
    ]  # fmt: skip
    people = sample.column("group")
    fifths = folds_of(people, 5)
    person = calibrated(sample, unseen_answers(sample, recipe, fifths), fifths)
    found += _main(", sources seen, people not", sample, person, taught, threshold)[:2]
    for title, inputs in (("whole picture", (WHOLE,)), ("faces", (FACES,))):
        alone = calibrated(sample, unseen_answers(sample, recipe, family, inputs), family)
        found += _main(f", {title} alone", sample, alone, taught, threshold)[:2]
    found += _shortcuts(sample)
    found += _shares("source", sample, log_odds, threshold)
    return found + _shares("kind", sample, log_odds, threshold)


def _main(
    words: str, sample: LabelledPhotos, log_odds: Array, of: Array, threshold: float
) -> Figures:
    if not of.any():
        return []
    p = 1 / (1 + np.exp(-log_odds[of, 0]))
    label, groups = sample.label[of], sample.column("group")[of]
    called = (p >= threshold).astype(int)
    return [
        figure(f"ROC AUC{words}", auc, p, label, groups=groups),
        figure(f"balanced accuracy{words}", balanced_accuracy, called, label, groups=groups),
        figure(f"accuracy{words}", share, called == label, groups=groups),
        figure(f"ECE{words}", calibration_error, p, label, groups=groups),
    ]


def _shortcuts(sample: LabelledPhotos) -> Figures:
    """What tells the classes apart without looking, on the files as they are and on copies."""
    taught = np.flatnonzero(sample.taught)
    rows = [sample.rows[k] for k in taught]
    label, groups = sample.label[taught], sample.column("group")[taught]
    found = []
    for words, of in SHORTCUTS.items():
        seen, answers = probe_answers(rows, label, sample.column("family")[taught], of)
        found += [
            figure(f"  shortcut: {words} (AUC, source seen)", auc, seen, label, groups=groups),
            figure(f"  shortcut: {words} (AUC, source not seen)", auc, answers, label,
                   groups=groups),
        ]  # fmt: skip
    return found


def _shares(column: str, sample: LabelledPhotos, log_odds: Array, threshold: float) -> Figures:
    """How many of each source or kind are called selfies: of those that are, then of others."""
    called = 1 / (1 + np.exp(-log_odds[:, 0])) >= threshold
    names, label = sample.column(column), sample.label
    found = []
    for side, words in ((1, ""), (0, " (none is)")):
        for name in sorted(set(names[label == side])):
            of = (label == side) & (names == name)
            said = f"called selfies, {column} {name.lower().replace('_', ' ')}{words}"
            found.append(figure(said, share, called[of], groups=sample.column("group")[of]))
    return found

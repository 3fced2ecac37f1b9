"""Figures of both heads on photos that they did not have, next to baselines and shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from photoloupe.arrays import Array
from photoloupe.figures import figure, mse, plcc, share, srcc
from photoloupe.questions.aesthetics import emd, make_target
from photoloupe.training.damaged_copies.damage import MILD, STRONG, UNSEEN
from photoloupe.training.encoder.copies import PLAIN, damage_of
from photoloupe.training.encoder.data import EncoderData
from photoloupe.training.encoder.features import ViewName
from photoloupe.training.encoder.heads import RatingAnswers, RatingHead
from photoloupe.training.encoder.ratings import RatingLearner
from photoloupe.training.encoder.recipe import EncoderRecipe
from photoloupe.training.encoder.selfies import (
    SelfieSample,
    calibrate,
    calibrated,
    left_out_answers,
    people_folds,
)
from photoloupe.training.engine.cross_validation import over_folds
from photoloupe.training.engine.figures import (
    Figures,
    auc,
    balanced_accuracy,
    calibration_error,
)
from photoloupe.training.engine.shortcuts import SHORTCUTS, probe_answers
from photoloupe.training.engine.tables import Row, load_pixels, rating
from photoloupe.uses.ratings import read_rating

Features = dict[ViewName, Array]
TEST, FOLDS, THEMES = "test photos", "photos left out", "themes left out"


def evaluate_rating(
    recipe: EncoderRecipe, data: EncoderData, features: Features, learner: RatingLearner
) -> tuple[RatingHead, Figures]:
    """The head of everything that is taught, and its figures: on the held test photos of the
    contest, over folds, and of order on photos that no head here had.
    """
    everything = np.ones(len(learner.names), bool)
    head = learner.learn(everything)
    apart = learner.learn(np.array([name not in data.held_themes for name, _ in learner.names]))
    figures = [
        *_on_test(head, data, features),
        *_over_folds(recipe, learner),
        *_order(apart, data, features),
    ]
    return head, figures


def _plain(rows: list[Row], features: Features) -> Array:
    return np.stack([features[row["name"], PLAIN] for row in rows])


def _on_test(head: RatingHead, data: EncoderData, features: Features) -> Figures:
    rows = data.contest_test
    answers = head(_plain(rows, features))
    truth, spread = np.array([rating(row) for row in rows]).T
    taught = float(np.mean([rating(row)[0] for row in data.contest]))
    wanted = np.array([_distribution(row) for row in rows])
    photos = [load_pixels(row) for row in rows]
    light = np.array([float(photo.mean()) for photo in photos])
    detail = np.array([float(cv2.Laplacian(photo, cv2.CV_32F).std()) for photo in photos])
    return [
        figure(f"PLCC, contest votes, {TEST}", plcc, answers.score, truth),
        figure(f"SRCC, contest votes, {TEST}", srcc, answers.score, truth),
        figure(f"MSE, contest votes, {TEST}", mse, answers.score, truth),
        figure("  baseline: mean of the photos taught (MSE)", mse, 0 * truth + taught, truth),
        figure("  shortcut: brightness alone (PLCC)", plcc, light, truth),
        figure("  shortcut: fine detail alone (PLCC)", plcc, detail, truth),
        figure(f"EMD (r = 2), {TEST}", share, emd(answers.distribution, wanted)),
        figure(f"PLCC of the voters' spread, {TEST}", plcc, answers.spread, spread),
        figure("  without damage subtracted (PLCC)", plcc, answers.bare, truth),
    ]


def _distribution(row: Row) -> Array:
    """(10,) shares of the votes, or a normal of the row's mean and spread."""
    shares = read_rating(row).shares
    return np.array(shares) if shares else np.asarray(make_target(*rating(row)))


def _over_folds(recipe: EncoderRecipe, learner: RatingLearner) -> Figures:
    def fit(chosen: Array) -> Callable[[Array], Array]:
        inside = np.zeros(len(learner.names), bool)
        inside[chosen] = True
        head = learner.learn(inside)
        return lambda asked: _columns(head.of_likeness(learner.alike[asked]))

    answered = over_folds(learner.folds(recipe.folds, recipe.seed), fit)
    votes, beauty = slice(0, learner.contest), slice(learner.contest, learner.rated)
    truth, spread = learner.targets.T
    themes = learner.groups[beauty]
    above = answered[learner.better, 0] > answered[learner.worse, 0]
    photos = np.array([learner.names[k][0] for k in learner.better])
    return [
        figure(f"PLCC, contest votes, {FOLDS}", plcc, answered[votes, 0], truth[votes]),
        figure(f"PLCC of the voters' spread, {FOLDS}", plcc, answered[votes, 1], spread[votes]),
        figure(f"PLCC, beauty as asked of its raters, {THEMES}", plcc, answered[beauty, 2],
               truth[beauty], groups=themes),
        figure(f"PLCC, beauty by the score, {THEMES}", plcc, answered[beauty, 0], truth[beauty],
               groups=themes),
        figure(f"photo above its copy, strong and mild, {FOLDS}", share, above, groups=photos),
    ]  # fmt: skip


def _columns(answers: RatingAnswers) -> Array:
    """(N, 3): score, spread, beauty."""
    return np.stack([answers.score, answers.spread, answers.beauty], 1)


def _order(head: RatingHead, data: EncoderData, features: Features) -> Figures:
    """How often a photo is scored above its damaged copy."""
    pairs = [view for view in data.order_test if view[0] not in {name for name, _ in data.order}]
    original = head(np.stack([features[name, PLAIN] for name, _ in pairs])).score
    damaged = head(np.stack([features[view] for view in pairs])).score
    kind, strength = zip(*(damage_of(copy) for _, copy in pairs), strict=True)
    kinds, strengths = np.array(kind), np.array(strength)
    photos = np.array([name for name, _ in pairs])
    found = []
    for value, word in ((STRONG, "strong"), (MILD, "mild")):
        of = strengths == value
        above = (original > damaged)[of]
        title = f"photo above its copy, all {word} kinds"
        found.append(figure(title, share, above, groups=photos[of]))
        for name in dict.fromkeys(kind):
            never = " (never trained on)" if name in UNSEEN else ""
            chosen = of & (kinds == name)
            found.append(figure(f"photo above its copy, {word} {name}{never}", share,
                                (original > damaged)[chosen]))  # fmt: skip
    dark = kinds == "dark"
    rises = (damaged > original)[dark]
    return [*found, figure("score rises with darkness", share, rises, groups=photos[dark])]


@dataclass(frozen=True)
class SelfieAnswers:
    """(N,) log odds by heads that had not the source: raw; calibrated on other sources; shipped, as
    the head that ships is calibrated, by two numbers, on all of them.
    """

    raw: Array
    calibrated: Array
    shipped: Array


def selfie_answers(sample: SelfieSample, penalty: float) -> SelfieAnswers:
    """Of every view, by heads that had no view of its family."""
    raw = left_out_answers(sample, sample.family, penalty)
    line = calibrate(sample, raw, np.arange(len(raw)))
    return SelfieAnswers(raw, calibrated(sample, raw, sample.family), line(raw[:, None]))


def evaluate_selfie_head(
    recipe: EncoderRecipe, sample: SelfieSample, answers: SelfieAnswers, yes: float, no: float
) -> Figures:
    """Figures on photos whose source no head had. yes, no: thresholds of the log odds."""
    every = sample.measured
    found = _main("", sample, answers.calibrated, every)
    found.append(_baseline(sample, every))
    for family in _of_both_classes(sample):
        member = every & (sample.family == family)
        found += _main(f", {family} alone", sample, answers.calibrated, member)
    fifths = people_folds(sample, recipe.folds, recipe.seed)
    people = left_out_answers(sample, fifths, recipe.selfie.penalty)
    known = calibrated(sample, people, fifths)
    found += _main(", sources known, look-alikes not", sample, known, every)
    for family in _of_both_classes(sample):
        member = every & (sample.family == family)
        found += _main(f", {family} known, look-alikes not", sample, known, member)[:2]
    found += _verdicts(sample, answers.shipped, yes, no)
    found += _shortcuts(sample)
    return [*found, *_shares("family", sample, answers), *_shares("kind", sample, answers)]


def _of_both_classes(sample: SelfieSample) -> list[str]:
    families = np.unique(sample.family[sample.measured])
    labels = {f: sample.label[sample.measured & (sample.family == f)] for f in families}
    return [str(f) for f, label in labels.items() if 30 <= label.sum() <= len(label) - 30]


def _main(words: str, sample: SelfieSample, log_odds: Array, of: Array) -> Figures:
    label, groups, p = sample.label[of], sample.group[of], _probability(log_odds[of])
    called = (p > 0.5).astype(int)
    return [
        figure(f"ROC AUC{words}", auc, p, label, groups=groups),
        figure(f"balanced accuracy{words}", balanced_accuracy, called, label, groups=groups),
        figure(f"ECE{words}", calibration_error, p, label, groups=groups),
    ]


def _baseline(sample: SelfieSample, of: Array) -> dict[str, object]:
    name = "  baseline: majority class (balanced accuracy)"
    label = sample.label[of]
    return figure(name, balanced_accuracy, 0 * label, label, groups=sample.group[of])


def _probability(log_odds: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -60, 60))))


def _verdicts(sample: SelfieSample, log_odds: Array, yes: float, no: float) -> Figures:
    """How often each of the three answers is given, and how often it is right."""
    of = sample.measured
    label, groups, odds = sample.label[of], sample.group[of], log_odds[of]
    called_yes, called_no = odds >= yes, odds <= no
    found = []
    for words, answered, right in (("yes", called_yes, label == 1), ("no", called_no, label == 0)):
        found.append(figure(f"answered {words}", share, answered, groups=groups))
        if answered.any():
            found.append(
                figure(f"{words} is right", share, right[answered], groups=groups[answered])
            )
    return [*found, figure("unsure", share, ~called_yes & ~called_no, groups=groups)]


def _shortcuts(sample: SelfieSample) -> Figures:
    """What tells the classes apart without reading the picture."""
    of = np.flatnonzero(sample.measured)
    rows, label, groups = [sample.rows[k] for k in of], sample.label[of], sample.group[of]
    found = []
    for words, probe in SHORTCUTS.items():
        known, new = probe_answers(rows, label, sample.family[of], probe)
        found += [
            figure(f"  shortcut: {words} (AUC, source known)", auc, known, label, groups=groups),
            figure(f"  shortcut: {words} (AUC, source new)", auc, new, label, groups=groups),
        ]
    return found


def _shares(column: str, sample: SelfieSample, answers: SelfieAnswers) -> Figures:
    """How many of each family or kind are called selfies: of those that are, then of others."""
    names, found = sample.column(column), []
    words_of = {"family": "source"}.get(column, column)
    for side, words in ((1, ""), (0, " (none is)")):
        for name in sorted(set(names[sample.plain & (sample.label == side)])):
            of = sample.plain & (sample.label == side) & (names == name)
            title = f"called selfies, {words_of} {name.lower().replace('_', ' ')}{words}"
            called = answers.shipped[of] > 0
            found.append(figure(title, share, called, groups=sample.group[of]))
    return found

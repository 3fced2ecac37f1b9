"""Measure a model on photos that its training did not have, next to baselines and shortcuts.

The model is asked through `Inspector`, as users ask it: the number measured is the number served.
"""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

from photoloupe.arrays import Array, Pixels
from photoloupe.figures import figure, plcc, share, srcc
from photoloupe.inspector import Inspector
from photoloupe.models.card import Card
from photoloupe.questions import aesthetics
from photoloupe.questions.selfie import Selfie
from photoloupe.questions.squish import Squish
from photoloupe.report import PhotoReport
from photoloupe.training.engine import augment
from photoloupe.training.engine.figures import Figures, auc, balanced_accuracy
from photoloupe.training.engine.tables import Row, load_pixels, rating

COPIES = 3  # squished copies a photo
ALARMS = 0.02  # share of untouched photos that may be called squished
BANDS = ((0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95))


def groups_of(rows: list[Row]) -> Array:
    """(len(rows),) the group of each row."""
    return np.array([row["group"] for row in rows])


def reports(card: Card, pictures: list[Pixels]) -> list[PhotoReport]:
    """Reports on (H, W, 3) uint8 pixels, each saved without loss first: users have files."""

    def encoded(pixels: Pixels) -> bytes:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG", compress_level=1)
        return file.getvalue()

    return Inspector([card]).inspect(encoded(pixels) for pixels in pictures)


# --- squish --------------------------------------------------------------------------------------


def squished_copies(rows: list[Row], seed: int) -> tuple[list[Pixels], Array, Array]:
    """Copies (H, W, 3) of the rows' photos, their true log ratios (N,), and photos' indices (N,).

    Crop to an aspect of 1:3 to 3:1, squeeze one side to 0.2 .. 1 (log-uniform; one copy in five is
    left alone), then rescale and recompress as web sites do.
    """
    pictures, truth, photo = [], [], []
    for index, row in enumerate(rows):
        pixels = load_pixels(row)
        for copy in range(COPIES):
            rng = np.random.default_rng([seed, index, copy])
            t = 0.0 if rng.random() < 0.2 else rng.choice([-1, 1]) * rng.uniform(0, np.log(5))
            crop = augment.crop_to_aspect(
                pixels, augment.log_uniform(1 / 3, 3, rng), rng.uniform(0.6, 1), rng
            )
            pictures.append(augment.republish(augment.squish(crop, t, rng), rng))
            truth.append(t)
            photo.append(index)
    return pictures, np.array(truth), np.array(photo)


def squish_answers(card: Card, pictures: list[Pixels]) -> tuple[Array, Array]:
    """(N,) estimated log ratios and (N,) probabilities of being squished, of N pictures."""
    answers = [r.squish or Squish(1, 1, False, 1) for r in reports(card, pictures)]
    t = np.array([np.log(a.width_ratio) - np.log(a.height_ratio) for a in answers])
    return t, np.array([a.confidence if a.squished else 1 - a.confidence for a in answers])


def squish_threshold(card: Card, rows: list[Row]) -> float:
    """A threshold, to 6 places, that calls at most 2 % of untouched copies squished."""
    pictures, truth, _ = squished_copies(rows, seed=1)
    untouched = [picture for picture, t in zip(pictures, truth, strict=True) if t == 0]
    _, probability = squish_answers(card, untouched)
    first_spared = np.sort(probability)[::-1][int(ALARMS * len(probability))]
    return float((np.floor(first_spared * 1e6) + 1) / 1e6)


def evaluate_squish(card: Card, rows: list[Row]) -> Figures:
    """Errors, alarms and what is found, on squished copies of the rows' photos."""
    pictures, truth, photo = squished_copies(rows, seed=2)
    t, probability = squish_answers(card, pictures)
    called = probability >= card.tasks["squish"]["threshold"]
    aspect = np.log([p.shape[1] / p.shape[0] for p in pictures])
    slope = float((aspect @ truth) / (aspect @ aspect))  # fitted on the test itself: a generous bar
    touched, band = truth != 0, np.exp(-np.abs(truth))

    def mean_error(estimate: Array, true: Array) -> float:
        return float(np.abs(estimate - true).mean())

    def both_outputs(estimate: Array, true: Array) -> float:
        errors = [
            np.exp(np.minimum(s * estimate, 0)) - np.exp(np.minimum(s * true, 0)) for s in (1, -1)
        ]
        return float(np.sqrt(np.mean(np.square(errors))))

    squares = [_centre_square(picture) for picture in pictures]
    t_square, _ = squish_answers(card, squares)
    found = [
        figure("MAE of |ln ratio|", mean_error, t, truth, groups=photo),
        figure("  baseline: always 'not squished'", mean_error, 0 * t, truth, groups=photo),
        figure("  shortcut: frame's aspect ratio alone", mean_error, slope * aspect, truth,
               groups=photo),
        figure("  shortcut test: central square only", mean_error, t_square, truth, groups=photo),
        figure("RMSE of (width, height) ratios", both_outputs, t, truth, groups=photo),
        figure("  baseline: always (1, 1)", both_outputs, 0 * t, truth, groups=photo),
        figure("right axis, of squished", lambda a, b: float(np.mean(a * b > 0)),
               t[touched], truth[touched], groups=photo[touched]),
        figure("false alarms, of untouched", share,
               called[~touched], groups=photo[~touched]),
    ]  # fmt: skip
    for low, high in BANDS:
        inside = touched & (band >= low) & (band < high)
        found.append(figure(f"found, ratio {low} to {high}", share,
                            called[inside], groups=photo[inside]))  # fmt: skip
    return found


def _centre_square(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    side = min(height, width)
    y, x = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(pixels[y : y + side, x : x + side])


# --- selfie --------------------------------------------------------------------------------------


def evaluate_selfie(card: Card, rows: list[Row], others: list[Row]) -> Figures:
    """Figures on test `rows`; `others` are photos of anything, not trained on and not selfies."""
    label = np.array([int(row["selfie"]) for row in rows])
    pictures = [load_pixels(row) for row in rows]
    level = [_levelled(picture) for picture in pictures]
    shape = np.array([p.shape[:2] for p in pictures], float)
    shortcuts = np.abs(np.log(shape[:, 1] / shape[:, 0])), shape[:, 1] / shape[:, 0], shape.prod(1)
    best = max(shortcuts, key=lambda values: abs(auc(values, label) - 0.5))
    sign = 1 if auc(best, label) > 0.5 else -1

    def probabilities(pixels: list[Pixels]) -> Array:
        answers = [r.selfie or Selfie(0, False, False, ()) for r in reports(card, pixels)]
        return np.array([a.probability for a in answers])

    p, groups = probabilities(pictures), groups_of(rows)
    threshold = card.tasks["selfie"]["threshold"]
    called = (p >= threshold).astype(int)
    alarms = probabilities([load_pixels(row) for row in others]) >= threshold
    return [
        figure("ROC AUC", auc, p, label, groups=groups),
        figure("balanced accuracy", balanced_accuracy, called, label, groups=groups),
        figure("  baseline: majority class", balanced_accuracy, 0 * label, label, groups=groups),
        figure("selfies found", share, called[label == 1], groups=groups[label == 1]),
        figure("false alarms, people and everyday scenes", share, called[label == 0]),
        figure("false alarms, photos of anything", share, alarms),
        figure("  shortcut: best of frame shape, size (AUC)", auc, sign * best, label,
               groups=groups),
        figure("  shortcut test: 128 px squares only (AUC)", auc, probabilities(level), label,
               groups=groups),
    ]  # fmt: skip


def _levelled(pixels: Pixels) -> Pixels:
    """A square of one size, so that neither shape nor size can tell."""
    square = cv2.resize(_centre_square(pixels), (128, 128), interpolation=cv2.INTER_AREA)
    return np.asarray(square, np.uint8)


# --- aesthetics ----------------------------------------------------------------------------------


def evaluate_aesthetics(card: Card, rows: list[Row], train_mean: float) -> Figures:
    """Agreement with people's ratings; train_mean: 1 to 10, of the constant baseline."""
    truth, groups = np.array([rating(row)[0] for row in rows]), groups_of(rows)
    pictures = [load_pixels(row) for row in rows]
    score, distribution = aesthetics_answers(card, pictures)
    wanted = np.array([aesthetics.make_target(*rating(row)) for row in rows])
    blurred = [np.asarray(cv2.GaussianBlur(p, (0, 0), 4), np.uint8) for p in pictures]
    light = np.array([float(p.mean()) for p in pictures])
    detail = np.array([float(cv2.Laplacian(p, cv2.CV_32F).std()) for p in pictures])

    def mse(a: Array, b: Array) -> float:
        return float(np.mean((a - b) ** 2))

    return [
        figure("PLCC", plcc, score, truth, groups=groups),
        figure("SRCC", srcc, score, truth, groups=groups),
        figure("MSE", mse, score, truth, groups=groups),
        figure("  baseline: training mean (MSE)", mse, 0 * score + train_mean, truth,
               groups=groups),
        figure("EMD (r = 2)", share, aesthetics.emd(distribution, wanted), groups=groups),
        figure("  shortcut: brightness alone (PLCC)", plcc, light, truth, groups=groups),
        figure("  shortcut: fine detail alone (PLCC)", plcc, detail, truth, groups=groups),
        figure("original above its blurred copy", share,
               score > aesthetics_answers(card, blurred)[0], groups=groups),
    ]  # fmt: skip


def aesthetics_answers(card: Card, pictures: list[Pixels]) -> tuple[Array, Array]:
    """(N,) scores from 1 to 10 and (N, 10) distributions of N pictures."""
    answers = [r.aesthetics for r in reports(card, pictures) if r.aesthetics]
    return np.array([a.score for a in answers]), np.array([a.distribution for a in answers])

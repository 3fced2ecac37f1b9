"""Measure a model that rates: ratings, and order under damage, on photos it was not trained on."""

from __future__ import annotations

import numpy as np

from photoloupe.arrays import Array
from photoloupe.figures import figure, share
from photoloupe.models.card import Card
from photoloupe.training.damaged_copies.copies import PHOTO, make_copy, number_of
from photoloupe.training.damaged_copies.damage import ALL, MILD, STRONG, UNSEEN
from photoloupe.training.engine.duplicates import unlike
from photoloupe.training.engine.evaluate import aesthetics_answers, evaluate_aesthetics
from photoloupe.training.engine.figures import Figures
from photoloupe.training.engine.tables import Row, Table, load_pixels, rating

CHAINS = ("blur", "noise", "dark")  # what must never raise the score


def evaluate_rating_and_order(
    card: Card, rated: Table, others: list[Row], trained: list[Row]
) -> Figures:
    """Ratings on the test rows of `rated`, then order on `others`.

    Photos that are near-duplicates of one in `trained` are left out of both.
    """
    mean = float(np.mean([rating(row)[0] for row in rated.train]))
    figures = evaluate_aesthetics(card, unlike(rated.test, trained), mean)
    return figures + evaluate_order(card, unlike(others, trained))


def evaluate_order(card: Card, rows: list[Row]) -> Figures:
    """Of each kind of damage: how often is a photo scored above its copy?"""
    copies = [PHOTO, *((kind, strength) for kind in ALL for strength in (MILD, STRONG))]
    scores: dict[tuple[str, float], Array] = {}
    photos = [load_pixels(row) for row in rows]
    for copy in copies:
        pictures = [
            make_copy(photo, copy, number_of(row)) for photo, row in zip(photos, rows, strict=True)
        ]
        scores[copy] = aesthetics_answers(card, pictures)[0]
    found = []
    for kind in ALL:
        name = f"{kind}{' (never trained on)' if kind in UNSEEN else ''}"
        for strength, word in ((STRONG, "strong"), (MILD, "mild")):
            above = scores[PHOTO] > scores[kind, strength]
            found.append(figure(f"photo above its copy, {word} {name}", share, above))
    photo = np.tile(np.arange(len(rows)), len(ALL))
    for strength, word in ((STRONG, "strong"), (MILD, "mild")):
        every = np.concatenate([scores[PHOTO] > scores[kind, strength] for kind in ALL])
        found.append(figure(f"photo above its copy, all {word} kinds", share, every, groups=photo))
    for kind in CHAINS:
        rises = [scores[kind, MILD] > scores[PHOTO], scores[kind, STRONG] > scores[kind, MILD]]
        groups = np.tile(np.arange(len(rows)), 2)
        found.append(figure(f"score rises with a step of {kind}", share, np.concatenate(rises),
                            groups=groups))  # fmt: skip
    return found

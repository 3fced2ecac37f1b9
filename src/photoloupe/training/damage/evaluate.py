"""Measure the damage net: order under damage, on unseen photos."""

from __future__ import annotations

import numpy as np

from photoloupe.models.card import Card
from photoloupe.training.damage.data import PHOTO, make_copy, number_of
from photoloupe.training.damage.kinds import ALL, MILD, STRONG, UNSEEN
from photoloupe.training.engine.evaluate import Figures, aesthetics_answers
from photoloupe.training.engine.figures import Array, figure, share
from photoloupe.training.engine.tables import Row, load_pixels

CHAINS = ("blur", "noise", "dark")  # what must never raise the score


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

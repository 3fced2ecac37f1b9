"""A "pyramid" recipe, from rated photos to a model with its card."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from photoloupe.figures import Figure, figure, share
from photoloupe.media.photo import open_photo
from photoloupe.models.card import Card
from photoloupe.models.session import Session
from photoloupe.models.view import make_view
from photoloupe.training.engine.figures import auc
from photoloupe.training.engine.fit import Data, fit
from photoloupe.training.published.aesthetics_pyramid.net import OUTPUTS, make_pyramid_net
from photoloupe.training.published.aesthetics_pyramid.recipe import AestheticsPyramidRecipe
from photoloupe.training.published.rated_export import write_rated
from photoloupe.training.published.rated_photos import (
    RatedBatches,
    RatedTable,
    load_rated,
)
from photoloupe.uses.ratings import Rated


def run(
    recipe: AestheticsPyramidRecipe,
    *,
    path: Path,
    data: Path,
    out: Path,
    weights: Path | None,
    workers: int,
) -> str:
    """Leaves `<name>.onnx` and `<name>.json` in `out`; returns the card in words.

    The file's output "good" is the logit of a good photo; the card has no task for it.
    """
    table = load_rated(recipe.rated, data)
    out.mkdir(parents=True, exist_ok=True)
    net = fit(
        recipe,
        lambda: make_pyramid_net(recipe, weights),
        partial(_data, recipe, table),
        out,
        workers,
    )
    more = partial(good_figures, folder=table.folder, good_above=recipe.good_above)
    return write_rated(recipe, net, tuple(OUTPUTS), table, path=path, out=out, more=more).in_words()


def _data(recipe: AestheticsPyramidRecipe, table: RatedTable, done: int) -> Data:
    return {
        "rated": RatedBatches(
            table, recipe.rated, batch=recipe.batch, view_pixels=recipe.view_pixels,
            seed=recipe.fit.seed, done=done,
        )
    }  # fmt: skip


def good_scores(card: Card, photos: Sequence[Path]) -> list[float]:
    """From 0 to 1 for each photo: the published answer, good or not good."""
    session, found = Session(card), []
    for photo in photos:
        view = make_view(open_photo(photo, min_pixels=card.view_pixels).pixels, card.view_pixels)
        found.append(float(1 / (1 + np.exp(-session.run([view])["good"][0, 0]))))
    return found


def good_figures(
    card: Card, unseen: Sequence[Rated], *, folder: Path, good_above: float
) -> list[Figure]:
    score = np.array(good_scores(card, [folder / item.path for item in unseen]))
    good = np.array([item.rating.mean > good_above for item in unseen])
    name = f"good above {good_above:g}, by its own output"
    return [
        figure(f"{name}: accuracy", share, (score > 0.5) == good),
        figure(f"{name}: ROC AUC", auc, score, good),
    ]

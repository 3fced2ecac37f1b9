"""A damage recipe, from data to a model with its card."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import torch

from photoloupe.models.card import Card, load_card, save_card
from photoloupe.training.damage.data import CopyBatches, PhotoCopies, read_copies
from photoloupe.training.damage.net import DamageNet, make_damage_net
from photoloupe.training.damage.recipe import DamageRecipe
from photoloupe.training.damaged_copies.evaluate import evaluate_rating_and_order
from photoloupe.training.engine.export import export_onnx, round_to_half
from photoloupe.training.engine.first_card import first_card
from photoloupe.training.engine.fit import Data, fit
from photoloupe.training.engine.tables import draw_rows, load_table
from photoloupe.training.engine.teacher import load_teacher


def run(
    recipe: DamageRecipe,
    *,
    path: Path,
    data: Path,
    out: Path,
    weights: Path | None,
    workers: int,
) -> str:
    """Leaves `<name>.onnx` and `<name>.json` in `out`; returns the card as text. See kinds.Run.

    weights: the ONNX file of a model that rates; without it trunk and rating are random.
    """
    rated, photos = load_table(recipe.rated, data), load_table(recipe.photos, data)
    out.mkdir(parents=True, exist_ok=True)
    trained = [*rated.train, *draw_rows(photos.train, recipe.train_photos, recipe.fit.seed)]
    torch.manual_seed(recipe.fit.seed)
    net = make_damage_net(recipe, weights)
    taught = load_teacher(data / recipe.features, data, trained, rated.train)
    photos_read = [read_copies(one, net.trunk, recipe.view_pixels) for one in taught]
    net = train(recipe, net, photos_read, out, workers)
    round_to_half(net)
    export_onnx(net, out / f"{recipe.name}.onnx", net.outputs)
    card = first_card(recipe, ["aesthetics"], view_pixels=recipe.view_pixels, path=path, out=out)
    card = carry_over(card, weights, net.trunk.trunk.middle_channels, recipe.leaves)
    others = draw_rows(photos.test, recipe.test_photos, seed=4)
    figures = {"aesthetics": evaluate_rating_and_order(card, rated, others, trained)}
    card = replace(card, metrics={**card.metrics, **figures})
    save_card(card)
    return card.in_words()


def carry_over(card: Card, weights: Path | None, embedding: int, leaves: Collection[str]) -> Card:
    """The card with the questions, and their figures, of the model that damage was added to.

    leaves: questions that it is not to answer any more.
    """
    card = replace(card, embedding=embedding)
    path = weights.with_suffix(".json") if weights else None
    if path is None or not path.is_file():
        return card
    old = load_card(path)
    kept = {task: settings for task, settings in old.tasks.items() if task not in leaves}
    figures = {task: found for task, found in old.metrics.items() if task not in leaves}
    return replace(card, tasks={**kept, **card.tasks}, metrics=figures)


def train(
    recipe: DamageRecipe, net: DamageNet, photos: list[PhotoCopies], out: Path, workers: int
) -> DamageNet:
    """Train the net's two heads on what its trunk read of the photos and of their copies."""
    net.level(torch.cat([photo.read for photo in photos]))

    def streams(done: int) -> Data:
        return {"photos": CopyBatches(photos, recipe.batch, recipe.margin, recipe.fit.seed + done)}

    return fit(recipe, lambda: net, streams, out, workers)

"""A "damage" recipe, from data to a model with its card."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from photoloupe.models.card import Card, load_card, save_card
from photoloupe.training.damage.data import Group, GroupBatches, read_group
from photoloupe.training.damage.evaluate import evaluate_order
from photoloupe.training.damage.net import DamageNet, make_damage_net
from photoloupe.training.engine.duplicates import unlike
from photoloupe.training.engine.evaluate import Figures, evaluate_aesthetics
from photoloupe.training.engine.export import export_onnx, round_to_half
from photoloupe.training.engine.fit import Data, fit
from photoloupe.training.engine.recipe import DamageRecipe
from photoloupe.training.engine.tables import Row, Table, load_table, rating
from photoloupe.training.multitask.run import first_card
from photoloupe.training.multitask.teacher import load_teacher


def run_damage(
    recipe: DamageRecipe, *, path: Path, data: Path, out: Path, weights: Path | None, workers: int
) -> str:
    """Leaves `<name>.onnx` and `<name>.json` in `out`; returns the card in words.

    weights: the ONNX file of a model that rates; without it trunk and rating are random.
    """
    rated, photos = load_table(recipe.rated, data), load_table(recipe.photos, data)
    out.mkdir(parents=True, exist_ok=True)
    seen = [*rated.train, *draw(photos.train, recipe.train_photos, recipe.fit.seed)]
    torch.manual_seed(recipe.fit.seed)
    net = make_damage_net(recipe, weights)
    sights = load_teacher(data / recipe.features, data, seen, rated.train)
    said = {sight.row["file"]: sight.rating for sight in sights if sight.whole}
    groups = [read_group(row, said[row["file"]], net.trunk, recipe.view_pixels) for row in seen]
    net = train(recipe, net, groups, out, workers)
    round_to_half(net)
    export_onnx(net, out / f"{recipe.name}.onnx", net.outputs)
    card = first_card(recipe, ("aesthetics",), path, out)
    card = carry_over(card, weights, net.trunk.trunk.middle_channels, recipe.leaves)
    unseen = draw(photos.test, recipe.test_photos, seed=4)
    figures = {"aesthetics": measure(card, rated, unseen, seen)}
    card = replace(card, metrics={**card.metrics, **figures})
    save_card(card)
    return card.in_words()


def carry_over(card: Card, weights: Path | None, embedding: int, leaves: Collection[str]) -> Card:
    """The card with the questions, and their figures, of the model that damage was added to.

    leaves: questions that it is not to answer any more.
    """
    card = replace(card, embedding=embedding)
    beside = weights.with_suffix(".json") if weights else None
    if beside is None or not beside.is_file():
        return card
    old = load_card(beside)
    kept = {task: settings for task, settings in old.tasks.items() if task not in leaves}
    figures = {task: found for task, found in old.metrics.items() if task not in leaves}
    return replace(card, tasks={**kept, **card.tasks}, metrics=figures)


def draw(rows: list[Row], count: int, seed: int) -> list[Row]:
    """`count` of the rows, or all; more rows begin with the same ones."""
    return [rows[int(i)] for i in np.random.default_rng(seed).permutation(len(rows))[:count]]


def train(
    recipe: DamageRecipe, net: DamageNet, groups: list[Group], out: Path, workers: int
) -> DamageNet:
    net.level(torch.cat([group.read for group in groups]))

    def streams(done: int) -> Data:
        return {"photos": GroupBatches(groups, recipe.batch, recipe.margin, recipe.fit.seed + done)}

    return fit(recipe, lambda: net, streams, out, workers)


def measure(card: Card, rated: Table, unseen: list[Row], seen: list[Row]) -> Figures:
    """Ratings on held-out themes, order on held-out sources; near-duplicates are left out."""
    mean = float(np.mean([rating(row)[0] for row in rated.train]))
    found = evaluate_aesthetics(card, unlike(rated.test, seen), mean)
    return found + evaluate_order(card, unlike(unseen, seen))

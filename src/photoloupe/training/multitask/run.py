"""A "views" recipe, from data to a model with its card: fit, export, set thresholds, measure."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import IterableDataset

from photoloupe.errors import RecipeError
from photoloupe.models.card import EMBEDDING, Card, save_card
from photoloupe.training.engine.duplicates import unlike
from photoloupe.training.engine.evaluate import (
    evaluate_aesthetics,
    evaluate_selfie,
    evaluate_squish,
    squish_threshold,
)
from photoloupe.training.engine.export import export_onnx, round_to_half
from photoloupe.training.engine.fit import Data, fit
from photoloupe.training.engine.recipe import (
    DamageRecipe,
    EncoderRecipe,
    PromptsRecipe,
    PyramidRecipe,
    ViewsRecipe,
)
from photoloupe.training.engine.tables import Row, Table, load_tables, rating
from photoloupe.training.multitask.batches import Batches
from photoloupe.training.multitask.net import make_net
from photoloupe.training.multitask.teacher import Sight, TaughtBatches, load_teacher


def run_views(
    recipe: ViewsRecipe, *, path: Path, data: Path, out: Path, weights: Path | None, workers: int
) -> str:
    """Leaves `<name>.onnx` and `<name>.json` in `out`; returns the card in words."""
    tables = load_tables(recipe, data, path.parent)
    if "squish" in tables and not tables["squish"].tune:
        raise RecipeError("squish: no photo is left to set the threshold with")
    out.mkdir(parents=True, exist_ok=True)
    sights = _sights(recipe, tables, data)
    net = fit(
        recipe,
        lambda: make_net(recipe, weights, len(sights[0].features) if sights else 0),
        partial(_data, recipe, tables, sights),
        out,
        workers,
    )
    round_to_half(net)
    export_onnx(net, out / f"{recipe.name}.onnx", [*net.answers, EMBEDDING])
    card = first_card(recipe, tuple(recipe.tasks), path, out)
    card = replace(card, embedding=net.trunk.middle_channels)
    if "squish" in tables:
        threshold = squish_threshold(card, tables["squish"].tune)
        card = replace(card, tasks={**card.tasks, "squish": {"threshold": threshold}})
    card = replace(card, metrics=measure(card, tables))
    save_card(card)
    return card.in_words()


def _sights(recipe: ViewsRecipe, tables: dict[str, Table], data: Path) -> list[Sight]:
    """What the larger net says of every photo that a task is trained on."""
    if recipe.teacher is None:
        return []
    if "aesthetics" not in tables:
        raise RecipeError("teacher: it rates, so there must be a task aesthetics")
    path, rated = data / recipe.teacher.features, tables["aesthetics"].train
    return load_teacher(path, data, photos_of(tables), rated)


def photos_of(tables: dict[str, Table]) -> list[Row]:
    """Every photo that is trained on, once."""
    return list({row["file"]: row for table in tables.values() for row in table.train}.values())


def _data(recipe: ViewsRecipe, tables: dict[str, Table], sights: list[Sight], done: int) -> Data:
    seed = recipe.fit.seed + done
    streams: dict[str, IterableDataset[Any]] = {
        name: Batches(name, task, tables[name].train, recipe.view_pixels, seed)
        for name, task in recipe.tasks.items()
    }
    if recipe.teacher:
        streams["teacher"] = TaughtBatches(sights, recipe.teacher, recipe.view_pixels, seed)
    return streams


def measure(card: Card, tables: dict[str, Table]) -> dict[str, list[dict[str, Any]]]:
    """Each task's figures on its test rows.

    Near-duplicates of a photo that any task was trained on are left out: the tasks share a trunk.
    """
    seen = [row for table in tables.values() for row in table.train]
    metrics = {}
    for task, table in tables.items():
        test = unlike(table.test, seen)
        if task == "squish":
            metrics[task] = evaluate_squish(card, test)
        elif task == "selfie":
            metrics[task] = evaluate_selfie(card, test, table.tune)
        else:
            mean = float(np.mean([rating(row)[0] for row in table.train]))
            metrics[task] = evaluate_aesthetics(card, test, mean)
    return metrics


def first_card(
    recipe: ViewsRecipe | DamageRecipe | PyramidRecipe | PromptsRecipe | EncoderRecipe,
    tasks: tuple[str, ...],
    recipe_path: Path,
    out: Path,
) -> Card:
    """The card before anything is measured, its thresholds at one half."""
    file = f"{recipe.name}.onnx"
    path = Path("recipes") / recipe_path.name
    return Card(
        name=recipe.name,
        file=file,
        sha256=hashlib.sha256((out / file).read_bytes()).hexdigest(),
        view_pixels=recipe.view_pixels,
        tasks={t: {} if t == "aesthetics" else {"threshold": 0.5} for t in tasks},
        licence=recipe.licence,
        sources=list(recipe.sources),
        recipe=str(path),
        command=f"photoloupe train {path} --data DATA --weights WEIGHTS --out RUN",
        metrics={},
        notes=list(recipe.notes),
        folder=out,
    )

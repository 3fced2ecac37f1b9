"""A multitask recipe, from data to a model with its card: fit, export, set thresholds, measure."""

from __future__ import annotations

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
from photoloupe.training.engine.first_card import first_card
from photoloupe.training.engine.fit import Data, fit
from photoloupe.training.engine.tables import Table, rating
from photoloupe.training.engine.teacher import TaughtPhoto, load_teacher
from photoloupe.training.multitask.batches import Batches
from photoloupe.training.multitask.net import make_net
from photoloupe.training.multitask.recipe import MultitaskRecipe
from photoloupe.training.multitask.tables import load_tables, trained_rows
from photoloupe.training.multitask.taught_batches import TaughtBatches


def run(
    recipe: MultitaskRecipe,
    *,
    path: Path,
    data: Path,
    out: Path,
    weights: Path | None,
    workers: int,
) -> str:
    """Leaves `<name>.onnx` and `<name>.json` in `out`; returns the card as text. See kinds.Run.

    Raises RecipeError if the tables lack what the recipe needs, ModelError for unfit weights.
    """
    tables = load_tables(recipe, data, path.parent)
    if "squish" in tables and not tables["squish"].tune:
        raise RecipeError("squish: no photo is left to set the threshold with")
    out.mkdir(parents=True, exist_ok=True)
    taught = _taught_photos(recipe, tables, data)
    net = fit(
        recipe,
        lambda: make_net(recipe, weights, len(taught[0].features) if taught else 0),
        partial(_data, recipe, tables, taught),
        out,
        workers,
    )
    round_to_half(net)
    export_onnx(net, out / f"{recipe.name}.onnx", [*net.answers, EMBEDDING])
    card = first_card(recipe, recipe.tasks, view_pixels=recipe.view_pixels, path=path, out=out)
    card = replace(card, embedding=net.trunk.middle_channels)
    if "squish" in tables:
        threshold = squish_threshold(card, tables["squish"].tune)
        card = replace(card, tasks={**card.tasks, "squish": {"threshold": threshold}})
    card = replace(card, metrics=measure(card, tables))
    save_card(card)
    return card.in_words()


def _taught_photos(
    recipe: MultitaskRecipe, tables: dict[str, Table], data: Path
) -> list[TaughtPhoto]:
    """The teacher on every photo that a task is trained on; none without a teacher."""
    if recipe.teacher is None:
        return []
    if "aesthetics" not in tables:
        raise RecipeError("teacher: it rates, so there must be a task aesthetics")
    path, rated = data / recipe.teacher.features, tables["aesthetics"].train
    return load_teacher(path, data, trained_rows(tables), rated)


def _data(
    recipe: MultitaskRecipe, tables: dict[str, Table], taught: list[TaughtPhoto], done: int
) -> Data:
    seed = recipe.fit.seed + done
    streams: dict[str, IterableDataset[Any]] = {
        name: Batches(name, task, tables[name].train, recipe.view_pixels, seed)
        for name, task in recipe.tasks.items()
    }
    if recipe.teacher:
        streams["teacher"] = TaughtBatches(taught, recipe.teacher, recipe.view_pixels, seed)
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

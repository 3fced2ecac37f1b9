"""Training data: tables of photos, and endless batches made from them.

A table is a CSV beside its photos: `file` (relative to the CSV), `split` and `source` (or a
column named in the recipe), and the labels of its task.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from photoloupe.errors import RecipeError
from photoloupe.labels import read_rating
from photoloupe.photo import open_photo
from photoloupe.tasks import aesthetics, squish
from photoloupe.training import augment
from photoloupe.training.recipe import TableRecipe, TaskRecipe, ViewsRecipe
from photoloupe.training.streams import Drawn
from photoloupe.views import GREY, Floats, Pixels, View, make_view

Row = dict[str, str]
Batch = tuple[Tensor, Tensor, Tensor, Tensor]  # canvas, valid_hw, target, weight


@dataclass(frozen=True)
class Table:
    """train: seen by training; tune: sets thresholds; test: never seen before evaluation."""

    train: list[Row]
    tune: list[Row]
    test: list[Row]


def load_tables(recipe: ViewsRecipe, data: Path, beside: Path) -> dict[str, Table]:
    """The tables of all tasks; one with `negatives` also gets that task's photos, labelled 0.

    beside: the recipe's folder, for reviewed labels.
    """
    tables = {name: load_table(task, data, beside) for name, task in recipe.tasks.items()}
    for name, task in recipe.tasks.items():
        if task.negatives:
            other = tables[task.negatives]
            tables[name].train.extend({**row, name: "0"} for row in other.train)
            tables[name].tune.extend({**row, name: "0"} for row in other.tune)
    return tables


def table_rows(task: TableRecipe, data: Path, beside: Path = Path()) -> list[Row]:
    """All rows of a CSV, with their source and group; `file` becomes a path that can be opened."""
    path = data / task.csv
    try:
        rows = read_rows(path)
        for labels in task.reviewed:
            rows = reviewed(rows, beside / labels)
        rows = [{**row, "file": str(path.parent / row["file"])} for row in rows]
        for row in rows:
            row["table"], row["source"] = task.csv, row[task.source_column]
            match = re.search(task.group_pattern, row[task.group_column])
            row["group"] = match.group() if match else row["file"]
    except (OSError, KeyError) as error:
        raise RecipeError(f"{path}: not a readable table of photos ({error!r})") from error
    absent = [row["file"] for row in rows if not Path(row["file"]).is_file()]
    if absent:
        raise RecipeError(f"{path}: no photo {absent[0]}")
    return rows


def load_table(task: TableRecipe, data: Path, beside: Path = Path()) -> Table:
    """The rows of a CSV by their use; see `table_rows`."""
    path, rows = data / task.csv, table_rows(task, data, beside)
    unknown = set(task.hold_out) - {row["source"] for row in rows}
    if unknown:
        raise RecipeError(f"{path}: no source {', '.join(sorted(unknown))}")
    table = Table([], [], [])
    for row in rows:
        split = row.get("split", "train")
        held = row["source"] in task.hold_out or split in task.hold_out_splits
        use = table.test if held else table.train if split == "train" else table.tune
        use.append(row)
    if not table.train or not table.test:
        raise RecipeError(f"{path}: no row is left to {'test' if table.train else 'train'} on")
    return table


def read_rows(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def reviewed(rows: list[Row], labels: Path) -> list[Row]:
    """The rows with what a person said of some of them; those with no label there are left out."""
    said = {row["file"]: {**row, "label_quality": "clean"} for row in read_rows(labels)}
    whole = [{**row, **said.get(row["file"], {})} for row in rows]
    return [row for row in whole if all(row[key] for key in said.get(row["file"], {}))]


def load_pixels(row: Row) -> Pixels:
    return open_photo(row["file"]).pixels


def on_one_canvas(views: list[View]) -> tuple[Tensor, Tensor]:
    """(B, H, W, 3) uint8, as large as the largest view, and valid_hw (B, 2) float32."""
    shape = tuple(max(view.canvas.shape[axis] for view in views) for axis in (0, 1))
    canvas = np.full((len(views), *shape, 3), GREY, np.uint8)
    for place, view in zip(canvas, views, strict=True):
        place[: view.canvas.shape[0], : view.canvas.shape[1]] = view.canvas
    valid_hw = torch.tensor([view.valid_hw for view in views], dtype=torch.float32)
    return torch.from_numpy(canvas), valid_hw


# --- one sample a task: (row, frame aspect, generator) -> picture and target ---------------------


def squish_sample(row: Row, aspect: float, rng: np.random.Generator) -> tuple[Pixels, Floats]:
    """The final frame has `aspect` whatever the squish, so its shape cannot give t away."""
    t = augment.draw_log_ratio(aspect, 0.2, rng)
    photo = augment.mirror(load_pixels(row), rng)
    photo = augment.crop_to_aspect(photo, aspect * float(np.exp(-t)), rng.uniform(0.6, 1), rng)
    return augment.republish(augment.squish(photo, t, rng), rng), squish.make_target(t)


def selfie_sample(row: Row, aspect: float, rng: np.random.Generator) -> tuple[Pixels, Floats]:
    """Both classes get the same shape, size, JPEG and colour treatment: the sources' own leak."""
    photo = augment.mirror(load_pixels(row), rng)
    photo = augment.crop_to_aspect(photo, aspect, rng.uniform(0.75, 1), rng)
    photo = augment.recolour(augment.republish(photo, rng), rng)
    return photo, np.array([float(row["selfie"])], np.float32)


def aesthetics_sample(row: Row, aspect: float, rng: np.random.Generator) -> tuple[Pixels, Floats]:
    """The whole picture, mirrored at most: any other change would change the answer."""
    mean, std = rating(row)
    return augment.mirror(load_pixels(row), rng), aesthetics.make_target(mean, std)


def rating(row: Row) -> tuple[float, float]:
    """(mean, standard deviation) of a row's rating, from 1 to 10; see labels.py.

    Raises RecipeError if a number is wrong, or the table does not say how far raters disagree.
    """
    try:
        found = read_rating(row)
    except ValueError as error:
        raise RecipeError(f"{row['file']}: {error}") from error
    if not found.std:
        raise RecipeError(f"{row['file']}: its rating has no standard deviation")
    return found.mean, found.std


SAMPLES: dict[str, Callable[[Row, float, np.random.Generator], tuple[Pixels, Floats]]] = {
    "squish": squish_sample,
    "selfie": selfie_sample,
    "aesthetics": aesthetics_sample,
}


def draw_weights(rows: list[Row]) -> Floats:
    """Odds of drawing each row: every label of every table equally often."""
    kinds = [(row["table"], row.get("selfie")) for row in rows]
    odds = np.array([1 / kinds.count(kind) for kind in kinds])
    return np.asarray(odds / odds.sum())


class Batches(Drawn[Batch]):
    """Endless batches of one task, every one of a single frame shape.

    The frame's aspect is drawn once a batch (log-uniform in 1 / most .. most), so no padding is
    wasted and shape says nothing about the target.
    """

    def __init__(self, name: str, task: TaskRecipe, rows: list[Row], view_pixels: int, seed: int):
        self.make, self.task, self.rows = SAMPLES[name], task, rows
        self.view_pixels, self.seed = view_pixels, seed
        self.odds = draw_weights(rows)

    def batch(self, rng: np.random.Generator) -> Batch:
        aspect = augment.log_uniform(1 / self.task.most_aspect, self.task.most_aspect, rng)
        chosen = [self.rows[i] for i in rng.choice(len(self.rows), self.task.batch, p=self.odds)]
        samples = [self.make(row, aspect, rng) for row in chosen]
        canvas, valid_hw = on_one_canvas(
            [make_view(picture, self.view_pixels) for picture, _ in samples]
        )
        weight = [0.35 if row.get("label_quality") == "noisy" else 1.0 for row in chosen]
        return (
            canvas,
            valid_hw,
            torch.from_numpy(np.stack([target for _, target in samples])),
            torch.tensor(weight),
        )

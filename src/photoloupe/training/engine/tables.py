"""Training data: tables of photos, and what is read of a row.

A table is a CSV in the folder of its photos: `file` (relative to the CSV), `split` and `source` (or
a column named in the recipe), and the labels of its task.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from photoloupe.arrays import Pixels
from photoloupe.errors import RecipeError
from photoloupe.media.photo import open_photo
from photoloupe.models.view import GREY, View
from photoloupe.training.engine.sections import TableSection
from photoloupe.uses.ratings import read_rating

Row = dict[str, str]


@dataclass(frozen=True)
class Table:
    """train: learned from; tune: sets thresholds; test: not used before evaluation."""

    train: list[Row]
    tune: list[Row]
    test: list[Row]


def table_rows(task: TableSection, data: Path, folder: Path = Path()) -> list[Row]:
    """All rows of a CSV, with their source and group; `file` becomes a path that can be opened.

    data: folder of the table; folder: the recipe's, for reviewed labels. Raises RecipeError for a
    table that cannot be read, or a photo that is absent.
    """
    path = data / task.csv
    try:
        rows = read_rows(path)
        for labels in task.reviewed:
            rows = reviewed(rows, folder / labels)
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


def load_table(task: TableSection, data: Path, folder: Path = Path()) -> Table:
    """The rows of a CSV by their use; see `table_rows`.

    Raises RecipeError, also for an unknown held-out source, or if no row is left to train or test
    on.
    """
    path, rows = data / task.csv, table_rows(task, data, folder)
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
    """The rows of a CSV with a header, as text by column. Raises OSError."""
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def reviewed(rows: list[Row], labels: Path) -> list[Row]:
    """The rows with the labels that a person gave some of them, in the CSV `labels`.

    Rows whose label is empty there are left out; rows that are not there stay as they are.
    """
    given = {row["file"]: {**row, "label_quality": "clean"} for row in read_rows(labels)}
    merged = [{**row, **given.get(row["file"], {})} for row in rows]
    return [row for row in merged if all(row[key] for key in given.get(row["file"], {}))]


def load_pixels(row: Row) -> Pixels:
    """The photo of a row, upright: (H, W, 3) uint8 RGB. Raises PhotoError."""
    return open_photo(row["file"]).pixels


def on_one_canvas(views: list[View]) -> tuple[Tensor, Tensor]:
    """(B, H, W, 3) uint8, as large as the largest view, and valid_hw (B, 2) float32."""
    shape = tuple(max(view.canvas.shape[axis] for view in views) for axis in (0, 1))
    canvas = np.full((len(views), *shape, 3), GREY, np.uint8)
    for place, view in zip(canvas, views, strict=True):
        place[: view.canvas.shape[0], : view.canvas.shape[1]] = view.canvas
    valid_hw = torch.tensor([view.valid_hw for view in views], dtype=torch.float32)
    return torch.from_numpy(canvas), valid_hw


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


def draw_rows(rows: list[Row], count: int, seed: int) -> list[Row]:
    """`count` of the rows in a random order, or all of them; more rows begin with the same ones."""
    return [rows[int(i)] for i in np.random.default_rng(seed).permutation(len(rows))[:count]]

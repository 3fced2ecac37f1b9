"""The tables of a multitask recipe: one a task, some lending photos to others."""

from __future__ import annotations

from pathlib import Path

from photoloupe.training.engine.tables import Row, Table, load_table
from photoloupe.training.multitask.recipe import MultitaskRecipe


def load_tables(recipe: MultitaskRecipe, data: Path, folder: Path) -> dict[str, Table]:
    """The tables of all tasks; one with `negatives` also gets that task's photos, labelled 0.

    data: the folder of the tables; folder: the recipe's, for reviewed labels. Raises RecipeError.
    """
    tables = {name: load_table(task, data, folder) for name, task in recipe.tasks.items()}
    own = {name: list(table.train) for name, table in tables.items()}
    for name, task in recipe.tasks.items():
        if task.negatives:
            tune = tables[task.negatives].tune
            tables[name].train.extend({**row, name: "0"} for row in own[task.negatives])
            tables[name].tune.extend({**row, name: "0"} for row in tune)
    return tables


def trained_rows(tables: dict[str, Table]) -> list[Row]:
    """Every photo that any task is trained on, once, in the tables' order."""
    return list({row["file"]: row for table in tables.values() for row in table.train}.values())

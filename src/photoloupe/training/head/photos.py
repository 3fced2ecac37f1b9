"""The photos of a head recipe, by the kinds that somebody who inspected them gave them."""

from __future__ import annotations

from pathlib import Path

from photoloupe.errors import RecipeError
from photoloupe.training.engine.tables import Row, table_rows
from photoloupe.training.head.recipe import HeadRecipe


def labelled_rows(recipe: HeadRecipe, path: Path, data: Path) -> list[Row]:
    """Rows of the tables that somebody inspected: those with a `kind`, from the reviewed lists.

    path: the recipe's. Raises RecipeError if they are not of both classes.
    """
    every = (row for table in recipe.photos for row in table_rows(table, data, path.parent))
    rows = [{**row, "family": row["source"].partition("_")[0]} for row in every if row.get("kind")]
    if len({row["selfie"] for row in rows}) < 2:
        raise RecipeError(f"{path}: the lists name no selfie and no other photo of these tables")
    return rows

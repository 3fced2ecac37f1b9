"""The photos of an encoder recipe by name, and which of their views are used for what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from photoloupe.errors import RecipeError
from photoloupe.training.encoder.copies import PLAIN
from photoloupe.training.encoder.features import ViewName
from photoloupe.training.encoder.recipe import EncoderRecipe, SelfieTable
from photoloupe.training.engine.sections import TableSection
from photoloupe.training.engine.tables import Row, read_rows, table_rows

ORDER, ORDER_TEST, SELFIE = "order", "order_test", "selfie"  # uses of a view


@dataclass(frozen=True)
class EncoderData:
    """photos: every row by its name; contest, contest_test, beauty: rated rows; held_themes: names
    of those rated for beauty that the recipe holds out; order, order_test: (photo, damaged copy);
    selfie: (row, copy) with `selfie`, `kind`, `family` and `group` in the row.
    """

    photos: dict[str, Row]
    contest: list[Row]
    contest_test: list[Row]
    beauty: list[Row]
    held_themes: frozenset[str]
    unrated: list[Row]
    order: list[ViewName]
    order_test: list[ViewName]
    selfie: list[tuple[Row, str]]

    def views(self) -> list[ViewName]:
        """Every view that is read, once."""
        rated = [(row["name"], PLAIN) for row in (*self.contest, *self.contest_test, *self.beauty)]
        damaged = [*self.order, *self.order_test]
        originals = [(name, PLAIN) for name, _ in damaged]
        labelled = [(row["name"], copy) for row, copy in self.selfie]
        return list(dict.fromkeys([*rated, *originals, *damaged, *labelled]))


def load_data(recipe: EncoderRecipe, path: Path, data: Path) -> EncoderData:
    """Everything a recipe names. path: the recipe's. Raises RecipeError."""
    contest, beauty = (_named_rows(table, data, path.parent)
                       for table in (recipe.contest, recipe.beauty))  # fmt: skip
    unrated = [row for table in recipe.photos for row in _named_rows(table, data, path.parent)]
    people = [
        row for table in recipe.selfie.tables for row in labelled_rows(table, data, path.parent)
    ]
    doubtful = {"", *recipe.selfie.doubtful}
    labelled = {row["name"]: row for row in people if row["kind"] not in doubtful}
    photos = {row["name"]: row for row in (*unrated, *people, *contest, *beauty)}
    uses = _uses(path.parent / recipe.views, photos)
    held = set(recipe.contest.hold_out_splits)
    held_beauty = set(recipe.beauty.hold_out_splits)
    return EncoderData(
        photos,
        [row for row in contest if row["split"] not in held],
        [row for row in contest if row["split"] in held],
        beauty,
        frozenset(row["name"] for row in beauty if row["split"] in held_beauty),
        unrated,
        uses[ORDER],
        uses[ORDER_TEST],
        [(labelled[name], copy) for name, copy in uses[SELFIE] if name in labelled],
    )


def labelled_rows(table: SelfieTable, data: Path, folder: Path) -> list[Row]:
    """Rows with their label, kind, family and group; kind: the source, unless a list names one, and
    empty where the row is not to be used.
    """
    reviewed = {row["file"] for name in table.reviewed for row in read_rows(folder / name)}
    found = []
    for row in _named_rows(table, data, folder):
        left_out = row["source"] in table.only_reviewed and row["relative"] not in reviewed
        label = "" if left_out else row.get("selfie") or table.label
        own = row["source"] in table.apart
        family = row["source"] if own else table.family or row["source"].partition("_")[0]
        kind = (row.get("kind") or row["source"]) if label else ""
        found.append(row | {"selfie": label, "family": family, "kind": kind})
    return found


def _named_rows(table: TableSection, data: Path, folder: Path) -> list[Row]:
    """Rows with a `name`, which is their `file` where the table has no such column."""
    root = (data / table.csv).parent
    rows = table_rows(table, data, folder)
    for row in rows:
        row["relative"] = Path(row["file"]).relative_to(root).as_posix()
        row["name"] = row.get("name") or row["relative"]
    return rows


def _uses(path: Path, photos: dict[str, Row]) -> dict[str, list[ViewName]]:
    """The views of a CSV with the columns use, name and copy, by use."""
    uses: dict[str, list[ViewName]] = {ORDER: [], ORDER_TEST: [], SELFIE: []}
    try:
        for row in read_rows(path):
            uses[row["use"]].append((row["name"], row["copy"]))
    except (OSError, KeyError) as error:
        raise RecipeError(f"{path}: not a readable table of views ({error!r})") from error
    absent = [name for views in uses.values() for name, _ in views if name not in photos]
    if absent:
        raise RecipeError(f"{path}: no table has a photo {absent[0]}")
    return uses

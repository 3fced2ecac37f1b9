"""What is held in memory of every photo of a catalogue: enough to filter, sort and find it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from photoloupe.catalog.schema import DECISIONS
from photoloupe.catalog.sql import PRESENT
from photoloupe.catalog.store import Catalog
from photoloupe.web.errors import Refusal

Masks = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ID_DIGITS = 16  # of 64: among 2 million photos two meet once in ten million catalogues
COLUMNS = (
    "path", "sha256", "aesthetics.score", "selfie.probability", "selfie.is_selfie",
    "squish.squished", "squish.unsure", "error.code", "rating", "decision", "added_at",
)  # fmt: skip
DERIVED = ("ids", "number", "by_path", "key", "_orders")  # what no decision changes
SORTS = ("path", "score", "selfie", "added")
FILTERS: dict[str, Callable[[Index], Masks]] = {
    "all": lambda index: np.ones(len(index), bool),
    "selfies": lambda index: index.flags["selfie.is_selfie"],
    "squished": lambda index: index.flags["squish.squished"],
    "unsure": lambda index: index.flags["squish.unsure"],
    "unrated": lambda index: (index.ratings < 0) & ~index.flags["error.code"],
    "errors": lambda index: index.flags["error.code"],
    "keep": lambda index: index.decisions == DECISIONS.index("keep"),
    "reject": lambda index: index.decisions == DECISIONS.index("reject"),
}


def id_of(path: str) -> str:
    """What the service calls a photo; path: of its row."""
    return hashlib.sha256(path.encode()).hexdigest()[:ID_DIGITS]


@dataclass(frozen=True)
class Index:
    """Photos that are there, by number, at one version of the catalogue.

    paths: of rows; contents: sha256; scores: NaN if there is none; ratings: -1 if there is none;
    decisions: number in DECISIONS, -1 if there is none.
    """

    version: int
    paths: list[str]
    contents: list[str | None]
    scores: Reals
    selfies: Reals
    added: Ints
    flags: dict[str, Masks]
    ratings: Ints
    decisions: Ints

    def __len__(self) -> int:
        return len(self.paths)

    @cached_property
    def ids(self) -> list[str]:
        return [id_of(path) for path in self.paths]

    @cached_property
    def number(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.ids)}

    def find(self, name: str) -> int:
        """A photo's number. Raises Refusal `not_found`."""
        number = self.number.get(name)
        if number is None:
            raise Refusal(404, "not_found", f"no photo has the id {name[:40]}")
        return number

    @cached_property
    def by_path(self) -> dict[str, int]:
        return {path: number for number, path in enumerate(self.paths)}

    @cached_property
    def key(self) -> int:
        """Another number when other photos are there; decisions do not change it."""
        return hash(tuple(zip(self.paths, self.contents, strict=True)))

    def order(self, sort: str, *, descending: bool) -> Ints:
        """Numbers of all photos in order, those without the value last; ties by path."""
        orders: dict[tuple[str, bool], Ints] = self.__dict__.setdefault("_orders", {})
        if (sort, descending) not in orders:
            orders[sort, descending] = self._order(sort, descending)
        return orders[sort, descending]

    def _order(self, sort: str, descending: bool) -> Ints:
        by_path: Ints = np.array(sorted(range(len(self)), key=self.paths.__getitem__), np.int64)
        if sort == "path":
            return by_path[::-1] if descending else by_path
        values = {"score": self.scores, "selfie": self.selfies, "added": self.added}[sort]
        keys = values[by_path].astype(float)
        return by_path[np.argsort(-keys if descending else keys, kind="stable")]  # NaN is last

    def with_word(
        self, version: int, sha256: str, rating: int | None, decision: str | None
    ) -> Index:
        """After a person's word on a content."""
        same = np.array([content == sha256 for content in self.contents], bool)
        index = replace(
            self,
            version=version,
            ratings=np.where(same, rating_number(rating), self.ratings),
            decisions=np.where(same, decision_number(decision), self.decisions),
        )
        worked_out = {name: value for name, value in vars(self).items() if name in DERIVED}
        index.__dict__.update(worked_out)
        return index


def load_index(catalog: Catalog, under: tuple[str, ...]) -> Index:
    """under: only photos whose path begins with any of these. Raises CatalogError."""
    version = catalog.version  # before the rows: a change in between is seen at the next look
    rows = [row for row in _rows(catalog) if row[0].startswith(under)]
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    named = dict(zip(COLUMNS, columns, strict=True))
    return Index(
        version,
        list(named["path"]),
        list(named["sha256"]),
        _reals(named["aesthetics.score"]),
        _reals(named["selfie.probability"]),
        np.array([int(at.timestamp() * 1e6) for at in named["added_at"]], np.int64),
        {
            "selfie.is_selfie": np.array([bool(x) for x in named["selfie.is_selfie"]], bool),
            "squish.squished": np.array([bool(x) for x in named["squish.squished"]], bool),
            "squish.unsure": np.array([bool(x) for x in named["squish.unsure"]], bool),
            "error.code": np.array([x is not None for x in named["error.code"]], bool),
        },
        np.array([rating_number(x) for x in named["rating"]], np.int64),
        np.array([decision_number(x) for x in named["decision"]], np.int64),
    )


def _rows(catalog: Catalog) -> Iterator[tuple[Any, ...]]:
    for batch in catalog.read(PRESENT, COLUMNS):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _reals(values: Any) -> Reals:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def rating_number(rating: int | None) -> int:
    return -1 if rating is None else rating


def decision_number(decision: str | None) -> int:
    return -1 if decision is None else DECISIONS.index(decision)

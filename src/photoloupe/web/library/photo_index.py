"""An in-memory index of the photos of a catalog: enough to filter, sort and find them."""

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
from photoloupe.media.exposure import clock_seconds
from photoloupe.web.errors import RequestError

Masks = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ID_DIGITS = 16  # of 64: among 2 million photos, two have one id once in ten million catalogs
COLUMNS = (
    "path", "sha256", "aesthetics.score", "selfie.probability", "selfie.is_selfie",
    "squish.squished", "squish.unsure", "error.code", "rating", "decision", "added_at",
    "taken",
)  # fmt: skip
DERIVED = ("ids", "number", "by_path", "key", "_orders")  # decisions do not change these
FILTERS: dict[str, Callable[[PhotoIndex], Masks]] = {
    "all": lambda index: np.ones(len(index), bool),
    "selfies": lambda index: index.flags["selfie.is_selfie"],
    "squished": lambda index: index.flags["squish.squished"],
    "unsure": lambda index: index.flags["squish.unsure"],
    "unrated": lambda index: (index.ratings < 0) & ~index.flags["error.code"],
    "errors": lambda index: index.flags["error.code"],
    "keep": lambda index: index.decisions == DECISIONS.index("keep"),
    "reject": lambda index: index.decisions == DECISIONS.index("reject"),
}


def photo_id(path: str) -> str:
    """The id of a photo: the first 16 hex digits of its row path's SHA-256."""
    return hashlib.sha256(path.encode()).hexdigest()[:ID_DIGITS]


@dataclass(frozen=True)
class PhotoIndex:
    """The existing photos at one version of the catalog; every array is (photos,).

    paths: of rows; contents: SHA-256 or None; scores: 1 to 10, NaN if there is none; selfies:
    probability, NaN if there is none; added: microseconds since 1970; flags: masks by column;
    ratings: 0 to 5, -1 if there is none; decisions: index in DECISIONS, -1 if there is none;
    taken: seconds of the camera's clock, NaN if there is none.
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
    taken: Reals

    def __len__(self) -> int:
        return len(self.paths)

    @cached_property
    def ids(self) -> list[str]:
        """The photos' ids, in the order of `paths`."""
        return [photo_id(path) for path in self.paths]

    @cached_property
    def number(self) -> dict[str, int]:
        """Id -> index in the arrays."""
        return {name: number for number, name in enumerate(self.ids)}

    def find(self, name: str) -> int:
        """The index of the photo with this id. Raises RequestError `not_found`."""
        number = self.number.get(name)
        if number is None:
            raise RequestError(404, "not_found", f"no photo has the id {name[:40]}")
        return number

    @cached_property
    def by_path(self) -> dict[str, int]:
        """Row path -> index in the arrays."""
        return {path: number for number, path in enumerate(self.paths)}

    @cached_property
    def key(self) -> int:
        """A hash of paths and contents: it changes with the photos, not with decisions."""
        return hash(tuple(zip(self.paths, self.contents, strict=True)))

    def order(self, sort: str, *, descending: bool) -> Ints:
        """(N,) indices of all photos in order, those without a value last; ties by path.

        sort: path, score, selfie, added or taken.
        """
        orders: dict[tuple[str, bool], Ints] = self.__dict__.setdefault("_orders", {})
        if (sort, descending) not in orders:
            orders[sort, descending] = self._order(sort, descending)
        return orders[sort, descending]

    def _order(self, sort: str, descending: bool) -> Ints:
        by_path: Ints = np.array(sorted(range(len(self)), key=self.paths.__getitem__), np.int64)
        if sort == "path":
            return by_path[::-1] if descending else by_path
        values = {
            "score": self.scores, "selfie": self.selfies, "added": self.added, "taken": self.taken,
        }[sort]  # fmt: skip
        keys = values[by_path].astype(float)
        return by_path[np.argsort(-keys if descending else keys, kind="stable")]  # NaN is last

    def with_decision(
        self, version: int, sha256: str, rating: int | None, decision: str | None
    ) -> PhotoIndex:
        """The index at the next version, after a decision on all photos with this content."""
        same = np.array([content == sha256 for content in self.contents], bool)
        index = replace(
            self,
            version=version,
            ratings=np.where(same, _rating_number(rating), self.ratings),
            decisions=np.where(same, _decision_number(decision), self.decisions),
        )
        cached = {name: value for name, value in vars(self).items() if name in DERIVED}
        index.__dict__.update(cached)
        return index


def load_index(catalog: Catalog, prefixes: tuple[str, ...]) -> PhotoIndex:
    """Index the photos whose row path begins with any of these prefixes. Raises CatalogError."""
    version = catalog.version  # read first: a change in between is noticed at the next check
    rows = [row for row in _rows(catalog) if row[0].startswith(prefixes)]
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    named = dict(zip(COLUMNS, columns, strict=True))
    return PhotoIndex(
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
        np.array([_rating_number(x) for x in named["rating"]], np.int64),
        np.array([_decision_number(x) for x in named["decision"]], np.int64),
        np.array([clock_seconds(x) for x in named["taken"]], np.float64),
    )


def _rows(catalog: Catalog) -> Iterator[tuple[Any, ...]]:
    for batch in catalog.read(PRESENT, COLUMNS):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _reals(values: Any) -> Reals:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _rating_number(rating: int | None) -> int:
    return -1 if rating is None else rating


def _decision_number(decision: str | None) -> int:
    return -1 if decision is None else DECISIONS.index(decision)

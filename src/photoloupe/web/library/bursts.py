"""Bursts among the photos of a catalogue: which look alike, and which of them is best."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from photoloupe.arrays import Float32
from photoloupe.catalog.ask.similar import embedding_card
from photoloupe.catalog.sql import PRESENT, quote
from photoloupe.catalog.store import Catalog
from photoloupe.uses.ranking import group_alike
from photoloupe.web.library.index import Index

MOST = 50_000  # photos: all pairs are compared, 25 s of a core for so many


@dataclass(frozen=True)
class Bursts:
    """key: of the index that they were found for; of: path -> the burst's name; best: paths.

    A burst's name is the id of its first photo.
    """

    key: int
    of: dict[str, str] = field(default_factory=dict)
    best: frozenset[str] = frozenset()


def find_bursts(catalog: Catalog, index: Index) -> Bursts:
    """By likeness alone: a catalogue does not hold the time that a photo was taken."""
    vectors = _embeddings(catalog, index) if len(index) <= MOST else {}
    numbers = sorted(vectors, key=index.paths.__getitem__)
    names = group_alike([vectors[n] for n in numbers], [np.nan] * len(numbers))
    members: dict[int, list[int]] = {}
    for number, name in zip(numbers, names, strict=True):
        if name is not None:
            members.setdefault(name, []).append(number)
    scores = np.nan_to_num(index.scores)
    return Bursts(
        index.key,
        {index.paths[n]: index.ids[burst[0]] for burst in members.values() for n in burst},
        frozenset(index.paths[max(b, key=lambda n: scores[n])] for b in members.values()),
    )


def _embeddings(catalog: Catalog, index: Index) -> dict[int, Float32]:
    """By number. Those of different models have nothing to say to each other."""
    where = f"{PRESENT} AND model.embedding = {quote(embedding_card().version)}"
    found = dict[int, Float32]()
    for batch in catalog.read(where, ["path", "embedding"]):
        vectors = batch["embedding"]
        width = vectors.type.list_size
        flat = np.asarray(vectors.flatten(), np.float32).reshape(-1, width)
        there = [path for path, v in zip(batch["path"].to_pylist(), vectors, strict=True)
                 if v.is_valid]  # fmt: skip
        for path, vector in zip(there, flat, strict=True):
            if path in index.by_path:
                found[index.by_path[path]] = vector
    return found

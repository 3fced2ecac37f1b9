"""Bursts among the photos of a served catalog: which look alike, and which of them is best."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from photoloupe.arrays import Float32
from photoloupe.catalog.ask.similar import embedding_card
from photoloupe.catalog.sql import PRESENT, quote
from photoloupe.catalog.store import Catalog
from photoloupe.media.exposure import clock_seconds
from photoloupe.uses.ranking import group_alike
from photoloupe.web.library.photo_index import PhotoIndex

Shot = tuple[Float32, float, str | None]  # embedding, seconds or NaN, the camera's sequence id
MAX_PHOTOS = 50_000  # all pairs are compared: 25 s of a core for so many


@dataclass(frozen=True)
class LibraryBursts:
    """Bursts of one index. key: of the index; names: path -> burst; best: paths, one a burst.

    A burst's name is the id of its first photo.
    """

    key: int
    names: dict[str, str] = field(default_factory=dict)
    best: frozenset[str] = frozenset()


def find_library_bursts(catalog: Catalog, index: PhotoIndex) -> LibraryBursts:
    """Bursts by similarity and by when the photos were taken, as in `rank`."""
    shots = _shots(catalog, index) if len(index) <= MAX_PHOTOS else {}
    numbers = sorted(shots, key=index.paths.__getitem__)
    found = [shots[n] for n in numbers]
    vectors, times, sequences = zip(*found, strict=True) if found else ((), (), ())
    groups = group_alike(vectors, times, embedding_card(), sequences)
    members: dict[int, list[int]] = {}
    for number, group in zip(numbers, groups, strict=True):
        if group is not None:
            members.setdefault(group, []).append(number)
    scores = np.nan_to_num(index.scores)
    return LibraryBursts(
        index.key,
        {index.paths[n]: index.ids[burst[0]] for burst in members.values() for n in burst},
        frozenset(index.paths[max(b, key=lambda n: scores[n])] for b in members.values()),
    )


def _shots(catalog: Catalog, index: PhotoIndex) -> dict[int, Shot]:
    """Number -> embedding, float32 (dimensions,), of the current model only; seconds; sequence."""
    where = f"{PRESENT} AND model.embedding = {quote(embedding_card().version)}"
    found = dict[int, Shot]()
    for batch in catalog.read(where, ["path", "taken", "sequence", "embedding"]):
        vectors = batch["embedding"]
        width = vectors.type.list_size
        flat = np.asarray(vectors.flatten(), np.float32).reshape(-1, width)
        paths, taken, sequences = (
            batch[name].to_pylist() for name in ("path", "taken", "sequence")
        )
        there = [n for n, vector in enumerate(vectors) if vector.is_valid]
        for n, vector in zip(there, flat, strict=True):
            if paths[n] in index.by_path:
                found[index.by_path[paths[n]]] = vector, clock_seconds(taken[n]), sequences[n]
    return found

"""Photos of a library that look like one of them, or like an upload."""

from __future__ import annotations

from typing import Any

import numpy as np

from photoloupe.catalog.ask.similar import embedding_card, nearest_photos
from photoloupe.catalog.schema import path_to_text
from photoloupe.inspector import Inspection
from photoloupe.web.errors import Refusal
from photoloupe.web.library.index import id_of
from photoloupe.web.library.library import Library

Photos = list[dict[str, Any]]  # with `likeness`, 0 to 1, the nearest first


def like_photo(library: Library, name: str, count: int) -> Photos:
    """Without the photo itself. Raises Refusal."""
    path, card = library.path(name), embedding_card()
    (row,) = library.catalog.rows_with("path", [path], ["embedding", "model"])
    if row["embedding"] is None or row["model"]["embedding"] != card.version:
        raise Refusal(409, "no_embedding", "not looked at by this model; scan again")
    vector = np.asarray(row["embedding"], np.float32)
    found = _like(library, vector, count + 1)
    return [photo for photo in found if photo["id"] != name][:count]


def like_answer(library: Library, answer: Inspection, count: int) -> Photos:
    """Raises Refusal; PhotoError if the photo could not be read."""
    if answer.report.error is not None:
        raise answer.report.error
    if answer.embedding is None:
        raise Refusal(409, "no_embedding", "no installed model gives an embedding")
    return _like(library, answer.embedding, count)


def _like(library: Library, vector: Any, count: int) -> Photos:
    found = nearest_photos(library.catalog, vector, embedding_card(), count)
    likeness = {id_of(path_to_text(near.path)): near.similarity for near in found}
    return [
        {**photo, "likeness": round(min(1.0, max(0.0, likeness[photo["id"]])), 4)}
        for photo in library.photos(list(likeness))
    ]

"""Photos of the library that are similar to one of them, or to an upload."""

from __future__ import annotations

from typing import Any

import numpy as np

from photoloupe.catalog.ask.similar import embedding_card, nearest_photos
from photoloupe.catalog.schema import path_to_text
from photoloupe.errors import PhotoError
from photoloupe.inspector import Inspection
from photoloupe.web.errors import RequestError
from photoloupe.web.library.photo_index import photo_id
from photoloupe.web.library.served_photos import ServedPhotos

SimilarPhotos = list[dict[str, Any]]  # with `likeness`, 0 to 1, the most similar first


def similar_to_photo(photos: ServedPhotos, name: str, count: int) -> SimilarPhotos:
    """At most `count` photos similar to the one with this id, without itself.

    Raises RequestError `not_found`, `no_photograph`, or `no_embedding` if the current model did
    not scan it.
    """
    path, card = photos.path_of(name), embedding_card()
    (row,) = photos.catalog.rows_with("path", [path], ["embedding", "model", "note"])
    if row["note"] is not None:
        raise RequestError(422, "no_photograph", f"nothing is similar to it: {row['note']}")
    if row["embedding"] is None or row["model"]["embedding"] != card.version:
        raise RequestError(409, "no_embedding", "scanned without the current model; scan it again")
    vector = np.asarray(row["embedding"], np.float32)
    found = _similar_to_vector(photos, vector, count + 1)
    return [photo for photo in found if photo["id"] != name][:count]


def similar_to_answer(photos: ServedPhotos, answer: Inspection, count: int) -> SimilarPhotos:
    """At most `count` photos similar to an inspected upload.

    Raises RequestError `no_embedding`; PhotoError if the upload could not be read or judged.
    """
    if answer.report.error is not None:
        raise answer.report.error
    if answer.report.note is not None:
        raise PhotoError("no_photograph", answer.report.path, answer.report.note)
    if answer.embedding is None:
        raise RequestError(409, "no_embedding", "no installed model gives an embedding")
    return _similar_to_vector(photos, answer.embedding, count)


def _similar_to_vector(photos: ServedPhotos, vector: Any, count: int) -> SimilarPhotos:
    found = nearest_photos(photos.catalog, vector, embedding_card(), count)
    likeness = {photo_id(path_to_text(near.path)): near.similarity for near in found}
    return [
        {**photo, "likeness": round(min(1.0, max(0.0, likeness[photo["id"]])), 4)}
        for photo in photos.by_ids(list(likeness))
    ]

"""Rows of pictures that look alike: the nearest embeddings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photoloupe.arrays import Float32
from photoloupe.catalog.location import row_path
from photoloupe.catalog.rows import to_float16
from photoloupe.catalog.schema import text_to_path
from photoloupe.catalog.sql import PRESENT, quote
from photoloupe.catalog.store import Catalog
from photoloupe.errors import ModelError, PhotoError
from photoloupe.inspector import Inspector
from photoloupe.media.photo import Content, read_content
from photoloupe.models.card import Card, card_with_embedding
from photoloupe.models.installed import installed_cards


@dataclass(frozen=True)
class SimilarPhoto:
    """similarity: cosine of the embeddings, in [-1, 1]; same_bytes: the very same file content."""

    path: str
    similarity: float
    same_bytes: bool


def find_similar(catalog: Catalog, photo: str, count: int = 10) -> list[SimilarPhoto]:
    """The photos of a catalog that look most like this one, which need not be in it.

    Raises PhotoError, CatalogError, ModelError.
    """
    content, card = read_content(photo), embedding_card()
    embedding = _embedding(catalog, content, card)
    found = nearest_photos(catalog, embedding, card, count + 1, content.sha256)
    path = text_to_path(row_path(photo))
    return [other for other in found if other.path != path][:count]


def nearest_photos(
    catalog: Catalog, embedding: Float32, card: Card, count: int, sha256: str | None = None
) -> list[SimilarPhoto]:
    """The photos of a catalog that are nearest to an embedding, nearest first.

    embedding: (card.embedding,); sha256: of the content that it is of. Raises CatalogError.
    """
    # Embeddings of different models have nothing to say to each other.
    where = f"{PRESENT} AND model.embedding = {quote(card.version)}"
    return [
        SimilarPhoto(text_to_path(row["path"]), 1 - row["_distance"], row["sha256"] == sha256)
        for row in catalog.nearest(to_float16(embedding), count, where)
    ]


def embedding_card() -> Card:
    """The installed model that pictures are compared by. Raises ModelError."""
    card = card_with_embedding(installed_cards())
    if card is None:
        raise ModelError("no installed model gives an embedding")
    return card


def _embedding(catalog: Catalog, content: Content, card: Card) -> Float32:
    for row in catalog.rows_with("sha256", [content.sha256], ["embedding", "model"]):
        current = row["model"] and row["model"]["embedding"] == card.version
        if current and row["embedding"] is not None:
            return np.asarray(row["embedding"], np.float32)
    inspector = Inspector([card])
    look = inspector.decode_photo(content)
    if isinstance(look, PhotoError):
        raise look
    (answer,) = inspector.answer([look])
    if answer.embedding is None:
        raise PhotoError("no_photograph", content.name, answer.report.note or "no embedding")
    return answer.embedding

"""Pairs -> crops, by actors that read the two photos, wherever they lie."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from photoloupe.cluster.storage import is_stored, read_stored
from photoloupe.crop_search.confirm import PICTURES_KEPT
from photoloupe.crop_search.search import Found, PhotoPair, confirm_photo_pair
from photoloupe.crops.picture import Picture, make_picture


class ConfirmActor:
    """Called with pairs and the place of each among all -> the same places, and what was found."""

    def __init__(self) -> None:
        import cv2

        cv2.setNumThreads(1)  # an actor is given one core

    def __call__(self, pairs: Sequence[tuple[int, PhotoPair]]) -> list[tuple[int, Found | None]]:
        return [(place, confirm_photo_pair(pair, load)) for place, pair in pairs]


@lru_cache(PICTURES_KEPT)
def load(path: str, sha256: str) -> Picture:
    """As `confirm.load_picture`, from storage too."""
    return make_picture(read_stored(path) if is_stored(path) else path)

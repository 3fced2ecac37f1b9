"""photoloupe looks closely at photographs: how good, a selfie, squished, cropped from that one?

    >>> import photoloupe
    >>> photoloupe.inspect(["photo.jpg"])[0].aesthetics.score       # doctest: +SKIP
    >>> photoloupe.compare("maybe_crop.jpg", "photo.jpg")           # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable

from photoloupe.boxes import Box
from photoloupe.crops import compare
from photoloupe.errors import ModelError, PhotoError, PhotoloupeError, RecipeError
from photoloupe.inspector import Inspector
from photoloupe.photo import Limits, Photo, Source, open_photo
from photoloupe.results import Aesthetics, Crop, PhotoReport, Selfie, Squish

__version__ = "0.1.0"
__all__ = [
    "Aesthetics", "Box", "Crop", "Inspector", "Limits", "ModelError", "Photo", "PhotoError",
    "PhotoReport", "PhotoloupeError", "RecipeError", "Selfie", "Squish", "compare", "inspect",
    "open_photo",
]  # fmt: skip


def inspect(photos: Iterable[Source | Photo]) -> list[PhotoReport]:
    """Reports for a few photos, with the shipped models; keep an `Inspector` for many calls."""
    return Inspector().inspect(photos)

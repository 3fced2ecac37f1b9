"""photoloupe looks closely at photographs: how good, a selfie, squished, cropped from that one?

report = photoloupe.inspect(["photo.jpg"])[0]; report.aesthetics.score
photoloupe.compare("maybe_crop.jpg", "photo.jpg")
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from photoloupe.version import __version__ as __version__

if TYPE_CHECKING:
    from photoloupe.boxes import Box
    from photoloupe.crops import Crop, compare
    from photoloupe.errors import (
        CatalogError,
        ExpressionError,
        LabelError,
        ModelError,
        PhotoError,
        PhotoloupeError,
        RecipeError,
    )
    from photoloupe.inspector import Inspector
    from photoloupe.media.photo import Limits, Photo, Source, open_photo
    from photoloupe.questions.aesthetics import Aesthetics
    from photoloupe.questions.selfie import Selfie
    from photoloupe.questions.squish import Squish
    from photoloupe.report import PhotoReport
    from photoloupe.uses.one_photo import aesthetics, selfie, squish
    from photoloupe.uses.ranking import rank
    from photoloupe.uses.repair import repair

# Public name -> the module that holds it, imported on first use: `photoloupe --help` needs neither
# OpenCV nor ONNX Runtime.
_MODULES = {
    "Aesthetics": "questions.aesthetics",
    "Box": "boxes",
    "CatalogError": "errors",
    "Crop": "crops",
    "ExpressionError": "errors",
    "Inspector": "inspector",
    "LabelError": "errors",
    "Limits": "media.photo",
    "ModelError": "errors",
    "Photo": "media.photo",
    "PhotoError": "errors",
    "PhotoReport": "report",
    "PhotoloupeError": "errors",
    "RecipeError": "errors",
    "Selfie": "questions.selfie",
    "Squish": "questions.squish",
    "aesthetics": "uses.one_photo",
    "compare": "crops",
    "open_photo": "media.photo",
    "rank": "uses.ranking",
    "repair": "uses.repair",
    "selfie": "uses.one_photo",
    "squish": "uses.one_photo",
}

__all__ = [
    "Aesthetics", "Box", "CatalogError", "Crop", "ExpressionError", "Inspector", "LabelError",
    "Limits", "ModelError", "Photo", "PhotoError", "PhotoReport", "PhotoloupeError", "RecipeError",
    "Selfie", "Squish", "aesthetics", "compare", "inspect", "open_photo", "rank", "repair",
    "selfie", "squish",
]  # fmt: skip


def inspect(photos: Iterable[Source | Photo]) -> list[PhotoReport]:
    """Reports for a few photos, with the installed models; keep an `Inspector` for many calls."""
    from photoloupe.inspector import Inspector

    return Inspector().inspect(photos)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"photoloupe.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'photoloupe' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

"""photoloupe inspects photographs: aesthetic score, selfies, squished photos, crops of others.

report = photoloupe.inspect("photo.jpg")[0]; report.aesthetics.score
photoloupe.compare("maybe_crop.jpg", "photo.jpg")
"""

from __future__ import annotations

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
    from photoloupe.media.inputs import Inputs
    from photoloupe.media.photo import Limits, Photo, open_photo
    from photoloupe.questions.aesthetics import Aesthetics
    from photoloupe.questions.selfie import Selfie
    from photoloupe.questions.squish import Squish
    from photoloupe.report import PhotoReport, Reports
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
    "Reports": "report",
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
    "Reports", "Selfie", "Squish", "aesthetics", "compare", "inspect", "open_photo", "rank",
    "repair", "selfie", "squish",
]  # fmt: skip


def inspect(photos: Inputs, *, image_key: str | None = None) -> Reports:
    """Reports for a few photos, with the installed models; keep an `Inspector` for many calls.

    photos: a path, folder, glob, bytes, binary file, Pillow image, uint8 array (H, W, 3) or (H, W),
    a row with one of these, a table of rows (datasets, pandas, polars, pyarrow), or an iterable of
    all that; image_key: the column of rows that holds the picture. What cannot be read is a report
    with `error`.
    """
    from photoloupe.inspector import Inspector

    return Inspector().inspect(photos, image_key=image_key)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"photoloupe.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'photoloupe' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

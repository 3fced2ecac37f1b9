"""photoloupe looks closely at photographs: how good, a selfie, squished, cropped from that one?

report = photoloupe.inspect(["photo.jpg"])[0]; report.aesthetics.score
photoloupe.compare("maybe_crop.jpg", "photo.jpg")
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from photoloupe.boxes import Box
    from photoloupe.crops import Crop, compare
    from photoloupe.errors import ModelError, PhotoError, PhotoloupeError, RecipeError
    from photoloupe.inspector import Inspector
    from photoloupe.photo import Limits, Photo, Source, open_photo
    from photoloupe.ranking import rank
    from photoloupe.results import Aesthetics, PhotoReport, Selfie, Squish
    from photoloupe.selfies import selfie
    from photoloupe.unsquish import repair, squish

__version__ = "0.1.0"
__all__ = [
    "Aesthetics", "Box", "Crop", "Inspector", "Limits", "ModelError", "Photo", "PhotoError",
    "PhotoReport", "PhotoloupeError", "RecipeError", "Selfie", "Squish", "compare", "inspect",
    "open_photo", "rank", "repair", "selfie", "squish",
]  # fmt: skip

# Where public names live; `unsquish` and `selfies` before `inspector`, in which `squish` and
# `selfie` are the tasks.
ROOMS = (
    "errors", "results", "boxes", "photo", "crops", "unsquish", "selfies", "ranking", "inspector",
)  # fmt: skip


def inspect(photos: Iterable[Source | Photo]) -> list[PhotoReport]:
    """Reports for a few photos, with the installed models; keep an `Inspector` for many calls."""
    from photoloupe.inspector import Inspector

    return Inspector().inspect(photos)


def __getattr__(name: str) -> Any:
    """Public names on first use: `photoloupe --help` needs neither OpenCV nor ONNX Runtime."""
    if name in __all__:
        for room in ROOMS:
            module = import_module(f"photoloupe.{room}")
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module 'photoloupe' has no attribute {name!r}")

"""What the search finds between two photos of a collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from photoloupe.boxes import Box
from photoloupe.results import Crop


@dataclass(frozen=True)
class Relation:
    """kind: `same_file` (equal bytes), `same_picture` (rescaled, recompressed), or `crop`."""

    kind: str
    crop: Crop

    def to_dict(self) -> dict[str, Any]:
        return {"relation": self.kind, **self.crop.to_dict()}


def relate(crop: Crop) -> Relation:
    """Name what two different files have in common."""
    return Relation("same_picture" if crop.whole_frame else "crop", crop)


def same_file(copy: str, first: str, full_wh: tuple[int, int]) -> Relation:
    """Two files of equal bytes."""
    whole = Box(0, 0, *map(float, full_wh))
    return Relation("same_file", Crop(copy, first, whole, 1.0, 1.0, whole_frame=True))

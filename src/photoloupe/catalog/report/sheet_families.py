"""Crop families for a contact sheet: numbers of photos, and boxes as shares of their source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from photoloupe.catalog.ask.families import Family, find_families
from photoloupe.catalog.schema import path_to_text
from photoloupe.catalog.store import Catalog
from photoloupe.crops.crop import Crop


@dataclass(frozen=True)
class SheetFamilies:
    """state: a key of families.STATES; groups: the families as plain values, ready for JSON."""

    state: str
    groups: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class ShownPhoto:
    """A photo of the sheet. number: its position, from 0; size_wh: of its file, upright."""

    number: int
    size_wh: tuple[int, int]


def sheet_families(
    catalog: Catalog, shown: dict[str, ShownPhoto], jobs: int | None = None
) -> SheetFamilies:
    """Families among the shown photos; shown: by path as in a row. Raises CatalogError."""
    found = find_families(catalog, shown, jobs)
    return SheetFamilies(found.state, tuple(_plain(family, shown) for family in found.families))


def _plain(family: Family, shown: dict[str, ShownPhoto]) -> dict[str, Any]:
    numbers = [shown[path_to_text(path)].number for path in family.photos]
    return {"photos": numbers, "relations": [_relation(row, shown) for row in family.relations]}


def _relation(crop: Crop, shown: dict[str, ShownPhoto]) -> dict[str, Any]:
    source = shown[path_to_text(crop.source)]
    sides = [*source.size_wh, *source.size_wh]
    box = crop.box.xyxy if crop.box else None
    return {
        "crop": shown[path_to_text(crop.crop)].number,
        "source": source.number,
        "verdict": crop.verdict,
        "confidence": round(crop.confidence, 4),
        "box": [round(x / side, 5) for x, side in zip(box, sides, strict=True)] if box else None,
        "turn": round(crop.turn, 2),
        "edits": list(crop.edits),
        "whole_frame": crop.whole_frame,
    }

"""Crop families for a contact sheet: numbers of photos, and boxes as shares of their source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from photoloupe.catalog.schema import path_to_text
from photoloupe.catalog.store import Catalog
from photoloupe.errors import PhotoError

if TYPE_CHECKING:
    from photoloupe.catalog.ask.relations import Family
    from photoloupe.crops.crop import Crop

#: Every value of `Families.state`, with what it means.
STATES = {
    "found": "families were looked for",
    "skipped": "the caller did not want them",
    "not_scanned": "some photo has no crop features: photoloupe scan --crops",
    "not_installed": "FAISS is not here: pip install 'photoloupe[search]'",
}


@dataclass(frozen=True)
class SheetFamilies:
    """state: one of STATES; groups: plain values, ready for JSON."""

    state: str
    groups: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class ShownPhoto:
    """A photo of the sheet. number: its place there, from 0; size_wh: of its file, upright."""

    number: int
    size_wh: tuple[int, int]


def find_families(
    catalog: Catalog, shown: dict[str, ShownPhoto], jobs: int | None = None
) -> SheetFamilies:
    """Groups of at least two among the shown photos (by path as in a row). Raises CatalogError.

    Pairs that a person dismissed are left out.
    """
    try:
        from photoloupe.catalog.ask.relations import catalog_codes, count_uncoded, make_families
        from photoloupe.crop_search.cache import CropCache
        from photoloupe.crop_search.search import relate
    except ImportError:
        return SheetFamilies("not_installed")
    if count_uncoded(catalog):
        return SheetFamilies("not_scanned")
    with CropCache() as memory:
        dismissed = memory.dismissed()
    read = (
        photo
        for photo in catalog_codes(catalog)
        if not isinstance(photo, PhotoError) and path_to_text(photo.path) in shown
    )
    # A photo that fails now has vanished, and the sheet says so elsewhere.
    found = relate(read, dismissed, jobs=jobs)
    groups = make_families(catalog, (row for row in found if not isinstance(row, PhotoError)))
    return SheetFamilies("found", tuple(_plain(group, shown) for group in groups))


def _plain(group: Family, shown: dict[str, ShownPhoto]) -> dict[str, Any]:
    numbers = [shown[path_to_text(path)].number for path in group.photos]
    return {"photos": numbers, "relations": [_relation(row, shown) for row in group.relations]}


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

"""Searches a catalog for crop families, and for the sources of one photo.

Both need the crop codes of all photos in memory (up to 7.7 kB each), loaded on first use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from photoloupe.catalog.ask.families import (
    STATES,
    Family,
    find_families,
    readable_codes,
)
from photoloupe.catalog.schema import path_to_text
from photoloupe.catalog.store import Catalog
from photoloupe.errors import CatalogError, PhotoError

if TYPE_CHECKING:
    from photoloupe.crop_search.index import CropIndex
    from photoloupe.crop_search.read_codes import CodedPhoto
    from photoloupe.crop_search.search import Dismissed
    from photoloupe.crops.crop import Crop
    from photoloupe.web.library.photo_index import PhotoIndex

MESSAGES: dict[str, str | None] = {
    **STATES,
    "found": None,
    "searching": "searching for crops; ask again in a moment",
}


@dataclass(frozen=True)
class CropFamilies:
    """The families of one index. key, version: of the index; state: a key of MESSAGES.

    groups: families, the largest first; crops: row paths of the photos that are crops.
    """

    key: int
    version: int
    state: str
    groups: tuple[Family, ...] = ()
    crops: frozenset[str] = frozenset()


@dataclass
class LibraryCropIndex:
    """The crop codes of the photos of one index. photos: by their number in the crop index."""

    key: int
    index: CropIndex
    photos: list[CodedPhoto] = field(default_factory=list)


def find_crop_families(
    catalog: Catalog, paths: set[str], index: PhotoIndex, jobs: int, tell: Callable[[str], None]
) -> CropFamilies:
    """Search for crop families among the photos at these row paths. Raises CatalogError.

    jobs: threads; tell: called with a line of progress, and may raise to stop the search.
    """
    found = find_families(catalog, paths, jobs, tell)
    crops = {path_to_text(row.crop) for row in found.relations if not row.whole_frame}
    return CropFamilies(index.key, index.version, found.state, found.families, frozenset(crops))


def load_crop_index(catalog: Catalog, paths: set[str], key: int) -> LibraryCropIndex:
    """Index the crop codes of the photos at these row paths. Raises CatalogError."""
    from photoloupe.crop_search.index import CropIndex

    codes = LibraryCropIndex(key, CropIndex())
    for photo in readable_codes(catalog, paths):
        codes.photos.append(photo)
        codes.index.add(photo.code)
    return codes


def sources_of(
    query: CodedPhoto, codes: LibraryCropIndex, dismissed: Dismissed, jobs: int
) -> list[Crop]:
    """Crop relations of one photo to those of the index, the likeliest first.

    dismissed: pairs of sha256 to leave out; jobs: threads.
    """
    from photoloupe.crop_search.search import find_source_in, same_bytes

    same = [p for p in codes.photos if p.sha256 == query.sha256 and p.path != query.path]
    found = list(find_source_in(query, codes.index, codes.photos, dismissed, jobs=jobs))
    cut = [row for row in found if not isinstance(row, PhotoError)]
    return [*(same_bytes(query, photo) for photo in same), *cut]


def dismissed_pairs(catalog: Catalog) -> Dismissed:
    """Pairs that were dismissed; none if they cannot be read."""
    from photoloupe.crop_search.dismissals import Dismissals

    try:
        return Dismissals(catalog.folder).pairs()
    except CatalogError:  # such as a read-only file system
        return set()


def member_box(group: Family, member: str) -> tuple[Crop, list[float] | None] | None:
    """The relation that makes a photo a member of a family, and its box in the original.

    The box is [x0, y0, x1, y1] in pixels, or None if unknown. A crop of a copy of the original
    is inside the original too, at another scale. None: not a member.
    """
    copies = {row.crop: row for row in group.relations if row.whole_frame}
    own = [row for row in group.relations if row.crop == member]
    direct = next((row for row in own if row.source == group.original), None)
    if direct is not None:
        return direct, _xyxy(direct)
    twins = {path for path, row in copies.items() if row.source == group.original}
    twins |= {row.source for path, row in copies.items() if path == group.original}
    for row in own:
        if row.source in twins:
            return row, _through(row, copies, group.original)
    other = [row for row in group.relations if row.source == member]
    return (own[0] if own else other[0], None) if own or other else None


def _through(row: Crop, copies: dict[str, Crop], original: str) -> list[float] | None:
    """A box in a copy of the original -> in the original, by how the copy was scaled."""
    copy = copies.get(row.source)
    if row.box is None:
        return None
    if copy is not None and copy.source == original and copy.scale_xy and copy.box:
        (x, y), start = copy.scale_xy, copy.box
        move: Any = (start.x0, start.y0, start.x0, start.y0)
        scaled = zip(row.box.xyxy, (x, y, x, y), move, strict=True)
        return [round(side * scale + shift, 2) for side, scale, shift in scaled]
    back = copies.get(original)
    if back is not None and back.source == row.source and back.scale_xy:
        scaled2 = zip(row.box.xyxy, (*back.scale_xy, *back.scale_xy), strict=True)
        return [round(side / scale, 2) for side, scale in scaled2]
    return None


def _xyxy(row: Crop) -> list[float] | None:
    return [round(side, 2) for side in row.box.xyxy] if row.box else None

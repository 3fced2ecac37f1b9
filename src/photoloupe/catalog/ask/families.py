"""Crop families: photos of a catalog that crops, copies and near-duplicates connect.

catalog_codes -> crop_search.search.relate -> make_families
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from photoloupe.catalog.location import row_path
from photoloupe.catalog.schema import path_to_text
from photoloupe.catalog.store import Catalog
from photoloupe.crops.crop import Crop
from photoloupe.errors import PhotoError

if TYPE_CHECKING:
    from photoloupe.crop_search.read_codes import CodedPhoto

SIZES = ("path", "width", "height", "file_bytes", "mtime_ns")

#: Every value of `FoundFamilies.state`, with what it means.
STATES = {
    "found": "families were searched for",
    "skipped": "no search was asked for",
    "not_scanned": "some photos have no crop features: run photoloupe scan --crops",
    "not_installed": "FAISS is not installed: pip install 'photoloupe[search]'",
}


@dataclass(frozen=True)
class Family:
    """Photos that relations connect.

    original: of those that are no crop of another, the one with the most pixels, then bytes, then
    the oldest. photos: paths of all, the original first. relations: in the order found.
    """

    original: str
    photos: tuple[str, ...]
    relations: tuple[Crop, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        relations = [relation.to_dict() for relation in self.relations]
        return {"original": self.original, "photos": list(self.photos), "relations": relations}


@dataclass(frozen=True)
class FoundFamilies:
    """What a search found. state: a key of STATES; families: the largest first.

    relations: all that were confirmed, in the order found.
    """

    state: str
    families: tuple[Family, ...] = ()
    relations: tuple[Crop, ...] = ()


def find_families(
    catalog: Catalog,
    paths: Container[str],
    jobs: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> FoundFamilies:
    """Search the photos at these row paths for families. Raises CatalogError.

    Dismissed pairs are left out, and so are photos that cannot be read. jobs: threads, by default
    one a core; progress: called with what was done to a photo.
    """
    state = search_state(catalog)
    if state != "found":
        return FoundFamilies(state)
    from photoloupe.crop_search.dismissals import Dismissals
    from photoloupe.crop_search.search import relate

    dismissed = Dismissals(catalog.folder).pairs()
    found = relate(readable_codes(catalog, paths), dismissed, jobs=jobs, progress=progress)
    relations = tuple(row for row in found if not isinstance(row, PhotoError))
    return FoundFamilies("found", tuple(make_families(catalog, relations)), relations)


def search_state(catalog: Catalog) -> str:
    """`found` if the catalog can be searched for crops, else why not: a key of STATES.

    Raises CatalogError.
    """
    try:
        from photoloupe.catalog.ask.relations import count_uncoded
    except ImportError:
        return "not_installed"
    return "not_scanned" if count_uncoded(catalog) else "found"


def readable_codes(catalog: Catalog, paths: Container[str]) -> Iterator[CodedPhoto]:
    """The crop codes of the readable photos at these row paths. Raises CatalogError."""
    from photoloupe.catalog.ask.relations import catalog_codes

    for photo in catalog_codes(catalog):
        if not isinstance(photo, PhotoError) and path_to_text(photo.path) in paths:
            yield photo


def make_families(catalog: Catalog, relations: Iterable[Crop]) -> list[Family]:
    """Relations -> families, the largest first. Raises CatalogError."""
    found = list(relations)
    edges = defaultdict[str, set[str]](set)
    for relation in found:
        edges[relation.crop].add(relation.source)
        edges[relation.source].add(relation.crop)
    size = photo_sizes(catalog, list(edges))
    cut = {relation.crop for relation in found if not relation.whole_frame}
    families = []
    for members in components(edges):
        first, *rest = sorted(members, key=lambda path: (path in cut, *size[path], path))
        inner = tuple(relation for relation in found if relation.crop in members)
        families.append(Family(first, (first, *sorted(rest)), inner))
    return sorted(families, key=lambda family: (-len(family.photos), family.original))


def components(edges: dict[str, set[str]]) -> Iterator[set[str]]:
    """The connected components of a graph; edges: of each node, its neighbours."""
    left = dict(edges)
    while left:
        node, near = left.popitem()
        part, ahead = {node}, set(near)
        while ahead:
            node = ahead.pop()
            part.add(node)
            ahead |= left.pop(node, set()) - part
        yield part


def photo_sizes(catalog: Catalog, paths: list[str]) -> dict[str, tuple[int, int, int]]:
    """By path, what orders originals before copies: (-pixels, -bytes, mtime in nanoseconds)."""
    names = {row_path(path): path for path in paths}
    rows = catalog.rows_with("path", list(names), SIZES)
    return {
        names[row["path"]]: (-row["width"] * row["height"], -row["file_bytes"], row["mtime_ns"])
        for row in rows
    }

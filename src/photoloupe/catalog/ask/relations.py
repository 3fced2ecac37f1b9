"""Crops, copies and near-duplicates among the rows: who was made from whom, and who is first.

    coded -> crops.search.relate -> grouped

`photoloupe scan --crops` has left the codes; each relation is confirmed on the pixels themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from photoloupe.catalog.location import row_path
from photoloupe.catalog.schema import text_to_path
from photoloupe.catalog.sql import PRESENT
from photoloupe.catalog.store import Catalog
from photoloupe.crop_search.codes import PhotoCode, code_version
from photoloupe.crop_search.coding import CodedPhoto
from photoloupe.crops.crop import Crop
from photoloupe.errors import CatalogError, PhotoError

SIZES = ("path", "width", "height", "file_bytes", "mtime_ns")


@dataclass(frozen=True)
class Family:
    """Photos that relations connect.

    original: of those that were cut out of no other, the one with the most pixels, then bytes,
    then the oldest. photos: all of them, the original first. relations: as found.
    """

    original: str
    photos: tuple[str, ...]
    relations: tuple[Crop, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        relations = [relation.to_dict() for relation in self.relations]
        return {"original": self.original, "photos": list(self.photos), "relations": relations}


def catalog_codes(catalog: Catalog) -> Iterator[CodedPhoto | PhotoError]:
    """Photos that are there, with the codes that were kept, and those that cannot be read.

    Raises CatalogError, before the first, if any has no code of this version.
    """
    require_codes(catalog)
    for batch in catalog.read(PRESENT, ["path", "sha256", "error", "code"]):
        for row in batch.to_pylist():
            path, error = text_to_path(row["path"]), row["error"]
            if error:
                yield PhotoError(error["code"], path, error["message"])
            else:
                yield CodedPhoto(path, row["sha256"], PhotoCode.from_bytes(row["code"]))


def require_codes(catalog: Catalog) -> None:
    """Raises CatalogError if any photo that can be read has no code of this version."""
    if missing := count_uncoded(catalog):
        raise CatalogError(
            f"{catalog.uri}: {missing} photos without crop features; photoloupe scan --crops"
        )


def count_uncoded(catalog: Catalog) -> int:
    """Number of photos that are there, can be read, and have no code of this version."""
    current = f"code_version = '{code_version()}'"
    return catalog.count(f"{PRESENT} AND error IS NULL AND ({current}) IS NOT TRUE")


def make_families(catalog: Catalog, relations: Iterable[Crop]) -> list[Family]:
    """Relations -> groups, the largest first."""
    found = list(relations)
    edges = defaultdict[str, set[str]](set)
    for relation in found:
        edges[relation.crop].add(relation.source)
        edges[relation.source].add(relation.crop)
    size = photo_sizes(catalog, list(edges))
    cut = {relation.crop for relation in found if not relation.whole_frame}
    groups = []
    for members in components(edges):
        first, *rest = sorted(members, key=lambda path: (path in cut, *size[path], path))
        inner = tuple(relation for relation in found if relation.crop in members)
        groups.append(Family(first, (first, *sorted(rest)), inner))
    return sorted(groups, key=lambda group: (-len(group.photos), group.original))


def components(edges: dict[str, set[str]]) -> Iterator[set[str]]:
    """The connected parts of a graph, each node with its neighbours."""
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
    """What tells an original from its copies, smallest first: -pixels, -bytes, time."""
    names = {row_path(path): path for path in paths}
    rows = catalog.rows_with("path", list(names), SIZES)
    return {
        names[row["path"]]: (-row["width"] * row["height"], -row["file_bytes"], row["mtime_ns"])
        for row in rows
    }

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photoloupe.catalog.ask.relations import catalog_codes
from photoloupe.catalog.scan import scan as one_machine
from photoloupe.catalog.store import Catalog
from photoloupe.cluster import find_crops, scan
from photoloupe.cluster.engine import Cluster
from photoloupe.crop_search.index import CropIndex
from photoloupe.crop_search.photo_code import PhotoCode
from photoloupe.crop_search.read_codes import CodedPhoto, read_code
from photoloupe.crop_search.search import Found, relate
from photoloupe.crops.crop import Crop
from photoloupe.errors import CatalogError, PhotoError
from photoloupe.media.photo import open_photo
from tests.cluster.conftest import upload
from tests.conftest import EXAMPLES, encode, scene

SOURCES = ("alps.jpg", "coffee.jpg", "rocket.jpg", "chelsea.jpg", "astronaut.jpg")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five photos, two crops of each, a copy of one, and a file that is none."""
    folder = tmp_path_factory.mktemp("planted")
    for number, name in enumerate(SOURCES):
        pixels = open_photo(EXAMPLES / name).pixels
        height, width = pixels.shape[:2]
        (folder / name).write_bytes((EXAMPLES / name).read_bytes())
        for cut, part in enumerate((0.8, 0.55)):
            x, y = (int((1 - part) * side * (number + 1) / 7) for side in (width, height))
            crop = pixels[y : y + int(part * height), x : x + int(part * width)]
            (folder / f"{number}-{cut}.jpg").write_bytes(encode(crop, "JPEG", quality=85))
    (folder / "copy.jpg").write_bytes((EXAMPLES / SOURCES[1]).read_bytes())
    (folder / "gone.png").write_bytes(encode(scene(seed=60)))
    (folder / "words.jpg").write_text("no photo")
    return folder


def test_relations_are_those_of_one_machine(
    s3: Any, engine: Any, catalog: Catalog, planted: Path, tmp_path: Path
) -> None:
    """The photos in storage against those on disk; one row was deleted meanwhile."""
    upload(s3, planted, "planted")
    stored = Catalog(str(tmp_path / "stored"), make=True)
    for base in (catalog, stored):
        if base is catalog:
            one_machine.scan(base, [str(planted)], crops=True)
        else:
            scan(["s3://bucket/planted"], base, crops=True, cluster=Cluster(actors=1))
        base.remove([row["path"] for row in base.rows("path LIKE '%/gone.png'", ["path"])])
    here = list(relate(catalog_codes(catalog), set()))
    there = list(find_crops(stored, cluster=Cluster(actors=2), parts=2))
    assert as_told(there) == as_told(here)
    assert sum(isinstance(row, Crop) for row in here) >= 16  # ten crops, five pairs, a copy
    assert [row.code for row in there if isinstance(row, PhotoError)] == ["unsupported"]


def as_told(rows: list[Found]) -> list[str]:
    """In one order: theirs is that of the catalog's rows, which a scan writes as they come."""
    return sorted(repr(local(row)) for row in rows)


def local(row: Found) -> object:
    """With file names alone: nothing else of a row may differ."""
    if isinstance(row, PhotoError):
        return row.code, Path(row.path).name, row.message
    return replace(row, crop=Path(row.crop).name, source=Path(row.source).name)


def test_parts_together_are_the_whole_index(planted: Path) -> None:
    codes = [code.code for code in map(read_code, map(str, sorted(planted.glob("*.jpg"))))
             if isinstance(code, CodedPhoto)]  # fmt: skip
    whole, parts = CropIndex(), [CropIndex(part, 3) for part in range(3)]
    for index in (whole, *parts):
        for code in codes:
            index.add(code)
    assert sum(len(part.hits(codes[0], 1).error) for part in parts) == 3 * len(codes[0].rows)
    for code in codes:
        hits, *more = (part.hits(code, 7) for part in parts)
        for others in more:
            hits = hits.nearest_of(others)
        np.testing.assert_array_equal(hits.error, whole.hits(code, 7).error)
        assert (hits.photo == whole.hits(code, 7).photo).mean() > 0.99  # equal errors may swap


def test_an_empty_index_has_no_hits(planted: Path) -> None:
    (code,) = (c for c in [read_code(str(planted / "alps.jpg"))] if isinstance(c, CodedPhoto))
    index = CropIndex()
    assert index.candidates(code.code) == []
    index.add(PhotoCode((9, 9), code.code.rows[:0]))
    assert index.candidates(code.code) == []


def test_what_cannot_be_searched_is_said(engine: Any, catalog: Catalog, planted: Path) -> None:
    one_machine.scan(catalog, [str(planted)])
    with pytest.raises(CatalogError, match=r"photoloupe scan --crops"):
        next(find_crops(catalog))
    one_machine.scan(catalog, [str(planted)], crops=True)
    with pytest.raises(ValueError, match="16 photos need 9 actors, one a part of the index"):
        list(find_crops(catalog, cluster=Cluster(actors=2), parts=9))

"""Columns about the exposure: read by a scan, asked by queries, added to older catalogs."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import lancedb
import pyarrow as pa
import pytest
from PIL import Image

from photoloupe.catalog.ask.query import query
from photoloupe.catalog.rows import row_to_dict
from photoloupe.catalog.scan.scan import scan
from photoloupe.catalog.schema import FACTS_VERSION, SCHEMA, VERSION
from photoloupe.catalog.store import ABOUT, PHOTOS, Catalog
from photoloupe.errors import ExpressionError
from tests.conftest import encode, scene
from tests.dng import dng

VERSION_2 = (
    "taken", "utc_offset", "focal_length", "exposure_time", "aperture", "iso", "exposure_bias",
    "gps", "sequence", "rendition", "note",
)  # fmt: skip


def shot(seed: int, *, camera: dict[int, Any], gps: bool = False) -> bytes:
    """A JPEG with EXIF."""
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0110] = "X100V"
    exif.get_ifd(0x8769).update(camera)
    if gps:
        exif.get_ifd(0x8825).update({2: (52.0, 30.0, 0.0), 4: (13.0, 24.0, 0.0)})
    Image.fromarray(scene(160, 120, seed)).save(file, "JPEG", quality=95, exif=exif)
    return file.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exposed")
    noon = {0x9003: "2026:07:14 12:00:00", 0x9291: "25", 0x9011: "+02:00", 0x8827: 800}
    lens = {0x920A: 85.0, 0x829A: 0.004, 0x829D: 2.0, 0x9204: -1.0, 0xA434: "85mm"}
    (folder / "noon.jpg").write_bytes(shot(0, camera=noon | lens, gps=True))
    (folder / "later.jpg").write_bytes(shot(1, camera={0x9003: "2026:07:15 09:30:00"}))
    (folder / "plain.png").write_bytes(encode(scene(160, 120, 2)))
    (folder / "dot.png").write_bytes(encode(scene(8, 8)))
    (folder / "raw.dng").write_bytes(dng(scene(306, 204), thumbnail=scene(51, 34)))
    return folder


@pytest.fixture(scope="module")
def scanned(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    catalog = Catalog(str(tmp_path_factory.mktemp("exposed") / "catalog"), make=True)
    summary = scan(catalog, [str(folder)], jobs=1)
    assert summary.failed == 0
    assert "5 new; 1 no photographs; " in summary.in_words()
    return catalog


def names(catalog: Catalog, expression: str) -> set[str]:
    batches = query(catalog, expression, ["path"])
    return {Path(path).name for batch in batches for path in batch["path"].to_pylist()}


def row_of(catalog: Catalog, name: str) -> dict[str, Any]:
    (row,) = catalog.rows(f"path LIKE '%{name}'")
    return row


def test_a_row_holds_when_and_how_a_photo_was_taken(scanned: Catalog) -> None:
    row = row_to_dict(row_of(scanned, "noon.jpg"))
    assert (row["taken"], row["utc_offset"]) == ("2026-07-14T12:00:00.250000", 120)
    assert (row["camera"], row["lens"], row["iso"], row["gps"]) == ("X100V", "85mm", 800, True)
    exposure = ("focal_length", "exposure_time", "aperture", "exposure_bias")
    assert [row[name] for name in exposure] == pytest.approx([85, 0.004, 2, -1])
    plain = row_of(scanned, "plain.png")
    assert plain["taken"] is plain["utc_offset"] is plain["iso"] is None  # not the file's time
    assert plain["gps"] is False
    assert plain["facts_version"] == FACTS_VERSION


def test_queries_filter_by_exposure(scanned: Catalog) -> None:
    day = "taken >= timestamp '2026-07-14 00:00:00' AND taken < timestamp '2026-07-15 00:00:00'"
    assert names(scanned, day) == {"noon.jpg"}
    with pytest.raises(ExpressionError, match="write timestamp '2026-07-14 12:00:00'"):
        names(scanned, "taken >= '2026-07-14'")
    assert names(scanned, "taken IS NOT NULL") == {"noon.jpg", "later.jpg"}
    assert names(scanned, "aperture <= 2.8 AND iso > 400 AND focal_length = 85") == {"noon.jpg"}
    assert names(scanned, "gps") == {"noon.jpg"}
    with pytest.raises(ExpressionError, match="taken"):
        names(scanned, "take > 1")


def test_a_raw_is_a_row_like_others(scanned: Catalog) -> None:
    row = row_of(scanned, "raw.dng")
    assert (row["format"], row["width"], row["height"]) == ("DNG", 306, 204)
    assert row["rendition"] == "half-size demosaic, 153 x 102"
    assert row["aesthetics"]["score"] > 0


def test_no_photograph_is_a_row_with_a_note_that_a_scan_leaves_alone(
    scanned: Catalog, folder: Path
) -> None:
    row = row_of(scanned, "dot.png")
    assert row["note"] == "too small: 8 x 8"
    assert row["aesthetics"] is row["squish"] is row["selfie"] is row["embedding"] is None
    assert row["error"] is None
    assert names(scanned, "note IS NOT NULL") == {"dot.png"}
    summary = scan(scanned, [str(folder)], jobs=1)
    assert "5 same" in summary.in_words()


# --- older catalogs ------------------------------------------------------------------------------


def make_older(catalog: Catalog, uri: Path) -> None:
    """A catalog of version 1 with the same rows, as photoloupe wrote them before these columns."""
    rows = catalog.rows("true")
    added = {*VERSION_2, "facts_version"}
    old = pa.schema([field for field in SCHEMA if field.name not in added])
    table = pa.Table.from_pylist([{k: r[k] for k in old.names} for r in rows], old)
    base = lancedb.connect(str(uri))
    base.create_table(ABOUT, pa.table({"version": [1], "made_by": ["photoloupe 0.1"]}))
    base.create_table(PHOTOS, table, on_bad_vectors="null")


def test_an_older_catalog_gains_the_columns_and_the_next_scan_fills_them(
    scanned: Catalog, folder: Path, tmp_path: Path
) -> None:
    make_older(scanned, tmp_path / "old")
    catalog = Catalog(str(tmp_path / "old"))
    about = lancedb.connect(catalog.uri).open_table(ABOUT).to_arrow()
    assert about["version"].to_pylist() == [VERSION]
    assert catalog.count() == 5
    assert names(catalog, "taken IS NULL AND facts_version = 1") == {
        "noon.jpg", "later.jpg", "plain.png", "dot.png", "raw.dng",
    }  # fmt: skip
    catalog.decide(row_of(catalog, "noon.jpg")["sha256"], rating=4)
    before = row_of(catalog, "noon.jpg")
    summary = scan(catalog, [str(folder)], jobs=1)
    assert "5 renewed" in summary.in_words()
    for name in ("noon.jpg", "later.jpg", "plain.png", "dot.png", "raw.dng"):
        row, new = row_of(catalog, name), row_of(scanned, name)
        assert {key: row[key] for key in VERSION_2} == {key: new[key] for key in VERSION_2}
        assert row["facts_version"] == FACTS_VERSION
    after = row_of(catalog, "noon.jpg")
    assert (after["rating"], after["aesthetics"]) == (4, before["aesthetics"])
    assert row_of(catalog, "dot.png")["aesthetics"] is None
    assert "5 same" in scan(catalog, [str(folder)], jobs=1).in_words()
    (folder / "new.png").write_bytes(encode(scene(160, 120, 5)))
    assert "1 new" in scan(catalog, [str(folder)], jobs=1).in_words()
    (folder / "new.png").unlink()


def test_fragments_are_added_to_a_catalog_that_was_upgraded(
    scanned: Catalog, tmp_path: Path
) -> None:
    from photoloupe.catalog.snapshot import write_fragment

    make_older(scanned, tmp_path / "old")
    catalog = Catalog(str(tmp_path / "old"))
    row = row_of(scanned, "noon.jpg") | {"path": "/elsewhere/noon.jpg"}
    catalog.add_fragments([write_fragment(catalog.table_uri, [row])])
    added = row_of(catalog, "/elsewhere/noon.jpg")
    assert {k: v for k, v in added.items() if k != "embedding"} == {
        k: v for k, v in row.items() if k != "embedding"
    }


def test_what_was_unsupported_or_judged_by_its_thumbnail_is_read_again(
    scanned: Catalog, folder: Path, tmp_path: Path
) -> None:
    make_older(scanned, tmp_path / "old")
    table = lancedb.connect(str(tmp_path / "old")).open_table(PHOTOS)
    table.update("path LIKE '%raw.dng'", {"format": "TIFF", "width": 51, "height": 34})
    catalog = Catalog(str(tmp_path / "old"))
    scan(catalog, [str(folder)], jobs=1)
    row = row_of(catalog, "raw.dng")
    assert (row["format"], row["width"]) == ("DNG", 306)
    what = "a RAW photo (DNG) needs LibRaw: pip install 'photoloupe[raw]'"
    nothing = dict.fromkeys(("squish", "selfie", "aesthetics", "embedding"))
    error = {"code": "unsupported", "message": what}
    catalog.change([{**row, **nothing, "error": error}], *nothing, "error")
    assert "1 renewed" in scan(catalog, [str(folder)], jobs=1).in_words()
    assert row_of(catalog, "raw.dng")["error"] is None

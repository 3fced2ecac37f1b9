from __future__ import annotations

import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa
import pytest

from photoloupe.catalog import schema
from photoloupe.catalog import store as room
from photoloupe.catalog.location import find_catalog
from photoloupe.catalog.schema import utc_now
from photoloupe.catalog.store import ABOUT, PHOTOS, Catalog
from photoloupe.errors import CatalogError


def row(path: str, **values: Any) -> dict[str, Any]:
    times = {"added_at": utc_now(), "answered_at": utc_now()}
    return {"path": path, "sha256": path * 64, "file_bytes": 1, "mtime_ns": 2, **times, **values}


@pytest.fixture
def base(catalog: Catalog) -> Catalog:
    catalog.add([row("a"), row("b"), row("c", sha256="a" * 64)])
    return catalog


def test_rows_come_back_as_they_went_in(base: Catalog) -> None:
    vector = np.linspace(-3, 3, schema.EMBEDDING_WIDTH).astype(np.float16)
    said = {"squished": True, "confidence": 0.7, "unsure": False, "evidence": ["picture: so"]}
    squish = {"width_ratio": 0.123456, "height_ratio": 1.0, **said}
    base.add([row("d", embedding=vector, squish=squish, code=b"\0\1", gone_at=None)])
    (found,) = Catalog(base.uri).rows_with("path", ["d"])
    assert found["squish"] == squish
    assert found["code"] == b"\0\1"
    assert found["embedding"] == vector.tolist()
    assert found["gone_at"] is found["model"] is found["error"] is None


def test_change_leaves_other_columns_and_rows(base: Catalog) -> None:
    base.change([{"path": "b", "rating": 3}, {"path": "none", "rating": 1}], "rating")
    found = {row["path"]: row for row in base.rows("true")}
    assert [found[path]["rating"] for path in "abc"] == [None, 3, None]
    assert found["b"]["mtime_ns"] == 2
    assert len(found) == 3


def test_a_decision_is_about_the_content(base: Catalog) -> None:
    assert base.decide("a" * 64, rating=5, decision="reject") == 2
    assert {row["path"] for row in base.rows("rating = 5 AND decision = 'reject'")} == {"a", "c"}
    assert base.decide("a" * 64) == 2
    assert base.count("rating IS NOT NULL OR decision IS NOT NULL") == 0
    assert base.decide("unknown") == 0


@pytest.mark.parametrize("said", [{"rating": 6}, {"rating": -1}, {"decision": "maybe"}])
def test_no_other_decisions(base: Catalog, said: dict[str, Any]) -> None:
    with pytest.raises(CatalogError, match=r"not 0 to 5|not one of keep, reject"):
        base.decide("a" * 64, **said)


def test_a_decision_made_during_a_scan_survives_it(base: Catalog) -> None:
    """The scan has read the row before the person spoke, and writes it afterwards."""
    (before,) = base.rows_with("path", ["a"])
    Catalog(base.uri).decide("a" * 64, rating=5)
    base.change([before | {"width": 7}], *schema.SCANNED)
    (after,) = base.rows_with("path", ["a"])
    assert (after["rating"], after["width"]) == (5, 7)


def test_what_may_hold_any_character_is_quoted(base: Catalog) -> None:
    path = 'it\'s "a" `b`; -- \\ \u00e9 /* %'
    base.add([row(path, sha256=None)])
    assert [found["path"] for found in base.rows_with("path", [path])] == [path]
    base.remove([path])
    assert base.count() == 3


def test_small_fragments_are_joined_and_old_versions_deleted(base: Catalog) -> None:
    for number in range(20):
        base.add([row(f"x{number}", code=bytes(np.random.default_rng(number).bytes(5000)))])
    files = len(list(Path(base.uri).rglob("*.*")))
    base.compact()
    reader = base.read(names=["path"])  # versions of ten minutes ago could be open elsewhere
    base.compact(timedelta(0))
    assert len(list(Path(base.uri).rglob("*.*"))) < files / 3
    assert sum(map(len, reader)) == base.count() == 23


def test_a_few_fragments_are_left_alone(base: Catalog) -> None:
    before = sorted(Path(base.uri).rglob("*"))
    base.compact(timedelta(0))
    assert sorted(Path(base.uri).rglob("*")) == before


# --- versions ------------------------------------------------------------------------------------


def test_a_newer_catalog_is_refused_by_name_and_left_alone(base: Catalog) -> None:
    set_version(base.uri, schema.VERSION + 1)
    before = {path: path.stat().st_mtime_ns for path in Path(base.uri).rglob("*")}
    newer = rf"catalog: .*version {schema.VERSION + 1}, .*newer photoloupe.* up to {schema.VERSION}"
    with pytest.raises(CatalogError, match=newer):
        Catalog(base.uri, make=True)
    assert {path: path.stat().st_mtime_ns for path in Path(base.uri).rglob("*")} == before


def test_an_older_catalog_is_brought_forward(
    base: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two steps; the second was begun before, by a run that was killed."""

    def add_place(photos: Any) -> None:
        if "place" not in photos.schema.names:
            photos.add_columns({"place": "cast(NULL as string)"})

    def rename(photos: Any) -> None:
        if "lens" in photos.schema.names:
            photos.alter_columns({"path": "lens", "rename": "glass"})

    rename(lancedb.connect(base.uri).open_table(PHOTOS))
    set_version(base.uri, 1)
    monkeypatch.setattr(room, "VERSION", 3)
    monkeypatch.setattr(room, "MIGRATIONS", {1: add_place, 2: rename})
    Catalog(base.uri)
    photos = lancedb.connect(base.uri).open_table(PHOTOS)
    assert {"place", "glass"} < set(photos.schema.names)
    assert photos.count_rows() == 3
    monkeypatch.setattr(room, "MIGRATIONS", {})  # nothing is left to do
    Catalog(base.uri)
    monkeypatch.setattr(room, "VERSION", 2)
    with pytest.raises(CatalogError, match="version 3"):
        Catalog(base.uri)


def test_a_catalog_of_version_1_keeps_what_is_known_and_is_answered_again(base: Catalog) -> None:
    """Version 1 had no selfie.unsure, and embeddings of 192 numbers."""
    old = pa.schema(
        [
            ("path", pa.string()),
            ("sha256", pa.string()),
            ("file_bytes", pa.int64()),
            ("mtime_ns", pa.int64()),
            ("rating", pa.int8()),
            ("selfie", pa.struct([("probability", pa.float64()), ("is_selfie", pa.bool_())])),
            ("model", pa.struct([("selfie", pa.string()), ("embedding", pa.string())])),
            ("embedding", pa.list_(pa.float16(), 192)),
        ]
    )
    row = {
        "path": "/a.jpg", "sha256": "0" * 64, "file_bytes": 1, "mtime_ns": 1, "rating": 4,
        "embedding": [0.5] * 192,
        "selfie": {"probability": 0.9, "is_selfie": True}, "model": {"selfie": "old@1"},
    }  # fmt: skip
    database = lancedb.connect(base.uri)
    database.create_table(PHOTOS, pa.Table.from_pylist([row], old), mode="overwrite")
    set_version(base.uri, 1)
    for _ in range(2):  # opened again, nothing is left to do
        (kept,) = Catalog(base.uri).rows("true")
        assert (kept["path"], kept["rating"]) == ("/a.jpg", 4)
        assert kept["selfie"] is kept["model"] is kept["embedding"] is None
    assert set(database.open_table(PHOTOS).schema.names) == set(schema.SCHEMA.names)


def set_version(uri: str, version: int) -> None:
    table = pa.table({"version": [version], "made_by": ["somebody"]})
    lancedb.connect(uri).create_table(ABOUT, table, mode="overwrite")


@pytest.mark.parametrize("what", ["absent", "file", "foreign", "empty"])
def test_what_is_no_catalog_is_told_by_name(tmp_path: Path, what: str) -> None:
    place = tmp_path / "place"
    if what == "file":
        place.write_text("words")
    elif what == "foreign":
        lancedb.connect(str(place)).create_table(PHOTOS, pa.table({"theirs": [1]}))
    elif what == "empty":
        place.mkdir()
    with pytest.raises(CatalogError, match=rf"{place}: no catalog"):
        Catalog(str(place))
    if what in ("file", "foreign"):
        with pytest.raises(CatalogError, match=str(place)):
            Catalog(str(place), make=True)


def test_a_damaged_catalog_is_told_by_name(base: Catalog) -> None:
    for path in Path(base.uri, f"{PHOTOS}.lance", "data").iterdir():
        path.write_bytes(b"rubbish")
    with pytest.raises(CatalogError, match=base.uri) as caught:
        Catalog(base.uri).rows("true")
    assert len(str(caught.value).splitlines()) == 1


# --- place ---------------------------------------------------------------------------------------


def test_the_nearest_catalog_in_or_above(tmp_path: Path) -> None:
    inner = tmp_path / "photos" / "2024"
    inner.mkdir(parents=True)
    (inner / "a.jpg").touch()
    assert find_catalog(str(inner)) == str(inner / ".photoloupe")
    (tmp_path / "photos" / ".photoloupe").mkdir()
    above = str(tmp_path / "photos" / ".photoloupe")
    for near in (inner, inner / "a.jpg", inner / "*.jpg", inner.parent):
        assert find_catalog(str(near)) == above
    assert find_catalog(str(inner), "s3://bucket/there") == "s3://bucket/there"


def test_opening_gives_no_warnings(base: Catalog) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Catalog(base.uri).compact()

"""A few small photos in a folder, and a catalog beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from photoloupe.catalog.scan.scan import scan
from photoloupe.catalog.scan.summary import ScanSummary
from photoloupe.catalog.store import Catalog
from tests.conftest import encode, scene

TIMES = ("added_at", "answered_at", "gone_at", "decided_at")


def make_photos(folder: Path) -> Path:
    """Ten photos, a copy of one, an empty file, and a text file with a photo's name."""
    folder.mkdir()
    for number in range(10):
        (folder / f"{number}.png").write_bytes(encode(scene(seed=number)))
    (folder / "copy.png").write_bytes((folder / "3.png").read_bytes())
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "words.jpg").write_text("no photo")
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return make_photos(tmp_path / "photos")


@pytest.fixture(scope="session")
def scanned_rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Rows of a scan of `make_photos`, made once: the models take most of a test's time."""
    folder = tmp_path_factory.mktemp("scanned")
    catalog = Catalog(str(folder / "catalog"), make=True)
    scan(catalog, [str(make_photos(folder / "photos"))])
    return catalog.rows("true")


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(str(tmp_path / "catalog"), make=True)


@pytest.fixture
def scanned(catalog: Catalog, photos: Path, scanned_rows: list[dict[str, Any]]) -> Catalog:
    """A catalog as a scan of `photos` leaves it."""

    def here(row: dict[str, Any]) -> dict[str, Any]:
        path = photos / Path(row["path"]).name
        return row | {"path": str(path), "mtime_ns": path.stat().st_mtime_ns}

    catalog.add([here(row) for row in scanned_rows])
    return catalog


@pytest.fixture
def again(catalog: Catalog, photos: Path) -> Callable[..., dict[str, int]]:
    """Scan the folder -> the counts that are not zero."""
    return lambda **options: counts(scan(catalog, [str(photos)], **options))


def counts(summary: ScanSummary) -> dict[str, int]:
    """Numbers of files by fate, without zeros."""
    return {str(fate): files for fate, files in summary.fates.items() if files}


def rows(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """All rows by file name, without times; each path must be there once."""
    found = catalog.rows("true")
    assert len({row["path"] for row in found}) == len(found)
    return {
        Path(row["path"]).name: {k: v for k, v in row.items() if k not in TIMES} for row in found
    }

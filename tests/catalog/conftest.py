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


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Ten photos, a copy of one, an empty file, and words that say they are a photo."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(10):
        (folder / f"{number}.png").write_bytes(encode(scene(seed=number)))
    (folder / "copy.png").write_bytes((folder / "3.png").read_bytes())
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "words.jpg").write_text("no photo")
    return folder


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(str(tmp_path / "catalog"), make=True)


@pytest.fixture
def scanned(catalog: Catalog, photos: Path) -> Catalog:
    scan(catalog, [str(photos)])
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

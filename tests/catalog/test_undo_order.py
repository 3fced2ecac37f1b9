"""Orders that keep a person's files: what is undone first, and which copy stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from photoloupe.catalog.journal.undo import UndoLog, Undone, undo_latest, undo_logs
from photoloupe.catalog.organize.plan import make_plan
from photoloupe.catalog.schema import utc_now
from photoloupe.catalog.snapshot import Snapshot
from photoloupe.catalog.store import Catalog


def write(catalog: Catalog, path: Path, *contents: bytes) -> None:
    """One action that writes a file several times."""
    with UndoLog(catalog, "write") as log:
        for content in contents:
            before = path.read_bytes() if path.exists() else None
            log.wrote(str(path), before, content)
            path.write_bytes(content)


def test_the_latest_change_of_the_latest_action_is_undone_first(
    catalog: Catalog, tmp_path: Path
) -> None:
    path = tmp_path / "p.xmp"
    write(catalog, path, b"one")
    write(catalog, path, b"two", b"three")
    for content, left in ((b"one", 1), (None, 0)):
        undone: list[Undone] = []
        undo_latest(catalog, undone.append)
        assert [row.error for row in undone] == [None] * len(undone)
        assert (path.read_bytes() if path.exists() else None) == content
        assert len(undo_logs(catalog)) == left


def test_a_line_cut_short_belongs_to_a_change_that_was_never_made(
    catalog: Catalog, tmp_path: Path
) -> None:
    path = tmp_path / "p.xmp"
    write(catalog, path, b"one")
    (log,) = undo_logs(catalog)
    with log.open("a") as file:
        file.write(json.dumps({"wrote": "/elsewhere"})[:10])
    undone: list[Undone] = []
    undo_latest(catalog, undone.append)
    assert [row.path for row in undone] == [str(path)]


def test_the_oldest_copy_stays(catalog: Catalog, tmp_path: Path) -> None:
    for name, time in (("old.jpg", 1), ("new.jpg", 3), ("newer.jpg", 5)):
        (tmp_path / name).write_bytes(b"same")
        row = {"path": str(tmp_path / name), "sha256": "a" * 64, "file_bytes": 4, "mtime_ns": time}
        catalog.add([row | {"added_at": utc_now()}])
    moves = list(make_plan(catalog, {"duplicate": str(tmp_path / "copies")}))
    assert [Path(move.path).name for move in moves] == ["new.jpg", "newer.jpg"]
    assert {move.original for move in moves} == {str(tmp_path / "old.jpg")}


def test_a_snapshot_stays_as_it_was(catalog: Catalog) -> None:
    pytest.importorskip("lance")
    catalog.add([{"path": "/a", "file_bytes": 1, "mtime_ns": 1}])
    snapshot = Snapshot.of(catalog.table_uri)
    catalog.add([{"path": "/b", "file_bytes": 1, "mtime_ns": 1}])
    assert snapshot.columns("path")["path"].to_pylist() == ["/a"]

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from photoloupe.catalog.journal.undo import Undone, undo_latest, undo_logs
from photoloupe.catalog.organize.apply import MoveResult, apply_plan
from photoloupe.catalog.organize.plan import Move, load_plan, make_plan, save_plan
from photoloupe.catalog.scan.scan import scan
from photoloupe.catalog.sidecars.stars import Stars
from photoloupe.catalog.sidecars.write import write_sidecars
from photoloupe.catalog.store import Catalog
from photoloupe.errors import CatalogError
from photoloupe.media import safe_files as files
from tests.catalog.conftest import counts, rows
from tests.conftest import encode, scene


def tree(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.fixture
def ready(scanned: Catalog, photos: Path) -> Catalog:
    """0.png is rejected and has two sidecars, copy.png is older than 3.png."""
    os.utime(photos / "copy.png", ns=(1, 1))
    (photos / "0.png.xmp").write_bytes(b"one")
    (photos / "0.xmp").write_bytes(b"two")
    scan(scanned, [str(photos)])
    scanned.decide(rows(scanned)["0.png"]["sha256"], rating=1, decision="reject")
    return scanned


@pytest.fixture
def plan(ready: Catalog, tmp_path: Path) -> list[Move]:
    folders = {"reject": str(tmp_path / "rejects"), "duplicate": str(tmp_path / "copies")}
    path = tmp_path / "plan.jsonl"
    assert save_plan(make_plan(ready, folders), path) == 2
    with pytest.raises(FileExistsError):
        save_plan([], path)
    return load_plan(path)


def refusals(catalog: Catalog, plan: list[Move]) -> list[str]:
    found: list[MoveResult] = []
    apply_plan(catalog, plan, found.append)
    return [error.code for _, error in found if error]


def undo_errors(catalog: Catalog) -> list[str | None]:
    found: list[Undone] = []
    undo_latest(catalog, found.append)
    return [row.error.code if row.error else None for row in found]


def test_a_plan_says_what_moves_where_and_why(plan: list[Move], photos: Path) -> None:
    said = [(Path(move.path).name, Path(move.to).parent.name, move.why) for move in plan]
    assert said == [("0.png", "rejects", "reject"), ("3.png", "copies", "duplicate")]
    assert plan[1].original == str(photos / "copy.png")
    assert (photos / "0.png").exists()


@pytest.mark.parametrize("across", [False, True])
def test_applied_and_undone(  # noqa: PLR0917 (fixtures)
    ready: Catalog, plan: list[Move], tmp_path: Path, photos: Path, across: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    before, rows_before = tree(photos), rows(ready)
    replace = Path.replace

    def other_disk(self: Path, target: Any) -> Path:
        if self.parent != Path(target).parent:
            raise OSError(errno.EXDEV, "another disk")
        return replace(self, target)

    if across:
        monkeypatch.setattr(Path, "replace", other_disk)
    assert refusals(ready, plan) == []
    assert tree(tmp_path / "rejects") == {
        name: before[name] for name in ("0.png", "0.png.xmp", "0.xmp")
    }
    assert tree(tmp_path / "copies") == {"3.png": before["3.png"]}
    assert len(tree(photos)) == len(before) - 4
    moved = str(tmp_path / "rejects" / "0.png")
    assert rows(ready)["0.png"] == rows_before["0.png"] | {"path": moved}
    assert counts(scan(ready, [str(tmp_path / "rejects")])) == {"same": 1}
    assert counts(scan(ready, [str(photos)])) == {"same": 9, "failed": 2}
    assert undo_errors(ready) == [None, None]
    assert tree(photos) == before
    assert rows(ready) == rows_before


def test_what_is_not_as_planned_stays(
    ready: Catalog, plan: list[Move], photos: Path, tmp_path: Path
) -> None:
    (photos / "0.png").write_bytes(encode(scene(seed=99)))
    (photos / "copy.png").unlink()  # the original: moving 3.png would move the last copy away
    before = tree(photos)
    assert refusals(ready, plan) == ["changed", "changed"]
    assert tree(photos) == before
    assert not (tmp_path / "rejects").exists()


def test_nothing_is_written_over(
    ready: Catalog, plan: list[Move], photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "rejects").mkdir()
    (tmp_path / "rejects" / "0.xmp").write_bytes(b"there before")
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "3.png").write_bytes(b"there before")
    before = tree(tmp_path / "photos")
    assert refusals(ready, plan) == ["exists", "exists"]
    assert tree(photos) == before
    assert (tmp_path / "rejects" / "0.xmp").read_bytes() == b"there before"
    folders = {"reject": str(tmp_path / "rejects"), "duplicate": str(tmp_path / "copies")}
    names = [Path(move.to).name for move in make_plan(ready, folders)]
    assert names == ["0-2.png", "3-2.png"]


def test_a_sidecar_that_cannot_move_keeps_its_photo(
    ready: Catalog, plan: list[Move], photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, move_file = tree(photos), files.move_file

    def full(source: str, target: str) -> None:
        if target.endswith("rejects/0.xmp"):
            raise OSError(errno.ENOSPC, "disk full")
        move_file(source, target)

    monkeypatch.setattr(files, "move_file", full)
    assert refusals(ready, plan[:1]) == ["unwritable"]
    assert tree(photos) == before


def test_undo_refuses_a_moved_photo_that_changed(
    ready: Catalog, plan: list[Move], photos: Path, tmp_path: Path
) -> None:
    assert refusals(ready, plan) == []
    (tmp_path / "rejects" / "0.xmp").write_bytes(b"edited")
    assert undo_errors(ready) == [None, "changed"]
    assert (tmp_path / "rejects" / "0.png").exists()
    assert (photos / "3.png").exists()


def test_what_has_its_place_is_planned_no_more(ready: Catalog, photos: Path) -> None:
    folders = {"reject": str(photos / "rejects"), "duplicate": str(photos / "copies")}
    assert refusals(ready, list(make_plan(ready, folders))) == []
    scan(ready, [str(photos)])
    assert list(make_plan(ready, folders)) == []


def test_one_file_by_two_names_is_no_copy(scanned: Catalog, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(photos)
    scan(scanned, [str(tmp_path / "alias")])
    moves = list(make_plan(scanned, {"duplicate": str(tmp_path / "copies")}))
    assert {Path(move.path).name for move in moves} <= {"3.png", "copy.png"}
    assert len({Path(move.path).resolve() for move in moves}) == 1


@pytest.mark.parametrize(
    "line", ["{}", "[]", "no json", '{"path": "a", "to": "b", "why": "", "sha256": ""}']
)
def test_a_line_that_is_no_move(tmp_path: Path, line: str) -> None:
    (tmp_path / "plan.jsonl").write_text(line)
    with pytest.raises(CatalogError, match="line 1: no move"):
        load_plan(tmp_path / "plan.jsonl")


def test_all_is_done_even_if_the_reports_have_no_reader(
    ready: Catalog, plan: list[Move], photos: Path, tmp_path: Path
) -> None:
    """As `organize --apply PLAN | head -1`: the first report is read, the next breaks the pipe."""
    before, calls = tree(photos), list[object]()

    def report(result: object) -> None:
        calls.append(result)
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        apply_plan(ready, plan, report)
    assert tree(tmp_path / "copies") == {"3.png": before["3.png"]}
    assert len(tree(tmp_path / "rejects")) == 3
    with pytest.raises(BrokenPipeError):
        undo_latest(ready, report)
    assert tree(photos) == before
    assert len(calls) == 2
    assert undo_logs(ready) == []
    with pytest.raises(BrokenPipeError):
        write_sidecars(ready, Stars(ready), report)
    assert len(list(photos.glob("*.png.xmp"))) == 11


def test_the_command_moves_all_although_its_reader_stops_early(
    ready: Catalog, plan: list[Move], tmp_path: Path
) -> None:
    program = "from photoloupe.cli import app; app()"
    command = [sys.executable, "-c", program, "organize", "--format", "jsonl", "--apply"]
    line = shlex.join([*command, str(tmp_path / "plan.jsonl"), "--catalog", ready.uri])
    subprocess.run(f"{line} | head -c 1", shell=True, check=True, capture_output=True)
    assert len(tree(tmp_path / "copies")) == 1
    assert len(tree(tmp_path / "rejects")) == 3

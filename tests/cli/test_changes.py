from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from photoloupe.cli.main import app
from tests.conftest import encode, scene

runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, seed in (("a.png", 1), ("b.png", 2), ("b2.png", 2)):
        (tmp_path / name).write_bytes(encode(scene(seed=seed)))
    assert runner.invoke(app, ["scan", "."]).exit_code == 0
    return tmp_path


def test_write_says_what_it_does_and_undo_takes_it_back(folder: Path) -> None:
    (folder / "a.png.xmp").write_text("<broken")
    for options, made in ((["--dry-run"], 0), ([], 2)):
        result = runner.invoke(app, ["write", *options])
        assert result.exit_code == 1
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        assert {Path(row["path"]).name: row["does"] for row in rows} == {
            "a.png": None, "b.png": "make", "b2.png": "make"
        }  # fmt: skip
        (failed,) = [row for row in rows if row["error"]]
        assert failed["sidecar"] == str(folder / "a.png.xmp")
        assert len(list(folder.glob("b*.xmp"))) == made
    assert runner.invoke(app, ["undo"]).exit_code == 0
    assert [path.name for path in folder.glob("*.xmp")] == ["a.png.xmp"]
    assert runner.invoke(app, ["undo"]).exit_code == 2


def test_a_plan_is_made_applied_and_undone(folder: Path) -> None:
    before = sorted(path.name for path in folder.glob("*.png"))
    made = runner.invoke(app, ["organize", "--plan", "plan.jsonl", "--duplicates", "copies"])
    assert (made.exit_code, made.stdout) == (0, "")
    assert sorted(path.name for path in folder.glob("*.png")) == before
    assert runner.invoke(app, ["organize", "--apply", "plan.jsonl"]).exit_code == 0
    assert [path.name for path in (folder / "copies").iterdir()] in (["b.png"], ["b2.png"])
    assert runner.invoke(app, ["organize", "--apply", "plan.jsonl"]).exit_code == 1
    assert runner.invoke(app, ["undo"]).exit_code == 0
    assert sorted(path.name for path in folder.glob("*.png")) == before


@pytest.mark.parametrize(
    "line",
    [
        "write --bands 1,2,3", "write --bands low,high", "write --bands 90,65,35,10",
        "write --where beauty>7", "write --catalog nowhere", "organize", "organize --plan p.jsonl",
        "organize --plan p --apply q", "organize --apply none.jsonl", "undo", "undo --give-up",
        "organize --apply none.jsonl --rejects r",
    ],
)  # fmt: skip
def test_wrong_uses_are_told_in_a_line(folder: Path, line: str) -> None:
    before = sorted(folder.iterdir())
    result = runner.invoke(app, line.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert sorted(folder.iterdir()) == before

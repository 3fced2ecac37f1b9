from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from photoloupe.cli.main import app
from tests.conftest import EXAMPLES, uninstall

ALPS, CROP, BOATS = (EXAMPLES / name for name in ("alps.jpg", "alps-crop.jpg", "boats.jpg"))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def rows_of(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_crops_of_a_folder(tmp_path: Path) -> None:
    result = run("crops", CROP, ALPS, BOATS, "--format", "jsonl")
    (row,) = rows_of(result)
    assert result.exit_code == 0
    assert (row["verdict"], row["crop"], row["source"]) == ("crop", str(CROP), str(ALPS))
    assert row["error"] is None
    assert (tmp_path / "cache" / "photoloupe" / "crops.sqlite").is_file()
    assert "no-cache" not in run("crops", CROP, ALPS, "--no-cache").stderr


def test_bad_files_are_rows_in_every_format_and_exit_code_1(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_text("no photo")
    result = run("crops", bad, CROP, ALPS)
    error, crop = rows_of(result)
    assert result.exit_code == 1
    assert list(error) == list(crop)
    assert error["error"] == {
        "path": str(bad), "code": "unsupported", "message": error["error"]["message"],  # type: ignore[index]
    }  # fmt: skip
    assert "1 failed" in result.stderr
    cells = list(
        csv.DictReader(io.StringIO(run("crops", bad, CROP, ALPS, "--format", "csv").stdout))
    )
    assert cells[0]["error.code"] == "unsupported"
    assert cells[1]["box.x0"].startswith("61")
    assert cells[1]["crop"] == str(CROP)
    table = run("crops", bad, CROP, ALPS, "--format", "table").stdout.splitlines()
    assert table[1].startswith("error")
    assert table[2].startswith("crop ")
    assert len(table) == 3


def test_an_empty_folder_has_no_rows(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    result = run("crops", folder)
    assert (result.exit_code, result.stdout) == (0, "")


def test_source_exit_codes(tmp_path: Path) -> None:
    yes = run("source", CROP, "--in", EXAMPLES)
    (row,) = rows_of(yes)
    assert yes.exit_code == 0
    assert row["source"] == str(ALPS)
    assert run("source", BOATS, "--in", CROP, "--in", ALPS).exit_code == 1
    none = run("source", "none.jpg", "--in", EXAMPLES)
    assert none.exit_code == 2
    assert "none.jpg: no such file" in none.stderr


def test_dismiss_and_undo() -> None:
    assert len(rows_of(run("crops", CROP, ALPS))) == 1
    assert run("dismiss", ALPS, CROP).exit_code == 0
    assert rows_of(run("crops", CROP, ALPS)) == []
    assert len(rows_of(run("crops", CROP, ALPS, "--no-cache"))) == 1
    assert run("dismiss", CROP, ALPS, "--undo").exit_code == 0
    assert len(rows_of(run("crops", CROP, ALPS))) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("crops", CROP, "--cache", CROP), "alps-crop.jpg: cannot be used"),
        (("dismiss", CROP, "none.jpg"), "none.jpg: no such file"),
    ],
)
def test_mistakes_are_told_in_a_line(arguments: tuple[str | Path, ...], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_without_faiss_the_fix_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    uninstall(monkeypatch, "faiss", "crop_search")
    result = run("crops", CROP)
    assert result.exit_code == 2
    assert "pip install 'photoloupe[search]'" in result.stderr

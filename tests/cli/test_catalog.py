from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from photoloupe.cli.main import app
from tests.conftest import encode, scene, uninstall


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PHOTOLOUPE_CATALOG", raising=False)
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(encode(scene(seed=number)))
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_scan_then_ask(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run("scan", photos)
    assert first.exit_code == 0
    assert first.stderr.startswith("3 new; ")
    assert str(photos / ".photoloupe") in first.stderr
    assert run("scan", photos).stderr.startswith("3 same; ")
    monkeypatch.chdir(photos)
    found = run("query", "width = 96", "--format", "paths")
    assert found.stdout.splitlines() == [str(photos / f"{number}.png") for number in range(3)]
    assert run("query", "width = 97").stdout == ""
    out = photos / "found.parquet"
    assert run("query", "width = 96", "--format", "parquet", "--out", out).exit_code == 0
    assert out.read_bytes()[:4] == b"PAR1"
    like = run("similar", "0.png", "--json", "--count", "2")
    assert [set(json.loads(line)) for line in like.stdout.splitlines()] == [
        {"path", "similarity", "same_bytes"}
    ] * 2
    assert run("decide", "0.png", "--rating", "4").exit_code == 0
    (row,) = run("query", "rating >= 4").stdout.splitlines()
    assert json.loads(row)["path"] == str(photos / "0.png")


def test_a_bad_photo_is_told_and_the_exit_code_is_1_each_time(photos: Path) -> None:
    (photos / "bad.jpg").write_text("no photo")
    for words in ("3 new; 1 failed", "3 same; 1 failed"):
        result = run("scan", photos)
        assert result.exit_code == 1
        assert words in result.stderr
    assert "bad.jpg: content is none of" in run("scan", photos, "--catalog", photos / "c").stderr


def test_another_place(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "elsewhere" / "catalog"
    assert run("scan", photos, "--catalog", place).exit_code == 0
    assert not (photos / ".photoloupe").exists()
    monkeypatch.setenv("PHOTOLOUPE_CATALOG", str(place))
    assert len(run("query", "true").stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("query", "widht > 3"), "Columns: path, sha256"),
        (("query", "true; select 1"), "; ends the expression"),
        (("query", "true", "--catalog", "none"), "none: no catalog; photoloupe scan makes one"),
        (("similar", "none.png"), "none.png: no such file"),
        (("decide", "1.png", "--rating", "9"), "rating 9: not 0 to 5"),
        (("decide", "1.png", "--decision", "maybe"), "not one of keep, reject"),
        (("decide", "new.png"), "new.png: not in"),
        (("scan", ".", "--catalog", "1.png"), "1.png"),
    ],
)
def test_mistakes_are_told_in_a_line(
    photos: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(photos)
    run("scan", ".")
    (photos / "new.png").write_bytes(encode(scene(seed=9)))
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_without_lancedb_the_fix_is_named(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uninstall(monkeypatch, "lancedb", "catalog")
    result = run("scan", photos)
    assert result.exit_code == 2
    assert "pip install 'photoloupe[catalog]'" in result.stderr

"""scripts/words.py finds odd words where people read, and nowhere else."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "words.py"


@pytest.fixture(scope="module")
def words() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.py", '"""A mishap."""\n', [(1, "mishap")]),
        ("a.py", 'x = 1\nfail(f"{x} is told of")\n', [(2, "told")]),
        ("a.py", "# told in a comment\ntold = 'told'\n", []),
        ("a.md", "One.\nThe whole photo.\n", [(2, "whole")]),
        ("a.md", "`whole_frame` is a key.\n", []),
        ("a.js", "let seen = 1; // seen\nshow('as seen here')\n", [(2, "seen")]),
        ("a.html", "<p>beside it</p>\n", [(1, "beside")]),
    ],
)
def test_odd_words_are_found(
    words: dict[str, Any], tmp_path: Path, name: str, content: str, found: list[tuple[int, str]]
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert [(one.line, one.phrase) for one in words["findings"](path)] == found


def test_a_file_of_odd_words_fails(
    words: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.md"
    path.write_text("It is of no format that is read.\n", encoding="utf-8")
    assert words["main"]([str(path)]) == 1
    assert "unsupported format" in capsys.readouterr().out


def test_what_people_read_is_read(words: dict[str, Any]) -> None:
    names = {path.name for path in words["files_to_read"]()}
    assert {"README.md", "CHANGELOG.md", "serve.md", "errors.py", "index.html"} <= names
    assert not {"squish_tries.md", "models.md"} & names

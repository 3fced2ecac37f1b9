"""Verbs that change files finish although nobody reads what they print."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from photoloupe.catalog.organize.apply import MoveResult
from photoloupe.catalog.organize.plan import Move
from photoloupe.catalog.store import Catalog
from photoloupe.cli.main import app
from tests.conftest import EXAMPLES, encode, scene

Report = Callable[[MoveResult], None]
Call = Callable[..., tuple[int, str]]


class Refusing(io.RawIOBase):
    """A file of which every write fails."""

    def __init__(self, number: int) -> None:
        self.number = number

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        raise OSError(self.number, os.strerror(self.number))


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """call(errno, arguments...) -> exit code and standard error of a verb whose output fails."""

    def run(number: int, *arguments: str) -> tuple[int, str]:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", io.TextIOWrapper(Refusing(number), write_through=True))  # type: ignore[type-var]
            with pytest.raises(SystemExit) as ended:
                app(list(arguments))
        return int(ended.value.code or 0), capsys.readouterr().err

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for number in range(6):  # three pairs of copies
        (tmp_path / f"{number}.png").write_bytes(encode(scene(seed=number // 2)))
    assert CliRunner().invoke(app, ["scan", "."]).exit_code == 0
    plan = ["organize", "--plan", "plan.jsonl", "--duplicates", "copies"]
    assert CliRunner().invoke(app, plan).exit_code == 0
    return tmp_path


def test_every_file_is_changed_and_the_exit_code_says_what_happened(
    folder: Path, call: Call
) -> None:
    before = sorted(path.name for path in folder.glob("*.png"))
    for number, code, why in (
        (errno.EPIPE, 0, "standard output was closed early; the work was finished"),
        (errno.ENOSPC, 2, "no space left on device; the work was finished"),
    ):
        assert call(number, "organize", "--apply", "plan.jsonl") == (
            code,
            "3 moved; photoloupe undo takes it back\n"
            + f"photoloupe: {'cannot write: ' if number == errno.ENOSPC else ''}{why}\n",
        )
        assert len(list((folder / "copies").iterdir())) == 3
        assert call(number, "undo")[0] == code
        assert sorted(path.name for path in folder.glob("*.png")) == before
        ended, text = call(number, "write")
        assert (ended, text.splitlines()[0]) == (code, "6 made; photoloupe undo takes it back")
        assert len(list(folder.glob("*.xmp"))) == 6
        assert call(number, "undo")[1].startswith("6 undone; all is as it was before\n")
    (folder / "plan.jsonl").write_text(
        (folder / "plan.jsonl").read_text().replace('"sha256": "', '"sha256": "0')
    )
    assert call(errno.EPIPE, "organize", "--apply", "plan.jsonl")[0] == 1  # all three failed


def test_fix_writes_every_copy(call: Call, tmp_path: Path) -> None:
    photo = EXAMPLES / "astronaut-squished.jpg"
    for name in ("a", "b"):
        (tmp_path / f"{name}.jpg").write_bytes(photo.read_bytes())
    code, text = call(errno.EPIPE, "fix", str(tmp_path), "--out", str(tmp_path / "fixed"))
    assert (code, text.splitlines()[0]) == (0, "photoloupe: 2 fixed, 0 left alone, 0 failed")
    assert len(list((tmp_path / "fixed").iterdir())) == 2


def test_a_pipe_without_a_reader_leaves_no_python_message(tmp_path: Path) -> None:
    """Python flushes standard output once more at its exit."""
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(encode(scene()))
    read, write = os.pipe()
    os.close(read)
    program = [sys.executable, "-c", "from photoloupe.cli import app; app()"]
    done = subprocess.run(
        [*program, "fix", str(tmp_path), "--out", str(tmp_path / "fixed")],
        stdout=write, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 0
    summary, closed = done.stderr.splitlines()
    assert summary.startswith("photoloupe: ")
    assert summary.endswith(", 0 failed")
    assert closed == "photoloupe: standard output was closed early; the work was finished"


def test_standard_output_that_was_closed_before_the_start(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode(scene()))
    python = f"{sys.executable} -c 'from photoloupe.cli import app; app()'"
    done = subprocess.run(
        f"{python} fix {tmp_path} --out {tmp_path}/fixed >&-",
        shell=True, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert "0 failed" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_ctrl_c_reports_what_was_done(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from photoloupe.catalog.organize import apply as library

    original = library.apply_plan

    def interrupted(catalog: Catalog, moves: list[Move], report: Report) -> None:
        original(catalog, moves[:1], report)
        raise KeyboardInterrupt

    monkeypatch.setattr(library, "apply_plan", interrupted)
    result = CliRunner().invoke(app, ["organize", "--apply", "plan.jsonl"])
    assert result.exit_code == 130
    assert result.stderr == "interrupted: 1 moved; photoloupe undo takes it back\n"


def test_on_a_terminal_rows_are_a_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from photoloupe.cli.printing import PatientOutput

    monkeypatch.setattr(PatientOutput, "isatty", lambda output: True)
    text = CliRunner().invoke(app, ["organize", "--apply", "plan.jsonl"]).stdout.splitlines()
    assert text[0] == "why        photo > moved to"
    assert text[1].startswith("duplicate  ")
    json_lines = CliRunner().invoke(app, ["undo", "--format", "jsonl"]).stdout.splitlines()
    assert len(json_lines) == 3
    assert all(line.startswith('{"path": ') for line in json_lines)

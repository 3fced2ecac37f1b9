"""What every verb shares: version, output files, catalogs, and errors in plain words."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from photoloupe.cli.main import app
from photoloupe.cli.options import end, missing_text, os_error_text, plain_errors
from photoloupe.cli.printing import PatientOutput, destination
from photoloupe.version import __version__
from tests.conftest import EXAMPLES, encode, scene

LISTING = [
    ["inspect", "."], ["rank", "."], ["crops", "."], ["source", "a.png", "--in", "."],
    ["query", "true"], ["similar", "a.png"],
]  # fmt: skip


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photos, with their catalog."""
    folder = tmp_path_factory.mktemp("scanned")
    for number, name in enumerate(("a.png", "b.png")):
        (folder / name).write_bytes(encode(scene(seed=number)))
    assert run("scan", folder, "--crops").exit_code == 0
    return folder


@pytest.fixture
def photos(scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`scanned` as the current folder; the cache is empty, and no catalog is named."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PHOTOLOUPE_CATALOG", raising=False)
    monkeypatch.chdir(scanned)
    return scanned


def test_the_version() -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"photoloupe {__version__}\n")


def test_shells_can_complete_verbs_and_formats() -> None:
    assert "--install-completion" in run("--help").stdout
    runner = CliRunner(env={"_PHOTOLOUPE_COMPLETE": "complete_bash", "COMP_CWORD": "1"})
    said = runner.invoke(app, env={"COMP_WORDS": "photoloupe ins"}, prog_name="photoloupe").stdout
    assert "inspect" in said


@pytest.mark.parametrize("call", LISTING, ids=lambda call: str(call[0]))
def test_rows_go_to_a_new_file_and_replace_none(
    call: list[str], photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "rows.csv"
    out.write_text("kept")
    cache = ["--no-cache"] if call[0] in {"crops", "source"} else []
    result = run(*call, *cache, "--format", "csv", "--out", out)
    assert result.exit_code == 2
    assert result.stderr == f"photoloupe: {out}: already exists; --force replaces it\n"
    assert out.read_text() == "kept"
    assert run(*call, *cache, "--format", "csv", "--out", out, "--force").exit_code in (0, 1)
    assert "path" in out.read_text() or "crop" in out.read_text()


def test_parquet_is_not_for_a_terminal(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photoloupe.cli.printing.sys.stdout", Terminal())
    with pytest.raises(SystemExit) as ended:
        app(["query", "true", "--format", "parquet"])
    assert ended.value.code == 2


class Terminal:
    """Standard output of a person; nothing may be written."""

    def isatty(self) -> bool:
        return True


def test_a_format_that_is_none_is_answered_with_those_there_are() -> None:
    result = run("inspect", EXAMPLES, "--format", "xml")
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr
    for name in ("xml", "table", "jsonl", "csv", "parquet", "paths"):
        assert name in result.stderr


def test_a_folder_of_photos_stands_for_its_catalog(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("query", "true", "--catalog", photos, "--format", "paths")
    assert result.stdout.splitlines() == [str(photos / "a.png"), str(photos / "b.png")]
    assert run("scan", photos, "--catalog", photos).stderr.startswith("2 same; ")


def test_an_empty_folder_is_reported(tmp_path: Path) -> None:
    for verb in (["inspect"], ["rank"], ["crops", "--no-cache"], ["fix", "--out", "fixed"]):
        result = run(*verb, tmp_path)
        assert result.exit_code == 0
        assert f"photoloupe: no photos in {tmp_path}\n" in result.stderr
    (tmp_path / "photos").mkdir()
    assert run("scan", tmp_path / "photos").stderr.startswith("no photos found; ")


def test_decide_shows_what_is_saved_and_forgets_only_when_asked(photos: Path) -> None:
    assert run("decide", "a.png").stdout == "a.png: no rating and no decision\n"
    assert run("decide", "a.png", "--rating", "4", "--decision", "keep").stdout == ""
    assert run("decide", "a.png", "b.png").stdout.splitlines() == [
        "a.png: rating 4, keep",
        "b.png: no rating and no decision",
    ]
    both = run("decide", "a.png", "--forget", "--rating", "1")
    assert both.exit_code == 2
    assert "--forget" in both.stderr
    assert run("decide", "a.png", "--forget").exit_code == 0
    assert run("decide", "a.png").stdout == "a.png: no rating and no decision\n"


def test_an_interrupted_scan_reports_what_it_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from photoloupe.catalog.scan import scan as library

    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(encode(scene(seed=number)))
    original = library.scan

    def interrupted(*arguments: object, **options: object) -> object:
        original(*arguments, **options)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(library, "scan", interrupted)
    result = run("scan", tmp_path)
    assert result.exit_code == 130
    assert result.stderr == (
        f"photoloupe: interrupted after 3 of 3 files; {tmp_path}/.photoloupe holds 3 photos, "
        "and the next scan continues from there\n"
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "cannot write: no space left on device"),
        (OSError(errno.EIO, "Input/output error", "a.jpg"), "a.jpg: input/output error"),
        (NotADirectoryError("photos: not a folder"), "photos: not a folder"),
        (OSError(), "input or output failed"),
    ],
)
def test_errors_of_the_system_have_no_numbers(
    error: OSError, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert os_error_text(error) == text
    with pytest.raises(typer.Exit) as ended, plain_errors():
        raise error
    assert ended.value.exit_code == 2
    assert capsys.readouterr().err == f"photoloupe: {text}\n"


def test_a_missing_library_is_answered_with_its_extra() -> None:
    text = missing_text(ModuleNotFoundError("No module named 'faiss'", name="faiss"))
    assert text == "faiss is not installed: pip install 'photoloupe[search]'"
    assert missing_text(ImportError("needs it: pip install x")) == "needs it: pip install x"
    assert missing_text(ImportError("no module named 'numpy'", name="numpy")).endswith("'numpy'")


def test_a_broken_photo_is_reported_without_the_decoders_words(tmp_path: Path) -> None:
    whole = encode(scene(), "JPEG")
    (tmp_path / "broken.png").write_bytes(encode(scene())[:20] + b"\xff" * 40)
    (tmp_path / "exif.jpg").write_bytes(
        whole[:2] + b"\xff\xe1\x00\x20Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff" + bytes(14)
        + whole[2:]
    )  # fmt: skip
    program = "from photoloupe.cli import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", program, "inspect", str(tmp_path), "--format", "jsonl"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    broken, exif = map(json.loads, done.stdout.splitlines())
    assert broken["error"]["message"] == "the file header is damaged"
    assert exif["error"] is None
    assert done.stderr == "photoloupe: 1 failed\n"


def test_warnings_of_decoders_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "warnoptions", [])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run("inspect", tmp_path)
        warnings.warn_explicit("Corrupt EXIF", UserWarning, "f.py", 1, module="PIL.TiffImagePlugin")
        warnings.warn_explicit("mine", UserWarning, "f.py", 1, module="somebody")
    assert [str(warning.message) for warning in caught] == ["mine"]


def test_failed_photos_make_the_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    end(0)
    with pytest.raises(typer.Exit) as ended:
        end(2)
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == "photoloupe: 2 failed\n"


def test_a_file_that_exists_is_replaced_only_by_force(tmp_path: Path) -> None:
    out = tmp_path / "rows"
    out.write_text("kept")
    with pytest.raises(FileExistsError), destination(out, force=False):
        pass
    assert out.read_text() == "kept"
    with destination(out, force=True) as file:
        file.write(b"new")
    assert out.read_text() == "new"


def test_output_without_a_reader_takes_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.RawIOBase):
        def write(self, data: object, /) -> int:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=Closed(), isatty=lambda: False))
    output = PatientOutput()
    assert [output.write(b"row\n") for _ in range(3)] == [4, 4, 4]
    assert isinstance(output.error, BrokenPipeError)


def test_a_model_is_chosen_for_one_command_and_its_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PHOTOLOUPE_MODEL", "best")
    seen: list[str] = []

    def installed(model: str | None) -> list[Any]:
        seen.append(os.environ["PHOTOLOUPE_MODEL"])
        return []

    monkeypatch.setattr("photoloupe.inspector.installed_cards", installed)
    result = CliRunner().invoke(app, ["inspect", "a.jpg", "--model", "fast"])
    assert result.exit_code == 2
    assert seen == ["fast"]
    assert os.environ["PHOTOLOUPE_MODEL"] == "best"

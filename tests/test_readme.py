"""The README's console blocks are run on the example photos, and print what it shows.

A block after `<!-- not run: REASON -->` is left out, and so are lines such as `$ pip install`.
`<!-- output of: COMMAND -->` before a text block says what prints it. `...` stands for anything,
and lines may be broken anywhere. A command without output must exit with 0.
"""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from photoloupe.cli.main import app
from tests.conftest import EXAMPLES

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"(?:<!-- ([^\n]*) -->\n)?```(console|text)\n(.*?)```", re.DOTALL)
FAILS = {"photoloupe inspect notes.txt --format jsonl": 1}  # commands that show a failure


PASSED_OVER = "photoloupe: passed over:"  # a note on standard error, wherever the walk ends


@dataclass(frozen=True)
class Shown:
    """A command of the README, and the output below it."""

    command: str
    output: str


def shown_commands(text: str) -> list[Shown]:
    """Commands of photoloupe in the order they stand in, but for blocks that are not run."""
    found = []
    for note, kind, block in BLOCK.findall(text):
        if note.startswith("not run: "):
            continue
        if kind == "text":
            assert note.startswith("output of: "), f"which command prints this? {block[:60]}"
        command = f"$ {note.removeprefix('output of: ')}\n" if kind == "text" else ""
        for part in re.split(r"^\$ ", command + block, flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            found += [
                Shown(command, output)
                for command in line.split(" && ")
                if command.startswith("photoloupe ")
            ]
    return found


SHOWN = shown_commands(README.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the README names; `photos` was scanned."""
    top = tmp_path_factory.mktemp("readme")
    shutil.copytree(EXAMPLES, top / "examples" / "photos")
    shutil.copytree(EXAMPLES, top / "photos")
    for name in ("photos/beach.jpg", "A.jpg", "B.jpg"):
        shutil.copy(EXAMPLES / "boats.jpg", top / name)
    (top / "notes.txt").write_text("no photo\n")
    for photos, catalog in (("photos", "photos"), ("examples/photos", "photos.catalog")):
        call = ["scan", str(top / photos), "--crops", "--catalog", str(top / catalog)]
        assert CliRunner().invoke(app, call[:3] if photos == catalog else call).exit_code == 0
    return top


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.command[11:60])
def test_a_command_prints_what_the_readme_shows(
    shown: Shown, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    if shown.command.startswith("photoloupe undo"):  # after the block's organize, or alone
        prepare_undo()
    result = CliRunner().invoke(app, shlex.split(shown.command)[1:])
    assert result.exit_code == FAILS.get(shown.command, 0), result.output
    if wanted := " ".join(shown.output.split()):
        pattern = re.escape(wanted).replace(re.escape("..."), ".*")
        shown_lines = [line for line in result.output.splitlines() if PASSED_OVER not in line]
        assert re.fullmatch(pattern, " ".join(" ".join(shown_lines).split())), result.output


def prepare_undo() -> None:
    """Write sidecars, so that something can be undone."""
    assert CliRunner().invoke(app, ["write", "--catalog", "photos"]).exit_code == 0


def test_most_of_the_readme_is_run() -> None:
    verbs = {shown.command.split()[1] for shown in SHOWN}
    assert len(SHOWN) >= 18
    assert len(verbs) >= 15
    assert sum(bool(shown.output.strip()) for shown in SHOWN) >= 5

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner, Result

from photoloupe import open_photo
from photoloupe.cli.main import app
from tests.conftest import EXAMPLES


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_fix_writes_the_squished_example_and_leaves_the_rest(tmp_path: Path) -> None:
    names = [EXAMPLES / f"{name}.jpg" for name in ("astronaut-squished", "astronaut", "coffee")]
    before = names[0].read_bytes()
    planned = run("fix", *names, "--out", tmp_path / "new", "--dry-run")
    assert planned.exit_code == 0
    assert "dry run" in planned.stderr
    assert not (tmp_path / "new").exists()
    done = run("fix", *names, "--out", tmp_path / "new")
    assert done.exit_code == 0
    assert done.stdout == planned.stdout
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["fixed", "left", "left"]
    assert "1 fixed, 2 left alone, 0 failed" in done.stderr
    facts = open_photo(tmp_path / "new" / "astronaut-squished.jpg").facts
    assert facts.height == 512
    assert abs(facts.width - 512) < 60
    assert names[0].read_bytes() == before
    again = run("fix", *names, "--out", tmp_path / "new")
    assert again.exit_code == 1
    assert "is there already [exists]" in again.stdout


def test_fix_tells_mistakes_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    photo = EXAMPLES / "astronaut-squished.jpg"
    no_folder = run("fix", photo, "--out", tmp_path / "file")
    assert no_folder.exit_code == 2
    assert no_folder.stderr.splitlines() == [f"photoloupe: --out {tmp_path}/file: not a folder"]
    nothing = run("fix", tmp_path / "none.jpg", "--out", tmp_path / "new")
    assert nothing.exit_code == 1
    assert "no such file [not_found]" in nothing.stdout
    assert run("fix", photo).exit_code == 2

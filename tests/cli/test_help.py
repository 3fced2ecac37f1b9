"""Every `--help` is a snapshot, and docs/reference/cli.md is what the commands say.

After a change of a help text: `python scripts/cli_reference.py`, and read the difference.
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

SCRIPT = Path(__file__).parents[2] / "scripts" / "cli_reference.py"
cli_reference = SimpleNamespace(**runpy.run_path(str(SCRIPT)))
MADE_BY = "0.29."  # versions of Typer whose layout of --help the snapshots show
same_layout = pytest.mark.skipif(
    not typer.__version__.startswith(MADE_BY), reason=f"snapshots are of Typer {MADE_BY}x"
)
VERBS = ["", *cli_reference.verbs()]


@same_layout
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb or "photoloupe")
def test_help_is_as_it_was(verb: str) -> None:
    snapshot = cli_reference.snapshot_path(verb).read_text(encoding="utf-8")
    assert cli_reference.help_text(verb) == snapshot


def test_no_snapshot_is_left_of_a_verb_that_is_no_more() -> None:
    wanted = {cli_reference.snapshot_path(verb) for verb in VERBS}
    assert set(cli_reference.SNAPSHOTS.glob("*.txt")) == wanted
    assert len(VERBS) > 17


@same_layout
def test_the_reference_page_is_current() -> None:
    assert cli_reference.PAGE.read_text(encoding="utf-8") == cli_reference.reference_page()


@pytest.mark.parametrize("verb", VERBS[1:])
def test_every_option_has_a_text_and_shows_its_default(verb: str) -> None:
    """A default inside a help text would be taken for markup and vanish."""
    for row in options(cli_reference.help_text(verb)):
        names, text = row
        assert re.search(r"[A-Z0-9a-z].{5,}", text), names
        switch = not re.search(r" [A-Z]{3,}| \[", names)
        if not switch and not {"--plan", "--apply", "--rating", "--decision"} & set(names.split()):
            assert "[default: " in text or "[required]" in text, (names, text)


def options(text: str) -> list[tuple[str, str]]:
    """The rows of the options' boxes: names and kind, text with what follows it."""
    rows: list[tuple[str, str]] = []
    inside = False
    for line in text.splitlines():
        inside = "Options ─" in line or (inside and not line.startswith("╰"))
        if not inside or not line.startswith("│"):
            continue
        columns = re.split(r"\s{2,}", line.strip("│ "))
        if re.match(r"[*\s]*--", line.strip("│ ")):
            rows.append((" ".join(columns[:-1]), columns[-1]))
        elif rows:
            rows[-1] = rows[-1][0], f"{rows[-1][1]} {line.strip('│ ')}"
    return [row for row in rows if "--help" not in row[0]]

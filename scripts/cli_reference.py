"""Write docs/reference/cli.md and the snapshots of --help, both from the commands themselves.

    python scripts/cli_reference.py

tests/cli/test_help.py fails while either differs from what this would write.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import typer
import typer.rich_utils
from typer.testing import CliRunner

from photoloupe.cli.main import app

REPOSITORY = Path(__file__).parent.parent
PAGE = REPOSITORY / "docs" / "reference" / "cli.md"
SNAPSHOTS = REPOSITORY / "tests" / "cli" / "help"
COLUMNS = 100  # width of the snapshots
COLOURS = ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS")  # by these Typer prints escape codes
HEAD = """# Command line

<!-- Written by scripts/cli_reference.py from the commands: change their texts, run it again. -->

Every verb takes `--help`. `photoloupe --version` prints the version, `photoloupe
--install-completion` teaches the shell to complete verbs and options.

Exit codes: 0 success (`crop`, `source`: found), 1 some photo failed (`crop`, `source`: none found),
2 the command cannot be carried out, 130 interrupted. Rows go to standard output, all else to
standard error. `--format` is one of table, jsonl, csv, parquet and paths; verbs that change files
finish their work even if standard output is closed.
"""


def verbs() -> list[str]:
    """Every verb in the order of `photoloupe --help`; those of a group by both words."""
    root: Any = typer.main.get_command(app)
    inner = {name: getattr(command, "commands", {}) for name, command in root.commands.items()}
    return [
        f"{name} {verb}" if verb else name
        for name, group in inner.items()
        for verb in group or [""]
    ]


def help_text(verb: str) -> str:
    """What `photoloupe VERB --help` prints on a terminal of 100 columns, without colours."""
    width, colour = typer.rich_utils.MAX_WIDTH, typer.rich_utils.FORCE_TERMINAL
    typer.rich_utils.MAX_WIDTH, typer.rich_utils.FORCE_TERMINAL = COLUMNS, None
    kept = {name: os.environ.pop(name) for name in COLOURS if name in os.environ}
    try:
        done = CliRunner().invoke(app, [*verb.split(), "--help"], prog_name="photoloupe")
    finally:
        os.environ.update(kept)
        typer.rich_utils.MAX_WIDTH, typer.rich_utils.FORCE_TERMINAL = width, colour
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").split("\n")) + "\n"


def snapshot_path(verb: str) -> Path:
    """The file that holds a verb's help."""
    return SNAPSHOTS / f"{verb.replace(' ', '_') or 'photoloupe'}.txt"


def reference_page() -> str:
    """docs/reference/cli.md as it should be."""
    index = "\n".join(f"- [{verb}](#{verb.replace(' ', '-')})" for verb in verbs())
    sections = (f"\n## {verb}\n\n```text\n{help_text(verb)}```" for verb in verbs())
    return "\n".join([HEAD, index, *sections]) + "\n"


def main() -> None:
    """Write the page and every snapshot; snapshots of verbs that are no more are deleted."""
    PAGE.write_text(reference_page(), encoding="utf-8")
    SNAPSHOTS.mkdir(exist_ok=True)
    for old in SNAPSHOTS.glob("*.txt"):
        old.unlink()
    for verb in ["", *verbs()]:
        snapshot_path(verb).write_text(help_text(verb), encoding="utf-8")


if __name__ == "__main__":
    main()

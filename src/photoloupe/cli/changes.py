"""write, organize, undo: verbs that change files, and finish even if nobody reads their rows."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photoloupe.cli.options import (
    FAILED,
    INTERRUPTED,
    FormatOption,
    Uri,
    fail,
    open_catalog,
    os_error_text,
    plain_errors,
)
from photoloupe.cli.printing import PatientOutput, writing_to_the_end
from photoloupe.cli.streams import print_error

if TYPE_CHECKING:
    from photoloupe.catalog.journal.undo import Undone
    from photoloupe.catalog.organize.apply import MoveResult
    from photoloupe.catalog.sidecars.write import SidecarResult

app = typer.Typer()
UNDO = "photoloupe undo takes it back"
DONE = {"make": "made", "change": "changed", "same": "unchanged"}  # what write does, in its summary


@app.command()
def write(
    catalog: Uri = None,
    where: Annotated[
        str, typer.Option(help="Which photos, as in query.", show_default="all photos")
    ] = "true",
    bands: Annotated[
        str, typer.Option(help="Percentages of photos below 2, 3, 4 and 5 stars.")
    ] = "10,35,65,90",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done; write nothing.")
    ] = False,
    form: FormatOption = None,
) -> None:
    """Write ratings and answers to XMP sidecars; ratings of your own are never changed."""
    counts, output = Counter[str](), PatientOutput()

    def summary() -> str:
        wrote = not dry_run and counts["made"] + counts["changed"] > 0
        return f"{words(counts)}; {UNDO if wrote else 'nothing was written'}"

    with plain_errors(), finishing(counts, output, summary):
        from photoloupe.catalog.change_layouts import WRITTEN
        from photoloupe.catalog.sidecars import write as sidecars
        from photoloupe.catalog.sidecars.stars import Stars

        base = open_catalog(".", catalog)
        stars = Stars(base, [float(band) for band in bands.split(",")])
        with writing_to_the_end(WRITTEN, form, output) as show:

            def report(row: SidecarResult) -> None:
                counts["failed" if row.error else DONE[str(row.does)]] += 1
                if row.does != "same":
                    show(row)

            sidecars.write_sidecars(base, stars, report, where=where, dry_run=dry_run)


@app.command()
def organize(  # noqa: PLR0917 (typer reads options off the signature)
    plan: Annotated[
        Path | None, typer.Option(help="Write a plan to this new file.", show_default=False)
    ] = None,
    apply: Annotated[
        Path | None, typer.Option(help="Carry out this plan.", show_default=False)
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(help="Folder to move rejected photos to.", show_default="they stay"),
    ] = None,
    duplicates: Annotated[
        Path | None, typer.Option(help="Folder to move exact copies to.", show_default="they stay")
    ] = None,
    selfies: Annotated[
        Path | None, typer.Option(help="Folder to move selfies to.", show_default="they stay")
    ] = None,
    catalog: Uri = None,
    form: FormatOption = None,
) -> None:
    """Move rejects, exact copies and selfies: write a plan, read it, then apply it."""
    counts, output = Counter[str](), PatientOutput()

    def summary() -> str:
        return f"{words(counts)}; {UNDO if counts['moved'] else 'nothing was moved'}"

    with plain_errors(), finishing(counts, output, summary):
        from photoloupe.catalog.change_layouts import MOVED
        from photoloupe.catalog.organize import apply as library
        from photoloupe.catalog.organize.plan import load_plan, make_plan, save_plan

        if (plan is None) == (apply is None):
            raise ValueError("give either --plan FILE or --apply FILE")
        named = {"reject": rejects, "duplicate": duplicates, "selfie": selfies}
        folders = {why: str(folder) for why, folder in named.items() if folder}
        if (plan is None) == bool(folders):
            raise ValueError("--plan needs --rejects, --duplicates or --selfies; --apply has none")
        base = open_catalog(".", catalog)
        if plan:
            counts["planned"] = save_plan(make_plan(base, folders), plan)
            return
        assert apply is not None
        moves = load_plan(apply)
        with writing_to_the_end(MOVED, form, output) as show:

            def report(result: MoveResult) -> None:
                counts["failed" if result[1] else "moved"] += 1
                show(result)

            library.apply_plan(base, moves, report)


@app.command()
def undo(
    catalog: Uri = None,
    give_up: Annotated[
        bool,
        typer.Option(
            "--give-up", help="Drop the latest action from the undo log without undoing it."
        ),
    ] = False,
    form: FormatOption = None,
) -> None:
    """Undo the latest write or organize; files that were changed since are left alone."""
    counts, output = Counter[str](), PatientOutput()

    def summary() -> str:
        failed = "run undo again for what failed" if counts["failed"] else "all is as it was before"
        return f"{words(counts)}; {failed}"

    if give_up:
        with plain_errors():
            from photoloupe.catalog.journal import undo as library

            print_error(
                f"dropped; its log is kept as {library.drop_latest(open_catalog('.', catalog))}"
            )
        return
    with plain_errors(), finishing(counts, output, summary):
        from photoloupe.catalog.change_layouts import UNDONE
        from photoloupe.catalog.journal import undo as library

        base = open_catalog(".", catalog)
        with writing_to_the_end(UNDONE, form, output) as show:

            def report(row: Undone) -> None:
                counts["failed" if row.error else "undone"] += 1
                show(row)

            library.undo_latest(base, report)


# --- how they end --------------------------------------------------------------------------------


@contextmanager
def finishing(
    counts: Counter[str], output: PatientOutput, summary: Callable[[], str]
) -> Iterator[None]:
    """Print what was done, however a verb ends, and exit with the code that says how.

    counts: outcomes, of which "failed" makes the exit code 1; 2 if rows could not be printed,
    unless it was their reader who closed the pipe; 130 after Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt:
        print_error(f"interrupted: {summary()}")
        raise typer.Exit(INTERRUPTED) from None
    except Exception:
        if counts.total():
            print_error(summary())
        raise
    print_error(summary())
    if output.error is not None and output.error.errno == errno.EPIPE:
        print_error("photoloupe: standard output was closed early; the work was finished")
    elif output.error is not None:
        fail(f"{os_error_text(output.error)}; the work was finished")
    if counts["failed"]:
        raise typer.Exit(FAILED)


def words(counts: Counter[str]) -> str:
    """Counts as `3 moved, 1 failed`; "no photos" without any."""
    return ", ".join(f"{n:,} {what}" for what, n in sorted(counts.items()) if n) or "no photos"

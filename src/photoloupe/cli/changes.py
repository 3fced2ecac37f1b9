"""The verbs that change files beside a catalogue, or move photos: write, organize, undo."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from photoloupe.cli.options import Uri, open_catalog, told

if TYPE_CHECKING:
    from photoloupe.errors import PhotoError

app = typer.Typer()

Folder = Annotated[Path | None, typer.Option(help="Where these go. [default: they stay]")]


@app.command()
def write(
    catalog: Uri = None,
    where: Annotated[str, typer.Option(help="Which photos, as in query.")] = "true",
    bands: Annotated[
        str, typer.Option(help="Percent of photos below 2, 3, 4 and 5 stars.")
    ] = "10,35,65,90",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
) -> None:
    """Write ratings and answers to XMP sidecars beside the photos; your own ratings stay."""
    counts = Counter[str]()
    with told():
        from photoloupe.catalog.sidecars import write as sidecars
        from photoloupe.catalog.sidecars.stars import Stars

        base = open_catalog(".", catalog)
        stars = Stars(base, [float(band) for band in bands.split(",")])
        for row in sidecars.write_sidecars(base, stars, where, dry_run=dry_run):
            counts["failed" if row.error else str(row.does)] += 1
            if row.does != "same":
                _print(row.to_dict())
    wrote = not dry_run and counts["make"] + counts["change"] > 0
    _end(counts, "photoloupe undo takes it back" if wrote else "nothing was written")


@app.command()
def organize(  # noqa: PLR0917 (typer reads options off the signature)
    plan: Annotated[Path | None, typer.Option(help="Write a plan to this new file.")] = None,
    apply: Annotated[Path | None, typer.Option(help="Carry out this plan.")] = None,
    rejects: Folder = None,
    duplicates: Folder = None,
    selfies: Folder = None,
    catalog: Uri = None,
) -> None:
    """Plan what would be moved where, then move it: rejects, exact copies, selfies."""
    counts = Counter[str]()
    with told():
        from photoloupe.catalog.organize import apply as room
        from photoloupe.catalog.organize.plan import load_plan, make_plan, save_plan

        if (plan is None) == (apply is None):
            raise ValueError("either --plan FILE or --apply FILE, please")
        named = {"reject": rejects, "duplicate": duplicates, "selfie": selfies}
        folders = {why: str(folder) for why, folder in named.items() if folder}
        if (plan is None) == bool(folders):
            raise ValueError("--rejects, --duplicates and --selfies name the folders of a --plan")
        base = open_catalog(".", catalog)
        if plan:
            counts["planned"] = save_plan(make_plan(base, folders), plan)
        for move, error in room.apply_plan(base, load_plan(apply)) if apply else ():
            counts["failed" if error else "moved"] += 1
            _print(asdict(move) | {"error": _plain(error)})
    _end(counts, "photoloupe undo takes it back" if counts["moved"] else "nothing was moved")


@app.command()
def undo(
    catalog: Uri = None,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Leave the latest as it is, for good.")
    ] = False,
) -> None:
    """Take back the latest write or organize; what was changed since is refused and left alone."""
    counts = Counter[str]()
    with told():
        from photoloupe.catalog.journal import undo as room

        base = open_catalog(".", catalog)
        if give_up:
            typer.echo(f"laid aside as {room.drop_latest(base)}", err=True)
            return
        for row in room.undo_latest(base):
            counts["failed" if row.error else "undone"] += 1
            _print({"path": row.path, "did": row.did, "error": _plain(row.error)})
    _end(counts, "what failed can be undone again" if counts["failed"] else "as it was")


def _print(row: dict[str, Any]) -> None:
    typer.echo(json.dumps(row, ensure_ascii=False))


def _plain(error: PhotoError | None) -> dict[str, str] | None:
    return {"code": error.code, "message": error.message} if error is not None else None


def _end(counts: Counter[str], then: str) -> None:
    said = ", ".join(f"{count:,} {does}" for does, count in sorted(counts.items()) if count)
    typer.echo(f"{said or 'no photos'}; {then}", err=True)
    if counts["failed"]:
        raise typer.Exit(1)

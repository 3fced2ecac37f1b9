"""crop: is one of two photos cut out of the other?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from photoloupe.cli.options import plain_errors

app = typer.Typer()


@app.command()
def crop(
    a: Annotated[str, typer.Argument(help="A photo.")],
    b: Annotated[str, typer.Argument(help="Another photo, in either order.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    draw: Annotated[
        Path | None,
        typer.Option(
            help="Save a PNG that shows the box on the source, the crop, and their differences.",
            show_default="no picture",
        ),
    ] = None,
    sensor: Annotated[
        bool, typer.Option("--sensor", help="Give the box as stored, before EXIF orientation.")
    ] = False,
) -> None:
    """Is one of two photos cut out of the other, and from which box?

    Exit code 0: yes. 1: no, also if they overlap or are mirrored, or it cannot be determined.
    """
    with plain_errors():
        from photoloupe.crops.compare import compare
        from photoloupe.crops.crop import NO_RELATION
        from photoloupe.crops.draw import draw_crop

        if draw and not draw.absolute().parent.is_dir():
            raise NotADirectoryError(f"--draw {draw}: no folder {draw.parent}")
        found = compare(a, b)
        if found is not None and found.box and draw:
            draw_crop(found, draw)
    if as_json:
        typer.echo(json.dumps(found.to_dict() if found is not None else NO_RELATION))
    elif found is None:
        typer.echo(f"neither {a} nor {b} is cut out of the other")
    else:
        typer.echo(found.in_words(sensor=sensor))
    raise typer.Exit(0 if found else 1)

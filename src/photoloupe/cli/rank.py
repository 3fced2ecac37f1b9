"""rank: photos in order, the best first."""

from __future__ import annotations

from typing import Annotated

import typer

from photoloupe.cli.options import (
    Force,
    FormatOption,
    Jobs,
    Model,
    Out,
    Photos,
    end,
    listed,
    plain_errors,
)
from photoloupe.cli.printing import writing

app = typer.Typer()


@app.command()
def rank(  # noqa: PLR0917 (typer reads options off the signature)
    photos: Photos,
    top: Annotated[
        int | None,
        typer.Option(min=1, help="How many to print, one of each burst.", show_default="all"),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=1, max=10, help="Lowest score to print.", show_default="all scores"),
    ] = None,
    model: Model = None,
    form: FormatOption = None,
    out: Out = None,
    force: Force = False,
    jobs: Jobs = None,
) -> None:
    """Sort photos by score, best first, and mark the best of every burst."""
    with plain_errors():
        from photoloupe.inspector import Inspector
        from photoloupe.uses.rank_layout import rank_layout
        from photoloupe.uses.ranking import rank as put_in_order

        with writing(rank_layout(), form, out, force) as write:
            rows = put_in_order(listed(photos), inspector=Inspector(jobs=jobs))
            bad = [row for row in rows if row.report.error is not None]
            good = [r for r in rows if r.report.error is None and r.score >= (threshold or 0)]
            if top is not None:
                good = [row for row in good if row.best][:top]
            for row in [*good, *bad]:
                write(row)
    end(len(bad))

"""Progress on standard error, if that is a terminal: a rate, counts by stage, or a bar."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


def watch(rows: Iterable[Item]) -> Iterator[Item]:
    """Pass rows on; show their number and rate, unless rows on the terminal are progress enough."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from rows
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.completed} photos, {task.fields[rate]:.0f}/s")
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None, rate=0.0)
        for row in rows:
            progress.update(task, advance=1, rate=progress.tasks[0].speed or 0.0)
            yield row


@contextmanager
def stage_counts() -> Iterator[Callable[[str], None]]:
    """-> a function to call with a stage's name when a photo enters it."""
    if not sys.stderr.isatty():
        yield lambda stage: None
        return
    from rich.console import Console

    counts: Counter[str] = Counter()
    with Console(stderr=True).status("") as status:

        def count(stage: str) -> None:
            counts[stage] += 1
            status.update(", ".join(f"{number:,} {stage}" for stage, number in counts.items()))

        yield count


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None]]:
    """-> a function to call with how many photos are done, of how many. Rate and time left."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich import progress
    from rich.console import Console

    rate = progress.TextColumn("{task.fields[rate]:.0f}/s, left")
    ends = progress.MofNCompleteColumn(), rate, progress.TimeRemainingColumn()
    with progress.Progress(progress.BarColumn(), *ends, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None, rate=0.0)
        yield lambda done, total: bar.update(
            task, completed=done, total=total, rate=bar.tasks[0].speed or 0.0
        )

"""Work that changes files is finished first; an error of whoever watches it is raised after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Result = TypeVar("Result")


@contextmanager
def late_errors(report: Callable[[Result], None]) -> Iterator[Callable[[Result], None]]:
    """-> `report` as a function that never raises: its first error is raised at the block's end.

    After an error it is not called again. So a printer whose reader has gone away stops no work
    half-way. Ctrl-C (KeyboardInterrupt) is raised at once.
    """
    errors = list[Exception]()

    def call(result: Result) -> None:
        if not errors:
            try:
                report(result)
            except Exception as error:  # whatever it is, the work comes first
                errors.append(error)

    yield call
    if errors:
        raise errors[0]

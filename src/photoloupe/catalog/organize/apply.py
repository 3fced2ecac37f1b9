"""A plan carried out: photos move with their sidecars, rows follow, and all can be undone.

Nothing is deleted and nothing is overwritten. A file that is not as the plan says stays in place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import lru_cache

from photoloupe.catalog.journal.late_errors import late_errors
from photoloupe.catalog.journal.undo import UndoLog
from photoloupe.catalog.lock import catalog_lock
from photoloupe.catalog.organize.moved_rows import MovedRows
from photoloupe.catalog.organize.plan import Move
from photoloupe.catalog.sidecars.sidecar_paths import SidecarPaths, moved_sidecar
from photoloupe.catalog.store import Catalog
from photoloupe.errors import PhotoError
from photoloupe.media.safe_files import (
    as_photo_error,
    changed_error,
    check_plain,
    file_sha256,
    has_content,
    move_all,
)

MoveResult = tuple[Move, PhotoError | None]  # a move, and why it was not made, if so


def apply_plan(
    catalog: Catalog, moves: Iterable[Move], report: Callable[[MoveResult], None]
) -> None:
    """Carry out a plan, and report each move.

    report: called once a move, with why it was not made, if so; if it raises, all moves are made
    first. Raises CatalogError.
    """
    is_original = lru_cache(1)(has_content)  # copies of one original often follow each other
    with (
        late_errors(report) as call,
        catalog_lock(catalog),
        UndoLog(catalog, "organize") as log,
        MovedRows(catalog) as rows,
    ):
        for move in moves:
            try:
                if move.original and not is_original(move.original, move.sha256):
                    raise changed_error(move.path, f"original {move.original} is not as planned")
                _move(move, log)
            except PhotoError as error:
                call((move, error))
            else:
                rows.moved(move.path, move.to)
                call((move, None))


def _move(move: Move, log: UndoLog) -> None:
    with as_photo_error(move.path):
        check_plain(move.path)
        if file_sha256(move.path) != move.sha256:
            raise changed_error(move.path, "changed since the plan; left where it is")
        sidecars = SidecarPaths().sidecars(move.path)
        pairs = [(move.path, move.to)]
        pairs += [(sidecar, moved_sidecar(move.path, sidecar, move.to)) for sidecar in sidecars]
        for source, target in pairs:
            check_plain(source)
            if os.path.lexists(target):
                raise PhotoError("exists", move.path, f"{target} exists already; left where it is")
        log.moves([(source, target, file_sha256(source)) for source, target in pairs])
    move_all(pairs)

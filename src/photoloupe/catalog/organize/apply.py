"""A plan carried out: photos move with their sidecars, the catalogue is told, all can be undone.

Nothing is deleted and nothing is written over. What is not as the plan says stays where it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import lru_cache

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

TOGETHER = 256  # moves that the catalogue is told of in one commit
MoveResult = tuple[Move, PhotoError | None]


def apply_plan(catalog: Catalog, moves: Iterable[Move]) -> Iterator[MoveResult]:
    """Carry out a plan -> each move, and why it was not made, if so. Raises CatalogError."""
    original_holds = lru_cache(1)(has_content)  # copies of one original often follow each other
    with catalog_lock(catalog), UndoLog(catalog, "organize") as log, MovedRows(catalog) as told:
        for move in moves:
            try:
                if move.original and not original_holds(move.original, move.sha256):
                    raise changed_error(move.path, f"original {move.original} is not as planned")
                _move(move, log)
            except PhotoError as error:
                yield move, error
            else:
                told.moved(move.path, move.to)
                yield move, None


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
                raise PhotoError("exists", move.path, f"{target} is there already; left")
        log.moves([(source, target, file_sha256(source)) for source, target in pairs])
    move_all(pairs)

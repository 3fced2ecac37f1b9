"""A plan carried out: photos move with their sidecars, the catalogue is told, all can be undone.

Nothing is deleted and nothing is written over. What is not as the plan says stays where it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import lru_cache

from photoloupe.catalog.journal.undo import UndoLog
from photoloupe.catalog.organize.moved_rows import Relocating
from photoloupe.catalog.organize.plan import Move
from photoloupe.catalog.scan.scan import only_scan
from photoloupe.catalog.sidecars.sidecar_paths import Beside, place_of
from photoloupe.catalog.store import Catalog
from photoloupe.errors import PhotoError
from photoloupe.media.safe_files import (
    as_photo_error,
    changed,
    check_plain,
    digest_of,
    has_content,
    move_all,
)

TOGETHER = 256  # moves that the catalogue is told of in one commit
Done = tuple[Move, PhotoError | None]


def apply(catalog: Catalog, moves: Iterable[Move]) -> Iterator[Done]:
    """Carry out a plan -> each move, and why it was not made, if so. Raises CatalogError."""
    original_holds = lru_cache(1)(has_content)  # copies of one original often follow each other
    with only_scan(catalog), UndoLog(catalog, "organize") as log, Relocating(catalog) as told:
        for move in moves:
            try:
                if move.original and not original_holds(move.original, move.sha256):
                    raise changed(move.path, f"its original {move.original} is not as planned")
                _move(move, log)
            except PhotoError as error:
                yield move, error
            else:
                told.moved(move.path, move.to)
                yield move, None


def _move(move: Move, log: UndoLog) -> None:
    with as_photo_error(move.path):
        check_plain(move.path)
        if digest_of(move.path) != move.sha256:
            raise changed(move.path, "changed since the plan; left where it is")
        sidecars = Beside().sidecars(move.path)
        pairs = [(move.path, move.to)]
        pairs += [(sidecar, place_of(move.path, sidecar, move.to)) for sidecar in sidecars]
        for source, target in pairs:
            check_plain(source)
            if os.path.lexists(target):
                raise PhotoError("exists", move.path, f"{target} is there already; left")
        log.moves([(source, target, digest_of(source)) for source, target in pairs])
    move_all(pairs)

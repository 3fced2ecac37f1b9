"""Files -> rows: what is new or has changed is looked at, the rest is not even opened.

    change_finder -> read_file (threads) -> model_batches -> row_writer -> settle_missing

A scan that is stopped at any moment, however rudely, goes on where its last commit left it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from photoloupe.catalog.location import is_local
from photoloupe.catalog.scan.change_finder import ChangeFinder
from photoloupe.catalog.scan.file_queue import FileQueue
from photoloupe.catalog.scan.file_source import LocalFiles
from photoloupe.catalog.scan.model_batches import ModelBatches
from photoloupe.catalog.scan.read_file import Claim, Inspectors, read_file
from photoloupe.catalog.scan.row_index import MOST_MODELS, RowIndex, Target
from photoloupe.catalog.scan.row_writer import RowWriter
from photoloupe.catalog.scan.summary import ScanSummary
from photoloupe.catalog.schema import utc_now
from photoloupe.catalog.store import Catalog
from photoloupe.errors import CatalogError, ModelError
from photoloupe.models.card import Card, installed_cards
from photoloupe.parallel import in_order

AHEAD = 32  # files a thread that may wait for the net
LOCK = "scan.lock"
REST, REST_SHARE = 2.0, 9  # seconds between two scans of a watch, and in scans' own length

Tell = Callable[[int, int], None]  # is told how many files are done, of how many


def scan(
    catalog: Catalog,
    names: Sequence[str],
    *,
    lines: Iterable[str] = (),
    crops: bool = False,
    jobs: int | None = None,
    cards: Sequence[Card] | None = None,
    tell: Tell = lambda done, total: None,
) -> ScanSummary:
    """Bring the catalogue up to date with what is in these folders.

    names, lines: as in paths.list_photos; crops: also the features that crops are found by;
    jobs: threads that read and decode, by default one a core; cards: models, by default all that
    ship. A file that cannot be read is a row that says why. Raises CatalogError, ModelError.
    """
    started, summary = time.monotonic(), ScanSummary()
    models = Inspectors(make_target(cards, crops))
    with scan_lock(catalog):
        known = RowIndex(catalog, models.target)
        changes = ChangeFinder(catalog, known, models.target.everything, summary)
        with changes.walk(LocalFiles(names, lines)) as spool:
            writer = RowWriter(catalog, models.target, summary)
            answering = ModelBatches(models, writer)
            process_files(spool, known.contents.claim, answering, jobs, tell)
            for copy in writer.lost():  # their originals changed meanwhile
                answering.put(read_file(copy.file, claim_any, models))
            answering.flush()
        settle_missing(catalog, changes, summary)
        catalog.compact()
    summary.seconds = time.monotonic() - started
    return summary


def watch(once: Callable[[], ScanSummary], wait: Callable[[float], None]) -> Iterator[ScanSummary]:
    """Scan for ever -> the first summary, and those that tell something new.

    wait: is given seconds. It asks the file system each time: network drives send no events.
    """
    failed = -1
    while True:
        summary = once()
        if summary.anything or summary.failed != failed:
            yield summary
        failed = summary.failed
        wait(max(REST, REST_SHARE * summary.seconds))


def make_target(cards: Sequence[Card] | None, crops: bool) -> Target:
    """What rows must hold to be left alone."""
    cards = list(installed_cards() if cards is None else cards)
    if len(cards) > MOST_MODELS:
        raise ModelError(f"{len(cards)} models: a catalogue holds the answers of {MOST_MODELS}")
    if not crops:
        return Target(cards)
    from photoloupe.crop_search.codes import code_version  # loads FAISS

    return Target(cards, code_version())


def process_files(
    spool: FileQueue, claim: Claim, answering: ModelBatches, jobs: int | None, tell: Tell
) -> None:
    """Look at every file of the spool; what was looked at is kept even if this is interrupted."""
    look = partial(read_file, claim=claim, models=answering.models)
    tell(0, len(spool))
    try:
        for done, looked in enumerate(in_order(look, spool, jobs, AHEAD), 1):
            answering.put(looked)
            tell(done, len(spool))
    finally:
        answering.flush()


def claim_any(sha256: str) -> bool:
    """Claims any content."""
    return True


def settle_missing(catalog: Catalog, changes: ChangeFinder, summary: ScanSummary) -> None:
    """Rows whose file has gone: kept, so that a disk unplugged for a day costs nothing.

    But where the content lies elsewhere too, the file was moved, or it was a copy: no row is left.
    """
    for paths in changes.missing():
        rows = catalog.rows_with("path", paths, ["path", "sha256"])
        contents = [row["sha256"] for row in rows if row["sha256"]]
        there = catalog.rows_with("sha256", contents, ["path", "sha256", "gone_at"])
        alive = {r["sha256"] for r in there if r["gone_at"] is None and r["path"] not in set(paths)}
        moved = [row["path"] for row in rows if row["sha256"] in alive]
        lost = [row["path"] for row in rows if row["sha256"] not in alive]
        catalog.remove(moved)
        catalog.change([{"path": path, "gone_at": utc_now()} for path in lost], "gone_at")
        summary.gone += len(lost)
        # A copy that goes is gone; a move is a copy that came and an original that went.
        came = min(summary.copied, len(moved))
        summary.copied, summary.moved = summary.copied - came, summary.moved + came
        summary.gone += len(moved) - came


@contextmanager
def scan_lock(catalog: Catalog) -> Iterator[None]:
    """Two scans of one catalogue would add each photo twice. The lock ends with the process."""
    if not is_local(catalog.uri):  # object storage has no locks: docs/concepts/catalog.md
        yield
        return
    with (Path(catalog.uri) / LOCK).open("w") as file:
        if not _locked(file):
            raise CatalogError(f"{catalog.uri}: another photoloupe is at work on it")
        yield


def _locked(file: IO[str]) -> bool:
    if os.name != "posix":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

"""Files -> rows: what is new or has changed is read, the rest is not even opened.

    change_finder -> read_file (threads) -> model_batches -> row_writer -> settle_missing

A scan that is stopped at any moment, even killed, continues where its last commit left it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from photoloupe.catalog.lock import catalog_lock
from photoloupe.catalog.scan.change_finder import ChangeFinder
from photoloupe.catalog.scan.fate import Fate, Fates
from photoloupe.catalog.scan.file_queue import FileQueue
from photoloupe.catalog.scan.file_source import LocalFiles
from photoloupe.catalog.scan.model_batches import ModelBatches
from photoloupe.catalog.scan.read_file import Claim, Inspectors, read_file
from photoloupe.catalog.scan.row_index import MOST_MODELS, RowIndex, Target
from photoloupe.catalog.scan.row_writer import RowWriter
from photoloupe.catalog.scan.summary import ScanSummary
from photoloupe.catalog.schema import Row, utc_now
from photoloupe.catalog.store import Catalog
from photoloupe.errors import ModelError
from photoloupe.models.card import Card
from photoloupe.models.installed import installed_cards
from photoloupe.parallel import in_order

AHEAD = 32  # files a thread that may wait for the models
REST, REST_SHARE = 2.0, 9  # seconds between two scans of a watch, and in scans' own length

Tell = Callable[[int, int], None]  # progress: gets the number of files done, and of how many


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
    """Bring the catalog up to date with what is in these folders.

    names, lines: as in paths.list_photos; crops: also the features that crops are found by;
    jobs: threads that read and decode, by default one a core; cards: models, by default all that
    ship. A file that cannot be read becomes a row with an error. Raises CatalogError, ModelError.
    """
    started, summary = time.monotonic(), ScanSummary()
    models = Inspectors(make_target(cards, crops))
    with catalog_lock(catalog):
        index = RowIndex(catalog, models.target)
        changes = ChangeFinder(catalog, index, models.target.everything, summary)
        source = LocalFiles(names, lines)
        with changes.walk(source) as queue:
            summary.passed = source.passed
            fates = Fates(changes.missing_contents())
            writer = RowWriter(catalog, models.target, summary, fates)
            batches = ModelBatches(models, writer)
            read_files(queue, index.contents.claim, batches, jobs, tell)
            for copy in writer.lost():  # the file that should give their answers has changed
                batches.put(read_file(copy.file, claim_any, models))
            batches.flush()
        settle_missing(catalog, changes.missing(), fates, summary)
        catalog.compact()
    summary.seconds = time.monotonic() - started
    return summary


def watch(once: Callable[[], ScanSummary], wait: Callable[[float], None]) -> Iterator[ScanSummary]:
    """Scan again and again -> the first summary, and those with any change.

    wait: sleeps for some seconds. The file system is listed each time: network drives send no
    events.
    """
    failed = -1
    while True:
        summary = once()
        if summary.anything or summary.failed != failed:
            yield summary
        failed = summary.failed
        wait(max(REST, REST_SHARE * summary.seconds))


def make_target(cards: Sequence[Card] | None, crops: bool) -> Target:
    """What a complete row has; cards: by default all installed models. Raises ModelError."""
    cards = list(installed_cards() if cards is None else cards)
    if len(cards) > MOST_MODELS:
        raise ModelError(f"{len(cards)} models: a catalog has answers of at most {MOST_MODELS}")
    if not crops:
        return Target(cards)
    from photoloupe.crop_search.photo_code import code_version  # loads FAISS

    return Target(cards, code_version())


def read_files(
    queue: FileQueue, claim: Claim, batches: ModelBatches, jobs: int | None, tell: Tell
) -> None:
    """Read every file of the queue; what was read is kept even if this is interrupted."""
    read = partial(read_file, claim=claim, models=batches.models)
    tell(0, len(queue))
    try:
        for done, file in enumerate(in_order(read, queue, jobs, AHEAD), 1):
            batches.put(file)
            tell(done, len(queue))
    finally:
        batches.flush()


def claim_any(sha256: str) -> bool:
    """A `Claim` that gives every content to the caller."""
    return True


def settle_missing(
    catalog: Catalog, missing: Iterable[list[str]], fates: Fates, summary: ScanSummary
) -> None:
    """Settle the rows of missing files, some paths at a time. Raises CatalogError.

    Such a row is kept and marked as gone, so that a disk unplugged for a day costs nothing. But if
    another file has its content, the file was moved, or it was a copy, and its row goes.
    """
    for paths in missing:
        rows = catalog.rows_with("path", paths, ["path", "sha256"])
        alive = _alive_elsewhere(catalog, rows)
        lost = [row["path"] for row in rows if row["sha256"] not in alive]
        catalog.remove([row["path"] for row in rows if row["sha256"] in alive])
        catalog.change([{"path": path, "gone_at": utc_now()} for path in lost], "gone_at")
        for row in rows:
            if fates.of_missing(row["sha256"]) is Fate.GONE:  # what moved is counted as it arrives
                summary.count(Fate.GONE)


def _alive_elsewhere(catalog: Catalog, rows: list[Row]) -> set[str]:
    """Contents of these rows that rows of other, present files have."""
    contents = [row["sha256"] for row in rows if row["sha256"]]
    missing = {row["path"] for row in rows}
    names = ["path", "sha256", "gone_at"]
    return {
        row["sha256"]
        for row in catalog.rows_with("sha256", contents, names)
        if row["gone_at"] is None and row["path"] not in missing
    }

"""The verb scan on many machines.

    change_finder -> scan_actor (read, decode, answer, write fragments) -> commits by this process

A scan that is stopped at any moment continues where its last commit left it, and so does one whose
machines are lost: what was not committed is done again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from photoloupe.catalog.lock import catalog_lock
from photoloupe.catalog.scan.change_finder import ChangeFinder
from photoloupe.catalog.scan.fate import Fates
from photoloupe.catalog.scan.file_queue import FileQueue, QueuedFile
from photoloupe.catalog.scan.file_source import FileSource, LocalFiles
from photoloupe.catalog.scan.row_index import RowIndex
from photoloupe.catalog.scan.row_writer import RowWriter
from photoloupe.catalog.scan.scan import Tell, make_target, settle_missing
from photoloupe.catalog.scan.summary import ScanSummary
from photoloupe.catalog.store import Catalog
from photoloupe.cluster.engine import (
    ANY,
    Cluster,
    batches_of,
    connected,
    count_actors,
    put_shared,
    run_stages,
)
from photoloupe.cluster.scan_actor import ScanActor, ScannedFiles, ScanOrder
from photoloupe.cluster.storage import StoredFiles, is_stored

TASK_FILES = 512  # a fragment, and what is lost with a machine: some seconds of one core
LEAST_FILES = 16  # so that the models get complete batches,
TASKS_AN_ACTOR = 4  # unless a few files can keep every actor busy so many times


def scan(
    names: Sequence[str],
    catalog: Catalog | str,
    *,
    lines: Iterable[str] = (),
    crops: bool = False,
    cluster: Cluster = ANY,
    tell: Tell = lambda done, total: None,
) -> ScanSummary:
    """As `catalog.scan.scan`, by Ray.

    names: URIs such as `s3://bucket/prefix`, or folders and files that every machine can read; the
    same goes for the catalog. Credentials come from each machine's own environment. Raises
    CatalogError, ModelError, OSError, ValueError, ImportError.
    """
    started, summary = time.monotonic(), ScanSummary()
    base = catalog if isinstance(catalog, Catalog) else Catalog(catalog, make=True)
    target, source = make_target(None, crops), make_file_source(names, lines)
    with catalog_lock(base), connected(cluster):
        index = RowIndex(base, target)
        changes = ChangeFinder(base, index, target.everything, summary)
        with changes.walk(source) as queue:
            cards = tuple(card.version for card in target.cards)
            order = ScanOrder(base.table_uri, cards, target.code_version, cluster.gpus > 0)
            fates = Fates(changes.missing_contents())
            writer = RowWriter(base, target, summary, fates)
            ScanDriver(index, order, cluster, writer, tell).scan(queue)
        settle_missing(base, changes.missing(), fates, summary)
        base.compact()
    summary.seconds = time.monotonic() - started
    return summary


def make_file_source(names: Sequence[str], lines: Iterable[str] = ()) -> FileSource:
    """Files under URIs, or of this machine. Raises ValueError for a mixture, OSError."""
    stored = sum(map(is_stored, names))
    if 0 < stored < len(names):
        raise ValueError(f"{names[0]}, ...: scan URIs and file names separately")
    return StoredFiles(names) if stored else LocalFiles(names, lines)


@dataclass
class ScanDriver:
    """Hands files to actors, takes their rows, and is the only one that commits.

    tell: progress, as in `scan`.
    """

    index: RowIndex
    order: ScanOrder
    cluster: Cluster
    writer: RowWriter
    tell: Tell

    def scan(self, queue: FileQueue) -> None:
        """Have every file of the queue read and written. Raises CatalogError."""
        if not len(queue):
            return
        done = 0
        self.tell(0, len(queue))
        try:
            for some in self._scanned(queue, len(queue), self.index.contents.keys):
                self._keep(some)
                done += some.count
                self.tell(done, len(queue))
        finally:
            self.writer.flush()
        lost = [copy.file for copy in self.writer.lost()]  # their originals changed meanwhile
        for some in self._scanned(lost, len(lost), np.empty(0, np.uint64)):
            self._keep(some)
        self.writer.flush()

    def _scanned(
        self, files: Iterable[QueuedFile], count: int, contents: Any
    ) -> Iterator[ScannedFiles]:
        if not count:
            return
        size = count // (TASKS_AN_ACTOR * count_actors(self.cluster))
        tasks = batches_of(files, min(TASK_FILES, max(LEAST_FILES, size)))
        actor = ScanActor, (self.order, put_shared(contents))
        yield from run_stages(tasks, [actor], self.cluster)

    def _keep(self, done: ScannedFiles) -> None:
        """Two machines may have read one content: the second file of it counts as a copy."""
        for read in done.new:
            first = read.error is not None or self.index.contents.claim(str(read.sha256))
            self.writer.count(replace(read, is_copy=not first))
        if done.fragment is not None:
            self.writer.keep_fragment(done.fragment)
        for read, row in done.changed:
            self.writer.keep(read, row)
        for copy in done.copies:
            self.writer.keep_copy(copy)
        for error in done.refused:
            self.writer.summary.fail(error)
        if self.writer.is_due(done.count):
            self.writer.flush()

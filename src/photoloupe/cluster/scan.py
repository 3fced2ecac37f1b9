"""The verb scan on many machines.

    change_finder -> scan_actor (read, decode, answer, write fragments) -> commits by this process

A scan that is stopped at any moment continues from its last commit, and so does one whose
machines are lost: what they had not committed is done again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from photoloupe.catalog.scan.change_finder import ChangeFinder
from photoloupe.catalog.scan.file_queue import FileQueue, QueuedFile
from photoloupe.catalog.scan.file_source import FileSource, LocalFiles
from photoloupe.catalog.scan.row_index import RowIndex
from photoloupe.catalog.scan.row_writer import RowWriter
from photoloupe.catalog.scan.scan import Tell, make_target, scan_lock, settle_missing
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
from photoloupe.errors import PhotoError

TASK_FILES = 512  # a fragment, and what is lost with a machine: some seconds of one core
LEAST_FILES = 16  # so that the net has company,
TURNS = 4  # unless a few files can keep every actor busy so many times


def scan(
    names: Sequence[str],
    catalog: Catalog | str,
    *,
    lines: Iterable[str] = (),
    crops: bool = False,
    cluster: Cluster = ANY,
    tell: Tell = lambda done, total: None,
) -> ScanSummary:
    """As `collection.scan.scan`, by Ray.

    names: URIs such as `s3://bucket/prefix`, or folders and files that every machine sees; the same
    goes for the catalogue. Credentials are what each machine's own environment says. Raises
    CatalogError, ModelError, OSError, ValueError, ImportError.
    """
    started, summary = time.monotonic(), ScanSummary()
    base = catalog if isinstance(catalog, Catalog) else Catalog(catalog, make=True)
    target = make_target(None, crops)
    place = make_file_source(names, lines)
    with scan_lock(base), connected(cluster):
        known = RowIndex(base, target)
        changes = ChangeFinder(base, known, target.everything, summary)
        with changes.walk(place) as spool:
            cards = tuple(card.version for card in target.cards)
            order = ScanOrder(base.table_uri, cards, target.code_version, cluster.gpus > 0)
            ScanDriver(base, known, order, cluster, RowWriter(base, target, summary), tell).work(
                spool
            )
        settle_missing(base, changes, summary)
        base.compact()
    summary.seconds = time.monotonic() - started
    return summary


def make_file_source(names: Sequence[str], lines: Iterable[str] = ()) -> FileSource:
    """Photos of a storage, or of this machine. Raises ValueError for URIs among file names."""
    stored = sum(map(is_stored, names))
    if 0 < stored < len(names):
        raise ValueError(f"{names[0]}, ...: scan URIs and file names apart")
    return StoredFiles(names) if stored else LocalFiles(names, lines)


@dataclass
class ScanDriver:
    """The driver: hands out files, takes what comes back, and alone commits."""

    catalog: Catalog
    known: RowIndex
    order: ScanOrder
    cluster: Cluster
    writer: RowWriter
    tell: Tell

    def work(self, spool: FileQueue) -> None:
        """Scan the queued files on the actors and commit their rows as they come."""
        if not len(spool):
            return
        done = 0
        self.tell(0, len(spool))
        try:
            for part in self._done(spool, len(spool), self.known.contents.keys):
                self._keep(part)
                done += part.files
                self.tell(done, len(spool))
        finally:
            self.writer.flush()
        lost = [copy.file for copy in self.writer.lost()]  # their originals changed meanwhile
        for part in self._done(lost, len(lost), np.empty(0, np.uint64)):
            self._keep(part)
        self.writer.flush()

    def _done(self, files: Iterable[QueuedFile], count: int, known: Any) -> Iterator[ScannedFiles]:
        if not count:
            return
        size = count // (TURNS * count_actors(self.cluster))
        tasks = batches_of(files, min(TASK_FILES, max(LEAST_FILES, size)))
        yield from run_stages(tasks, [(ScanActor, (self.order, put_shared(known)))], self.cluster)

    def _keep(self, done: ScannedFiles) -> None:
        """Count and keep results. Two machines may have met one content: the second is a copy."""
        for looked in done.new:
            first = looked.error is not None or self.known.contents.claim(str(looked.sha256))
            self.writer.count(replace(looked, is_copy=not first))
        if done.fragment is not None:
            self.writer.keep_fragment(done.fragment)
        for looked, row in done.changed:
            self.writer.keep(looked, row)
        for copy in done.copies:
            self.writer.keep_copy(copy)
        for error in done.refused:
            self._refuse(error)
        if self.writer.is_due(done.files):
            self.writer.flush()

    def _refuse(self, error: PhotoError) -> None:
        self.writer.summary.fail(error)

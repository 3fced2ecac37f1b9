"""Files -> rows, by an actor that loads its models once and writes new rows itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from photoloupe.catalog.scan.file_queue import QueuedFile
from photoloupe.catalog.scan.model_batches import ModelBatches
from photoloupe.catalog.scan.read_file import Inspectors, ReadFile, read_file
from photoloupe.catalog.scan.row_index import AnsweredContents, Target
from photoloupe.catalog.schema import Row, utc_now
from photoloupe.catalog.snapshot import write_fragment
from photoloupe.cluster.storage import ByteBudget, StorageUnavailable, is_stored, read_stored
from photoloupe.errors import ModelError, PhotoError
from photoloupe.media.photo import DEFAULT_LIMITS, read_content
from photoloupe.models.card import Card
from photoloupe.models.installed import installed_cards, shipped_cards
from photoloupe.parallel import in_order

READERS = 4  # threads an actor: while one decodes, the others wait for the storage


@dataclass(frozen=True)
class ScanOrder:
    """What every actor needs. table_uri: where rows go; gpu: run the models on one.

    versions: of the models, and code_version: of the crop code, that rows must have.
    """

    table_uri: str
    versions: tuple[str, ...]
    code_version: str | None
    gpu: bool = False


@dataclass
class ScannedFiles:
    """What came of some files: a `RowSink`. Only `changed` has embeddings and crop codes.

    new: their rows are in `fragment`; changed: rows that the catalog has already; copies: other
    rows have their answers; refused: the storage did not give them, so they get no row.
    """

    new: list[ReadFile] = field(default_factory=list)
    fragment: str | None = None
    changed: list[tuple[ReadFile, Row]] = field(default_factory=list)
    copies: list[ReadFile] = field(default_factory=list)
    refused: list[PhotoError] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def keep(self, read: ReadFile, row: Row) -> None:
        """Take the row of a file; its pixels stay here."""
        bare = replace(read, photo=None, code=None)
        if read.file.has_row:
            self.changed.append((bare, row))
        else:
            self.new.append(bare)
            self.rows.append(row | {"added_at": utc_now()})

    def keep_copy(self, read: ReadFile) -> None:
        """Take a file whose answers another row has."""
        self.copies.append(read)

    def is_due(self, more: int) -> bool:
        """Never: a task is one fragment."""
        return False

    def flush(self) -> None:
        """Nothing: the actor writes the fragment."""

    @property
    def count(self) -> int:
        """Number of files."""
        return len(self.new) + len(self.changed) + len(self.copies) + len(self.refused)


class ScanActor:
    """Called with files -> ScannedFiles.

    contents: Ray reference to the keys of contents that rows have the answers for, (N,) uint64.
    Raises ModelError if this machine would answer otherwise than the one that gave the order.
    """

    def __init__(self, order: ScanOrder, contents: Any) -> None:
        import cv2
        import ray

        cv2.setNumThreads(1)  # an actor is given one core
        self.order, self.contents = order, AnsweredContents(ray.get(contents))
        target = Target(cards_of_versions(order.versions), _code_version(order))
        self.models = Inspectors(target, threads=1, gpu=order.gpu)
        self.budget = ByteBudget(DEFAULT_LIMITS.file_bytes)

    def __call__(self, files: Sequence[QueuedFile]) -> ScannedFiles:
        done = ScannedFiles()
        batches = ModelBatches(self.models, done)
        for read in in_order(self.read, files, READERS):
            if isinstance(read.error, StorageUnavailable):
                done.refused.append(read.error)
            else:
                batches.put(read)
        batches.flush()
        if done.rows:
            done.fragment = write_fragment(self.order.table_uri, done.rows)
            done.rows = []
        return done

    def read(self, file: QueuedFile) -> ReadFile:
        """Read and decode one file, within the memory that this actor's threads share."""
        read = read_stored if is_stored(file.path) else read_content
        with self.budget.hold(file.file_bytes):
            return read_file(file, lambda sha256: sha256 not in self.contents, self.models, read)


def cards_of_versions(versions: Sequence[str]) -> list[Card]:
    """The installed models of these versions, in order. Raises ModelError if one is missing."""
    installed = [*shipped_cards(None), *installed_cards()]
    cards = {card.version: card for card in installed}
    if missing := set(versions) - set(cards):
        names = ", ".join(sorted(missing))
        raise ModelError(f"a worker has another version of photoloupe: no model {names}")
    return [cards[version] for version in versions]


def _code_version(order: ScanOrder) -> str | None:
    if order.code_version is None:
        return None
    import faiss

    from photoloupe.crop_search.photo_code import code_version

    faiss.omp_set_num_threads(1)
    if code_version() != order.code_version:
        raise ModelError("a worker has another version of photoloupe: its crop codes would differ")
    return order.code_version

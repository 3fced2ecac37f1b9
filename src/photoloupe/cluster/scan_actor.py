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
from photoloupe.models.card import installed_cards, shipped_cards
from photoloupe.parallel import in_order

READERS = 4  # threads an actor: while one decodes, the others wait for the storage


@dataclass(frozen=True)
class ScanOrder:
    """What every actor needs to begin.

    versions, code_version: those that rows must have; gpu: use one.
    """

    table_uri: str
    versions: tuple[str, ...]
    code_version: str | None
    gpu: bool = False


@dataclass
class ScannedFiles:
    """The results of some files: a `RowSink`. No pixel and no vector is in it but in `changed`.

    new: their rows are in `fragment`; changed: rows that the catalogue has already; copies: the
    catalogue holds their content; refused: the storage did not give them, so there is no row.
    """

    new: list[ReadFile] = field(default_factory=list)
    fragment: str | None = None
    changed: list[tuple[ReadFile, Row]] = field(default_factory=list)
    copies: list[ReadFile] = field(default_factory=list)
    refused: list[PhotoError] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def keep(self, looked: ReadFile, row: Row) -> None:
        """Add a row, without the pixels that it was made from."""
        bare = replace(looked, look=None, code=None)
        if looked.file.known:
            self.changed.append((bare, row))
        else:
            self.new.append(bare)
            self.rows.append(row | {"added_at": utc_now()})

    def keep_copy(self, looked: ReadFile) -> None:
        self.copies.append(looked)

    def is_due(self, more: int) -> bool:
        return False

    def flush(self) -> None: ...

    @property
    def files(self) -> int:
        return len(self.new) + len(self.changed) + len(self.copies) + len(self.refused)


class ScanActor:
    """Files -> ScannedFiles, in a process of Ray.

    known: reference to the keys of the contents whose answers are in rows.

    Raises ModelError if this machine would answer otherwise than the one that gave the order.
    """

    def __init__(self, order: ScanOrder, known: Any) -> None:
        import cv2
        import ray

        cv2.setNumThreads(1)  # an actor is given one core
        self.order, self.known = order, AnsweredContents(ray.get(known))
        cards = wanted_cards(order.versions)
        self.models = Inspectors(Target(cards, _code_version(order)), threads=1, gpu=order.gpu)
        self.room = ByteBudget(DEFAULT_LIMITS.file_bytes)

    def __call__(self, files: Sequence[QueuedFile]) -> ScannedFiles:
        done = ScannedFiles()
        answering = ModelBatches(self.models, done)
        for looked in in_order(self.look, files, READERS):
            if isinstance(looked.error, StorageUnavailable):
                done.refused.append(looked.error)
            else:
                answering.put(looked)
        answering.flush()
        if done.rows:
            done.fragment = write_fragment(self.order.table_uri, done.rows)
            done.rows = []
        return done

    def look(self, file: QueuedFile) -> ReadFile:
        """Read and decode one file, when the bytes in memory allow it."""
        read = read_stored if is_stored(file.path) else read_content
        with self.room.hold(file.file_bytes):
            return read_file(file, lambda sha256: sha256 not in self.known, self.models, read)


def wanted_cards(versions: Sequence[str]) -> list[Any]:
    """The cards of these `name@hash`, in order. Raises ModelError if this machine lacks one."""
    known = [*shipped_cards(None), *installed_cards()]
    cards = {card.version: card for card in known}
    if missing := set(versions) - set(cards):
        raise ModelError(f"a worker has another photoloupe: no model {', '.join(sorted(missing))}")
    return [cards[version] for version in versions]


def _code_version(order: ScanOrder) -> str | None:
    if order.code_version is None:
        return None
    import faiss

    from photoloupe.crop_search.codes import code_version

    faiss.omp_set_num_threads(1)
    if code_version() != order.code_version:
        raise ModelError("a worker has another photoloupe: its crop codes would differ")
    return order.code_version

"""An index of all rows in memory: 35 bytes each, in sorted arrays, for millions of photos."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from photoloupe.catalog.schema import FACTS_VERSION
from photoloupe.catalog.store import Catalog
from photoloupe.media.raw import RAW_EXTRA
from photoloupe.models.card import Card

# path, content: 8-byte digests. Two paths of two million collide once in ten million catalogs.
ROW = np.dtype(
    [("path", "<u8"), ("content", "<u8"), ("bytes", "<i8"), ("mtime_ns", "<i8"), ("todo", "u1"),
     ("gone", "?"), ("failed", "?")]
)  # fmt: skip
Rows = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
CODE, FACTS = 128, 64  # bits of `todo` for the crop code and the facts; bit k stands for model k
MOST_MODELS = 6
MODELS = (1 << MOST_MODELS) - 1  # the bits of all models
TODO_COLUMNS = ("format", "facts_version", "model", "code_version", "error")  # what todo() reads
COLUMNS = ("path", "sha256", "file_bytes", "mtime_ns", "gone_at", *TODO_COLUMNS)


@dataclass(frozen=True)
class Target:
    """What a complete row holds: answers of these models, and a code of this version, if any."""

    cards: Sequence[Card]
    code_version: str | None = None

    @property
    def everything(self) -> int:
        """`todo` of a file without a row: bit k stands for model k, CODE for the crop code.

        Facts come along with the answers.
        """
        return (1 << len(self.cards)) - 1 | (CODE if self.code_version else 0)

    def todo(self, batch: pa.RecordBatch) -> npt.NDArray[np.uint8]:
        """(N,) uint8, what each row lacks; 0 if its file cannot be read. batch: TODO_COLUMNS."""
        lacks = np.zeros(len(batch), np.uint8)
        model = batch["model"]
        for bit, card in enumerate(self.cards):
            for name in card.answers:
                lacks[_differs(pc.struct_field(model, name), card.version_of(name))] |= 1 << bit
        if self.code_version:
            lacks[_differs(batch["code_version"], self.code_version)] |= CODE
        # Before facts had versions, RAWs were unsupported, or TIFFs that were judged by thumbnails.
        version = pc.fill_null(batch["facts_version"], FACTS_VERSION)
        old = np.asarray(_array(pc.less(version, FACTS_VERSION)), bool)
        lacks[old] |= FACTS
        lacks[old & ~_differs(batch["format"], "TIFF")] = self.everything
        failed = _array(pc.is_valid(batch["error"]))
        lacks[failed] = 0
        lacks[failed & _may_work_now(batch, old)] = self.everything
        return lacks


class RowIndex:
    """Rows of a catalog, found by path and by content. Raises CatalogError.

    rows: (N + 1,) of ROW, sorted by path, the first for no file; found: (N + 1,) bool, which files
    this scan has listed; contents: those whose answers are complete.
    """

    def __init__(self, catalog: Catalog, target: Target) -> None:
        parts = [_index_rows(batch, target) for batch in catalog.read(names=COLUMNS)]
        nobody = np.zeros(1, ROW)  # so that there always is a row to compare with
        self.rows: Rows = np.sort(np.concatenate([nobody, *parts]), order="path")
        complete = self.rows["content"][(self.rows["todo"] == 0)]
        self.contents = AnsweredContents(np.unique(complete[complete > 0]))
        self.found = self.rows["path"] == 0

    def find(self, paths: Sequence[str]) -> tuple[npt.NDArray[np.int64], Bools]:
        """Texts of paths -> numbers of their rows, and which of them have one."""
        keys = np.fromiter(map(key_of, paths), np.uint64, len(paths))
        at = np.minimum(np.searchsorted(self.rows["path"], keys), len(self.rows) - 1)
        return at, self.rows["path"][at] == keys


class AnsweredContents:
    """Contents whose answers some row has. keys: (N,) uint64, sorted; threads may share it."""

    def __init__(self, keys: npt.NDArray[np.uint64]) -> None:
        self.keys = keys
        self._claimed, self._lock = set[int](), threading.Lock()

    def __contains__(self, sha256: str) -> bool:
        key = content_key(sha256)
        at = np.searchsorted(self.keys, np.uint64(key))
        return bool(at < len(self.keys) and self.keys[at] == key)

    def claim(self, sha256: str) -> bool:
        """May the caller work out the answers for this content? Not if a row or a claim has it."""
        key = content_key(sha256)
        with self._lock:
            if key in self._claimed:
                return False
            self._claimed.add(key)
        return sha256 not in self


def key_of(path: str) -> int:
    """64 bits that stand for a row's path."""
    return int.from_bytes(hashlib.blake2b(path.encode(), digest_size=8).digest(), "little")


def content_key(sha256: str | None) -> int:
    """The first 64 bits of a hexadecimal sha256; 0 without one."""
    return int(sha256[:16], 16) if sha256 else 0


def _index_rows(batch: pa.RecordBatch, target: Target) -> Rows:
    rows = np.empty(len(batch), ROW)
    rows["path"] = list(map(key_of, batch["path"].to_pylist()))
    rows["content"] = list(map(content_key, batch["sha256"].to_pylist()))
    rows["bytes"], rows["mtime_ns"] = _array(batch["file_bytes"]), _array(batch["mtime_ns"])
    rows["todo"] = target.todo(batch)
    rows["gone"] = _array(pc.is_valid(batch["gone_at"]))
    rows["failed"] = _array(pc.is_valid(batch["error"]))
    return rows


def _may_work_now(batch: pa.RecordBatch, old: Bools) -> Bools:
    """(N,) which errors are of formats that this photoloupe may read, unlike the one before."""
    code = pc.fill_null(pc.struct_field(batch["error"], "code"), "")
    message = pc.fill_null(pc.struct_field(batch["error"], "message"), "")
    unsupported = np.asarray(_array(pc.equal(code, "unsupported")), bool)
    waiting = np.asarray(_array(pc.match_substring(message, RAW_EXTRA)), bool)
    return unsupported & (old | (waiting & (find_spec("rawpy") is not None)))


def _differs(column: Any, version: str) -> Bools:
    return np.asarray(_array(pc.not_equal(pc.fill_null(column, ""), version)), bool)


def _array(column: Any) -> npt.NDArray[Any]:
    return np.asarray(column.to_numpy(zero_copy_only=False))

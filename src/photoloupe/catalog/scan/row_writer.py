"""Rows -> the catalogue, in batches that are each one commit of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pyarrow as pa

from photoloupe.catalog.rows import copied_row, merged_row, with_decision_of
from photoloupe.catalog.scan.read_file import ReadFile
from photoloupe.catalog.scan.row_index import Target, content_key
from photoloupe.catalog.scan.summary import ScanSummary
from photoloupe.catalog.schema import SCANNED, Row, text_to_path, utc_now
from photoloupe.catalog.sql import one_of
from photoloupe.catalog.store import Catalog
from photoloupe.errors import PhotoError

BATCH_ROWS = 512  # rows a commit, or
FLUSHES = 64  # after so many small fragments are joined: each is one more file to search
CHOOSING = ("path", "sha256", "model", "code_version", "error", "answered_at", "decided_at")
CHOSEN_BY = ("answered_at", "decided_at")
NEVER = datetime.min.replace(tzinfo=UTC)
BATCH_SECONDS = 10.0  # what is written after so long: the most work that is ever done twice


class RowWriter:
    """Takes rows in any order; `flush` writes all but copies of what is to come."""

    def __init__(self, catalog: Catalog, target: Target, summary: ScanSummary) -> None:
        self.catalog, self.target, self.summary = catalog, target, summary
        self._copies: list[ReadFile] = []
        self._rows: list[tuple[ReadFile, Row]] = []
        self._fragments: list[str] = []
        self._flushes, self._held, self._flushed = 0, 0, time.monotonic()

    def keep(self, looked: ReadFile, row: Row) -> None:
        self._rows.append((looked, row))
        self.count(looked)

    def keep_copy(self, looked: ReadFile) -> None:
        self._copies.append(looked)

    def keep_fragment(self, fragment: str) -> None:
        """New rows that lie beside the catalogue's own, but are not in it yet."""
        self._fragments.append(fragment)

    def is_due(self, more: int) -> bool:
        """So many more files were looked at: is it time to flush?"""
        self._held += more
        return self._held >= BATCH_ROWS or time.monotonic() - self._flushed > BATCH_SECONDS

    def flush(self) -> None:
        """Write all there is: new rows, then changed ones, then copies of those."""
        fragments, self._fragments = self._fragments, []
        self.catalog.add_fragments(fragments)
        rows, self._rows = self._rows, []
        self.catalog.add([row | {"added_at": utc_now()} for at, row in rows if not at.file.known])
        self._change([(looked, row) for looked, row in rows if looked.file.known])
        self._copy()
        self._flushes += 1
        if self._flushes % FLUSHES == 0:
            self.catalog.compact()
        self._held, self._flushed = 0, time.monotonic()

    def lost(self) -> list[ReadFile]:
        """Copies that no flush found an original for: they are the caller's again."""
        copies, self._copies = self._copies, []
        return copies

    def _change(self, rows: list[tuple[ReadFile, Row]]) -> None:
        everything = self.target.everything
        in_part = [row["path"] for looked, row in rows if looked.todo != everything]
        olds = {row["path"]: row for row in self.catalog.rows_with("path", in_part)}
        whole = [
            merged_row(olds[row["path"]], row) if row["path"] in olds else row for _, row in rows
        ]
        self.catalog.change(whole, *SCANNED)

    def _copy(self) -> None:
        """Copies whose original is written; the others wait for it."""
        originals = self._originals({str(copy.sha256) for copy in self._copies})
        ready = [copy for copy in self._copies if copy.sha256 in originals]
        self._copies = [copy for copy in self._copies if copy.sha256 not in originals]
        rows = [(c.file, copied_row(originals[str(c.sha256)], c.file)) for c in ready]
        self.catalog.add([row for file, row in rows if not file.known])
        self.catalog.change([row for file, row in rows if file.known], *SCANNED)
        for copy in ready:
            self.count(copy)

    def _originals(self, contents: set[str]) -> dict[str, Row]:
        """By content, the complete row last answered, with the person's last word on any of them.

        A content can lie in very many files: of most, only a few columns are read.
        """
        answered, decided = dict[str, Row](), dict[str, Row]()
        where = one_of("sha256", sorted(contents))
        for batch in self.catalog.read(where, CHOOSING) if contents else ():
            complete = self.target.todo(batch) == 0
            few = batch.filter(pa.array(complete)).select(["path", "sha256", *CHOSEN_BY])
            for row in few.to_pylist():
                for chosen, by in zip((answered, decided), CHOSEN_BY, strict=True):
                    if row[by] and row[by] > chosen.get(row["sha256"], {by: NEVER})[by]:
                        chosen[row["sha256"]] = row
        paths = {row["path"] for row in (*answered.values(), *decided.values())}
        whole = {row["path"]: row for row in self.catalog.rows_with("path", sorted(paths))}
        return {
            content: with_decision_of(whole[row["path"]], whole[decided.get(content, row)["path"]])
            for content, row in answered.items()
        }

    def count(self, looked: ReadFile) -> None:
        """Tell the summary of a file."""
        file, summary = looked.file, self.summary
        if looked.error is not None:
            path = text_to_path(file.path)
            summary.fail(PhotoError(looked.error.code, path, looked.error.message))
        elif not file.known:
            summary.copied += looked.is_copy
            summary.new += not looked.is_copy
        elif content_key(looked.sha256) != file.content:
            summary.changed += 1
        else:
            summary.renewed += looked.todo > 0 or looked.is_copy
            summary.returned += looked.todo == 0 and not looked.is_copy and file.gone
            summary.same += looked.todo == 0 and not looked.is_copy and not file.gone

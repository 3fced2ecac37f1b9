"""Rows -> the catalog, in batches that are each one commit of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pyarrow as pa

from photoloupe.catalog.rows import copied_row, merged_row, with_decision_of
from photoloupe.catalog.scan.fate import Fate, Fates
from photoloupe.catalog.scan.read_file import ReadFile
from photoloupe.catalog.scan.row_index import TODO_COLUMNS, Target
from photoloupe.catalog.scan.summary import ScanSummary
from photoloupe.catalog.schema import SCANNED, Row, text_to_path, utc_now
from photoloupe.catalog.sql import one_of
from photoloupe.catalog.store import Catalog
from photoloupe.errors import PhotoError

BATCH_ROWS = 512  # rows a commit, or
BATCH_SECONDS = 10.0  # what is written after so long: the most work that is ever done twice
FLUSHES = 64  # after so many small fragments are joined: each is one more file to search
CHOOSING = ("path", "sha256", *TODO_COLUMNS, "answered_at", "decided_at")
CHOSEN_BY = ("answered_at", "decided_at")
NEVER = datetime.min.replace(tzinfo=UTC)


class RowWriter:
    """Takes rows in any order; `flush` writes all but copies whose original has no row yet.

    A `RowSink`. Its methods raise CatalogError.
    """

    def __init__(
        self, catalog: Catalog, target: Target, summary: ScanSummary, fates: Fates | None = None
    ) -> None:
        self.catalog, self.target, self.summary = catalog, target, summary
        self.fates = fates or Fates()
        self._copies: list[ReadFile] = []
        self._rows: list[tuple[ReadFile, Row]] = []
        self._fragments: list[str] = []
        self._flushes, self._held, self._flushed = 0, 0, time.monotonic()

    def keep(self, read: ReadFile, row: Row) -> None:
        """Take the row of a file, and count the file."""
        self._rows.append((read, row))
        self.count(read)

    def keep_copy(self, read: ReadFile) -> None:
        """Take a file whose answers another row has; it is counted when its row is written."""
        self._copies.append(read)

    def keep_fragment(self, fragment: str) -> None:
        """Take new rows that lie next to the table, but are not committed: see snapshot."""
        self._fragments.append(fragment)

    def is_due(self, more: int) -> bool:
        """Count so many more files: is it time to flush?"""
        self._held += more
        return self._held >= BATCH_ROWS or time.monotonic() - self._flushed > BATCH_SECONDS

    def flush(self) -> None:
        """Write what was taken: new rows, then changed ones, then copies of those."""
        fragments, self._fragments = self._fragments, []
        self.catalog.add_fragments(fragments)
        rows, self._rows = self._rows, []
        new = [row for read, row in rows if not read.file.has_row]
        self.catalog.add([row | {"added_at": utc_now()} for row in new])
        self._change([(read, row) for read, row in rows if read.file.has_row])
        self._copy()
        self._flushes += 1
        if self._flushes % FLUSHES == 0:
            self.catalog.compact()
        self._held, self._flushed = 0, time.monotonic()

    def lost(self) -> list[ReadFile]:
        """Hand over copies that no flush found an original for: they must be read themselves."""
        copies, self._copies = self._copies, []
        return copies

    def count(self, read: ReadFile) -> Fate:
        """Decide the fate of a file, and count it in the summary. Once a file."""
        fate = self.fates.of_read(read)
        self.summary.not_judged += read.note is not None
        if read.error is None:
            self.summary.count(fate)
        else:
            path = text_to_path(read.file.path)
            self.summary.fail(PhotoError(read.error.code, path, read.error.message))
        return fate

    def _change(self, rows: list[tuple[ReadFile, Row]]) -> None:
        everything = self.target.everything
        in_part = [row["path"] for read, row in rows if read.todo != everything]
        olds = {row["path"]: row for row in self.catalog.rows_with("path", in_part)}
        new = (row for _, row in rows)
        complete = [merged_row(olds[r["path"]], r) if r["path"] in olds else r for r in new]
        self.catalog.change(complete, *SCANNED)

    def _copy(self) -> None:
        """Write the copies whose original is written; the others wait for it."""
        originals = self._originals({str(copy.sha256) for copy in self._copies})
        ready = [copy for copy in self._copies if copy.sha256 in originals]
        self._copies = [copy for copy in self._copies if copy.sha256 not in originals]
        rows = [(c.file, copied_row(originals[str(c.sha256)], c.file)) for c in ready]
        self.catalog.add([row for file, row in rows if not file.has_row])
        self.catalog.change([row for file, row in rows if file.has_row], *SCANNED)
        for copy in ready:
            self.count(copy)

    def _originals(self, contents: set[str]) -> dict[str, Row]:
        """By content, the complete row answered last, with the latest decision on any of its rows.

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
        complete_rows = {row["path"]: row for row in self.catalog.rows_with("path", sorted(paths))}
        return {
            content: with_decision_of(
                complete_rows[row["path"]], complete_rows[decided.get(content, row)["path"]]
            )
            for content, row in answered.items()
        }

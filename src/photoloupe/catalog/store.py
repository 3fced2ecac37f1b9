"""The rows on disk: one LanceDB dataset, in a folder or at a URI. Safe to read while one writes.

Every change is one commit: a process that is killed leaves the rows before it or after it. A
reader sees one version throughout, for versions are kept a while after they were replaced.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from photoloupe.catalog.location import is_local
from photoloupe.catalog.schema import (
    DECISIONS,
    MIGRATIONS,
    MOST_RATING,
    SCHEMA,
    VERSION,
    columns,
    utc_now,
)
from photoloupe.catalog.sql import first_line, one_of
from photoloupe.errors import CatalogError
from photoloupe.version import __version__

try:
    import lancedb
    import pyarrow as pa
except ImportError as error:
    raise ImportError("a catalog needs LanceDB: pip install 'photoloupe[catalog]'") from error

ABOUT, PHOTOS = "about", "photos"
KEPT = timedelta(minutes=10)  # how long a reader may hold on to a version that was replaced
MANY = 8  # fragments, or versions: joining rewrites rows, so it must not follow every change
BATCH_ROWS = 4096
CACHE_BYTES = 32 * 2**20  # each of two; LanceDB's own are gigabytes, which a long scan would fill


class Catalog:
    """Open a catalog, or with `make` begin one. Raises CatalogError.

    uri: a folder, or what LanceDB takes for one (`s3://...`).
    """

    def __init__(self, uri: str, *, make: bool = False) -> None:
        self.uri = uri
        if not make and is_local(uri) and not Path(uri).is_dir():
            raise CatalogError(f"{uri}: no catalog; photoloupe scan makes one")
        with self.own_errors():
            self._base = lancedb.connect(
                uri,
                read_consistency_interval=timedelta(0),  # always the newest version
                session=lancedb.Session(CACHE_BYTES, CACHE_BYTES),
            )
            self._photos = self._checked(make)

    # --- reading ---------------------------------------------------------------------------------

    def read(self, where: str | None = None, names: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        """Rows in batches of at most 4,096; where: SQL expression; names: columns, default all."""
        with self.own_errors():
            query = self._photos.search()
            query = query.where(where) if where else query
            yield from query.select(list(names or SCHEMA.names)).to_batches(BATCH_ROWS)

    def rows(self, where: str, names: Sequence[str] = ()) -> list[dict[str, Any]]:
        """A few rows, as plain values."""
        return [row for batch in self.read(where, names) for row in batch.to_pylist()]

    def rows_with(
        self, name: str, values: Sequence[str], names: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Rows whose text column `name` is one of the values."""
        return self.rows(one_of(name, list(values)), names) if values else []

    def nearest(self, vector: Any, count: int, where: str) -> list[dict[str, Any]]:
        """Rows nearest to an embedding, by cosine, with `_distance` in [0, 2]; nearest first."""
        with self.own_errors():
            query: Any = self._photos.search(vector, vector_column_name="embedding")
            query = query.distance_type("cosine").where(where, prefilter=True)
            return list(query.select(["path", "sha256", "_distance"]).limit(count).to_list())

    @property
    def version(self) -> int:
        """Another number after each change, whoever made it."""
        with self.own_errors():
            return int(self._photos.version)

    def count(self, where: str | None = None) -> int:
        """How many rows there are, or match a condition. Raises CatalogError."""
        with self.own_errors():
            return int(self._photos.count_rows(where))

    # --- writing ---------------------------------------------------------------------------------

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Rows of paths that are not in the catalog: one commit."""
        if rows:
            with self.own_errors():
                self._photos.add(pa.Table.from_pylist(rows, SCHEMA), on_bad_vectors="null")

    def add_fragments(self, fragments: Sequence[str]) -> None:
        """The same, of rows that other machines have written next to the table: see snapshot."""
        if fragments:
            from photoloupe.catalog.snapshot import commit  # needs pylance

            with self.own_errors():
                commit(self.table_uri, fragments)

    @property
    def folder(self) -> str | None:
        """The catalog's folder on this machine; None in object storage."""
        return self.uri if is_local(self.uri) else None

    @property
    def table_uri(self) -> str:
        """Where the rows lie, for who reads or writes them with Lance itself."""
        return f"{self.uri.rstrip('/')}/{PHOTOS}.lance"

    def change(self, rows: list[dict[str, Any]], *names: str) -> None:
        """Write these columns over in the rows of the same paths: one commit. Others stay."""
        if rows:
            with self.own_errors():
                table = pa.Table.from_pylist(rows, columns("path", *names))
                merge = self._photos.merge_insert("path").when_matched_update_all()
                merge.execute(table, on_bad_vectors="null")  # a photo without answers has none

    def remove(self, paths: Sequence[str]) -> None:
        """Delete the rows of these paths in one commit. Raises CatalogError."""
        if paths:
            with self.own_errors():
                self._photos.delete(one_of("path", list(paths)))

    def decide(self, sha256: str, *, rating: int | None = None, decision: str | None = None) -> int:
        """Save a person's rating and decision on a content, in all rows that have it -> how many.

        rating: 0 to 5; decision: keep or reject; None: neither. Raises CatalogError.
        """
        if rating is not None and not 0 <= rating <= MOST_RATING:
            raise CatalogError(f"rating {rating}: not 0 to {MOST_RATING}")
        if decision is not None and decision not in DECISIONS:
            raise CatalogError(f"decision {decision}: not one of {', '.join(DECISIONS)}")
        values = {"rating": rating, "decision": decision, "decided_at": utc_now()}
        rows = self.rows_with("sha256", [sha256], ["path"])
        self.change([{**row, **values} for row in rows], *values)
        return len(rows)

    def compact(self, kept: timedelta = KEPT) -> None:
        """Join small fragments, delete versions replaced longer ago than `kept`; not for a few.

        Whoever reads a version that is deleted gets an error: another process may be reading.
        """
        with self.own_errors(), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # says the same as the docstring
            stats: Any = self._photos.stats()
            fragments, versions = stats["fragment_stats"], self._photos.list_versions()
            if max(fragments["num_fragments"], len(versions)) > MANY:
                self._photos.optimize(cleanup_older_than=kept)

    # --- making and checking ---------------------------------------------------------------------

    def _checked(self, make: bool) -> Any:
        """The table of photos. Its version is written before it: photos without are not ours."""
        names = set(self._base.list_tables().tables)
        if ABOUT in names:
            self._migrate()
        elif PHOTOS in names or not make:
            raise CatalogError(f"{self.uri}: no catalog of photoloupe")
        else:
            self._base.create_table(ABOUT, self._about(VERSION), exist_ok=True)
        if PHOTOS in names:
            return self._base.open_table(PHOTOS)
        return self._base.create_table(PHOTOS, schema=SCHEMA, exist_ok=True)

    def _migrate(self) -> None:
        made = int(self._base.open_table(ABOUT).to_arrow()["version"][0].as_py())
        if made > VERSION:
            raise CatalogError(
                f"{self.uri}: catalog of version {made}, made by a newer photoloupe; "
                f"this one reads up to {VERSION}"
            )
        for version in range(made, VERSION):
            MIGRATIONS[version](self._base.open_table(PHOTOS))
            self._base.create_table(ABOUT, self._about(version + 1), mode="overwrite")

    @staticmethod
    def _about(version: int) -> pa.Table:
        return pa.table({"version": [version], "made_by": [f"photoloupe {__version__}"]})

    @contextmanager
    def own_errors(self) -> Iterator[None]:
        """Errors of the disk and of LanceDB as ours, in a line, with the catalog's name."""
        try:
            yield
        except (OSError, RuntimeError, ValueError) as error:
            raise CatalogError(f"{self.uri}: {first_line(error)}") from error

"""Rows that many machines write at once: files next to the table, then one commit that adds them.

LanceDB has no such call, Lance itself (pylance) has. Until the commit no reader sees them, and
what is never committed is deleted by Lance when it cleans up, a week later.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from photoloupe.catalog.schema import SCHEMA, Row

try:
    import lance
    from lance.fragment import FragmentMetadata, write_fragments
except ImportError as error:
    raise ImportError("many machines need Ray: pip install 'photoloupe[cluster]'") from error


def write_fragment(table_uri: str, rows: list[Row]) -> str:
    """Write rows next to the table -> what `commit` needs of them, as JSON. Raises OSError."""
    table = lance.dataset(table_uri)  # for its format and the numbers of its columns
    written = write_fragments(pa.Table.from_pylist(rows, SCHEMA), table)
    if isinstance(written, lance.Transaction) or len(written) != 1:
        raise OSError(f"{table_uri}: {len(rows)} rows did not become one fragment")
    return json.dumps(written[0].to_json())


def commit(table_uri: str, fragments: Sequence[str]) -> None:
    """Add fragments to the table: all of them, or none. Others may write meanwhile."""
    version = lance.dataset(table_uri).version
    operation = lance.LanceOperation.Append(list(map(FragmentMetadata.from_json, fragments)))
    lance.LanceDataset.commit(table_uri, operation, read_version=version)


@dataclass(frozen=True)
class Snapshot:
    """A catalog's table as it is now, whatever is written later: machines that read it agree.

    A row is known by its place, 0 for the first.
    """

    table_uri: str
    version: int

    @classmethod
    def of(cls, table_uri: str) -> Snapshot:
        return cls(table_uri, lance.dataset(table_uri).version)

    def columns(self, *names: str) -> pa.Table:
        """These columns of all rows, in order."""
        return self._table().to_table(columns=list(names), scan_in_order=True)

    def codes(self, places: Sequence[int]) -> list[bytes]:
        """Crop codes of some rows."""
        return list(self._table().take(list(places), columns=["code"])["code"].to_pylist())

    def _table(self) -> lance.LanceDataset:
        return _opened(self.table_uri, self.version)


@cache
def _opened(table_uri: str, version: int) -> lance.LanceDataset:
    return lance.dataset(table_uri, version=version)

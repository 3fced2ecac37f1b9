"""SQL that selects rows of a catalog: conditions, quoted values, LanceDB's error messages."""

from __future__ import annotations

#: True for a row whose file was there when it was last scanned.
PRESENT = "gone_at IS NULL"


def quote(text: str) -> str:
    """Any text as a SQL literal: `it's` -> `'it''s'`."""
    return "'" + text.replace("'", "''") + "'"


def one_of(column: str, values: list[str]) -> str:
    """A condition: the text column holds one of these values, of which there is at least one."""
    return f"{column} IN ({', '.join(map(quote, values))})"


def first_line(error: BaseException | None) -> str:
    """An error's message in one line, without the position in LanceDB's own source."""
    line = str(error).partition("\n")[0].partition(", /")[0]
    return line.removeprefix("lance error: ") or type(error).__name__

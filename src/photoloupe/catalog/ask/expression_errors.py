"""LanceDB's error about an expression -> one sentence that tells a person what to change."""

from __future__ import annotations

import re
from difflib import get_close_matches

from photoloupe.catalog.schema import SHOWN, column_names

NO_COLUMN = re.compile(r'No field named "?(\w+(?:\.\w+)*)|Field (\w+) not found in struct')
NO_FUNCTION = re.compile(r"Invalid function '(\w+)'")
OTHER_TYPE = re.compile(r"Received literal (\w+)\((.*?)\) and could not convert to .* type '(\w+)")
UNEXPECTED = re.compile(r"sql parser error: .*found: (.+?)\)?$")
KINDS = {
    "Utf8": "text",
    "Boolean": "a truth value",
    "Timestamp": "a time: write timestamp '2026-07-14 12:00:00'",
}  # fmt: skip  (other types of columns are numbers)
MOST_SUGGESTIONS = 4


def explain(expression: str, message: str) -> str:
    """What is wrong with an expression. message: LanceDB's, in one line."""
    if found := NO_COLUMN.search(message):
        return _no_column(_full_name(expression, found[1] or found[2]))
    if found := NO_FUNCTION.search(message):
        return f"there is no function {found[1]}"
    if found := UNEXPECTED.search(message):
        end = found[1].startswith(")")
        return "the expression is not complete" if end else f"{found[1]!r} is not expected there"
    return _wrong_type(expression, message)


def _wrong_type(expression: str, message: str) -> str:
    if "Struct(" in message and (group := _group_in(expression)):
        return f"{group} is a group of columns; use one of {', '.join(_members(group))}"
    if found := OTHER_TYPE.search(message):
        value, kind = found[2].strip('"'), KINDS.get(found[3], "a number")
        return f"{value!r} is compared with a column that is {kind}"
    if "logical boolean operation" in message:
        return "it gives a value, not true or false; compare it, as in width > 1000"
    return "it is not a condition on the columns of one photo"


def brief_columns() -> str:
    """The columns in one line, groups as `aesthetics.*`."""
    columns = column_names()
    return ", ".join(name if name in columns else f"{name}.*" for name in SHOWN)


def similar_columns(name: str) -> list[str]:
    """Columns that a wrong name may mean, the likeliest first: score -> aesthetics.score."""
    columns, wanted = column_names(), name.lower()
    last = wanted.rpartition(".")[2]
    exact = [column for column in columns if last in (column, column.rpartition(".")[2])]
    members = [column for column in columns if column.partition(".")[0] == wanted]
    if found := list(dict.fromkeys([*exact, *members])):
        return found[:MOST_SUGGESTIONS]
    ends = {column.rpartition(".")[2]: column for column in columns}
    close = get_close_matches(wanted, columns, n=1, cutoff=0.75)
    return close or [ends[end] for end in get_close_matches(last, ends, n=1, cutoff=0.75)]


def _no_column(name: str) -> str:
    if similar := similar_columns(name):
        return f"there is no column {name}; did you mean {' or '.join(similar)}?"
    return f"there is no column {name}; text needs quotes, as in format = 'JPEG'"


def _full_name(expression: str, name: str) -> str:
    """`scor` -> `aesthetics.scor`, as the expression has it."""
    found = re.search(rf"[\w.]*\b{re.escape(name)}\b", expression)
    return found[0] if found else name


def _group_in(expression: str) -> str | None:
    """A group of columns that the expression uses as if it were one column."""
    groups = {column.partition(".")[0] for column in column_names() if "." in column}
    words = re.findall(r"(?<![\w.'])\w+(?![\w.'])", expression)
    return next((word for word in words if word in groups), None)


def _members(group: str) -> list[str]:
    return [column for column in column_names() if column.startswith(f"{group}.")]

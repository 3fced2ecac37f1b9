"""Rows that an expression holds for.

The expression is Lance's SQL (DataFusion), filtered where the rows lie: it can name columns and
call functions of values, and there is no way for it to hold a statement or to touch a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa

from photoloupe.catalog.schema import SHOWN, column_names
from photoloupe.catalog.sql import PRESENT, first_line
from photoloupe.catalog.store import Catalog
from photoloupe.errors import CatalogError, ExpressionError

# Quoted text as a whole, then what could end the expression early.
TOKEN = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|`[^`]*`|--|/\*|[;()'"`]""")


def query(
    catalog: Catalog, expression: str, names: Sequence[str] = SHOWN
) -> Iterator[pa.RecordBatch]:
    """Rows of photos that are there, in the order they were added; of others, if it asks `gone_at`.

    Raises ExpressionError, before the first row, with the columns that there are.
    """
    where = f"({check_expression(expression)})"
    if "gone_at" not in expression:
        where = f"{PRESENT} AND {where}"
    try:
        yield from catalog.read(where, names)
    except CatalogError as error:
        cause = error.__cause__
        if isinstance(cause, ValueError) or "Not supported" in str(cause):
            raise ExpressionError(_why(expression, first_line(cause))) from error
        raise  # the disk's fault, not the expression's


def check_expression(expression: str) -> str:
    """The expression, if it is one and no more. Lance would drop what follows it without a word."""
    depth = 0
    for token in TOKEN.findall(expression):
        depth += (token == "(") - (token == ")")
        if depth < 0 or token in (";", "--", "/*", "'", '"', "`"):
            raise ExpressionError(_why(expression, f"one expression, please; {token} ends it"))
    if depth or not expression.strip():
        raise ExpressionError(_why(expression, "the expression is not complete"))
    return expression


def _why(expression: str, reason: str) -> str:
    reason = reason.removeprefix("Invalid input, ").partition(". Valid fields")[0]
    return f"query {expression!r}: {reason}. Columns: {', '.join(column_names())}"

"""Rows that match an expression.

The expression is Lance's SQL (DataFusion), filtered where the rows lie: it can name columns and
call functions of values, and there is no way for it to hold a statement or to touch a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa

from photoloupe.catalog.ask.expression_errors import brief_columns, explain
from photoloupe.catalog.schema import SHOWN
from photoloupe.catalog.sql import PRESENT, first_line
from photoloupe.catalog.store import Catalog
from photoloupe.errors import CatalogError, ExpressionError

# Quoted text as a whole, then what could end the expression early.
TOKEN = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|`[^`]*`|--|/\*|[;()'"`]""")


def query(
    catalog: Catalog, expression: str, names: Sequence[str] = SHOWN
) -> Iterator[pa.RecordBatch]:
    """Rows that match, in batches, in the order they were added; names: columns of each row.

    Rows of photos that are gone only match an expression that names `gone_at`. Raises
    ExpressionError before the first row, with what to change and the columns; CatalogError.
    """
    where = f"({check_expression(expression)})"
    if "gone_at" not in expression:
        where = f"{PRESENT} AND {where}"
    try:
        yield from catalog.read(where, names)
    except CatalogError as error:
        cause = error.__cause__
        if isinstance(cause, ValueError) or "Not supported" in str(cause):
            reason = explain(expression, first_line(cause))
            raise ExpressionError(_message(expression, reason)) from error
        raise  # the disk's fault, not the expression's


def check_expression(expression: str) -> str:
    """The expression, if it is one and no more. Raises ExpressionError.

    Lance would silently drop what follows it.
    """
    depth = 0
    for token in TOKEN.findall(expression):
        depth += (token == "(") - (token == ")")
        if depth < 0 or token in (";", "--", "/*", "'", '"', "`"):
            raise ExpressionError(
                _message(expression, f"{token} ends the expression, which must be a single one")
            )
    if depth or not expression.strip():
        raise ExpressionError(_message(expression, "the expression is not complete"))
    return expression


def _message(expression: str, reason: str) -> str:
    end = "" if reason.endswith("?") else "."
    return f"query {expression!r}: {reason}{end} Columns: {brief_columns()}"

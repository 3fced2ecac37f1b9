"""Checks `where` expressions of clients: only functions whose cost is bounded by the rows."""

from __future__ import annotations

import re

from photoloupe.catalog.ask.query import check_expression
from photoloupe.errors import ExpressionError

MAX_CHARS = 1000
# DataFusion has functions that make text of any length, such as repeat().
FUNCTIONS = {
    "abs", "array_has", "array_length", "cast", "ceil", "character_length", "coalesce", "contains",
    "date_part", "ends_with", "floor", "ilike", "length", "like", "lower", "ltrim", "nullif",
    "regexp_like", "round", "rtrim", "starts_with", "substr", "trim", "upper",
}  # fmt: skip
KEYWORDS = {"and", "or", "not", "in", "is", "between", "case", "when", "then", "else", "timestamp"}
CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*\(")
QUOTED_CALL = re.compile(r"""["`]\s*\(""")
STRING = re.compile(r"'(?:[^']|'')*'")


def check_where(expression: str) -> str:
    """The same expression. Raises ExpressionError if it is too long or calls other functions."""
    if len(expression) > MAX_CHARS:
        raise ExpressionError(f"query: over the limit of {MAX_CHARS} characters")
    bare = STRING.sub("''", check_expression(expression))
    if QUOTED_CALL.search(bare):
        raise ExpressionError("query: function names cannot be quoted")
    for name in CALL.findall(bare):
        if name.lower() not in FUNCTIONS | KEYWORDS:
            allowed = ", ".join(sorted(FUNCTIONS))
            raise ExpressionError(f"query: {name}() is not allowed; functions: {allowed}")
    return expression

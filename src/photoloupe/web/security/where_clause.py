"""Questions that may come from a network: only functions that cost no more than their rows."""

from __future__ import annotations

import re

from photoloupe.catalog.ask.query import check_expression
from photoloupe.errors import ExpressionError

LONGEST = 1000  # characters
# DataFusion has functions that make text of any length out of nothing, such as repeat().
FUNCTIONS = {
    "abs", "array_has", "array_length", "cast", "ceil", "character_length", "coalesce", "contains",
    "date_part", "ends_with", "floor", "ilike", "length", "like", "lower", "ltrim", "nullif",
    "regexp_like", "round", "rtrim", "starts_with", "substr", "trim", "upper",
}  # fmt: skip
WORDS = {"and", "or", "not", "in", "is", "between", "case", "when", "then", "else", "timestamp"}
CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*\(")
NAMED = re.compile(r"""["`]\s*\(""")
QUOTED = re.compile(r"'(?:[^']|'')*'")


def checked(expression: str) -> str:
    """The expression. Raises ExpressionError for one too long, or with another function."""
    if len(expression) > LONGEST:
        raise ExpressionError(f"query: over the limit of {LONGEST} characters")
    bare = QUOTED.sub("''", check_expression(expression))
    if NAMED.search(bare):
        raise ExpressionError("query: a function is not called by a quoted name here")
    for name in CALL.findall(bare):
        if name.lower() not in FUNCTIONS | WORDS:
            known = ", ".join(sorted(FUNCTIONS))
            raise ExpressionError(f"query: no function {name}() here; there are {known}")
    return expression

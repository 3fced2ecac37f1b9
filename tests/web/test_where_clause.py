"""Expressions of clients: short, and with functions whose cost is bounded."""

from __future__ import annotations

import pytest

from photoloupe.errors import ExpressionError
from photoloupe.web.security.where_clause import check_where

ALLOWED = (
    "abs", "array_has", "array_length", "cast", "ceil", "character_length", "coalesce", "contains",
    "date_part", "ends_with", "floor", "ilike", "length", "like", "lower", "ltrim", "nullif",
    "regexp_like", "round", "rtrim", "starts_with", "substr", "trim", "upper",
)  # fmt: skip


@pytest.mark.parametrize("name", ALLOWED)
def test_functions_that_are_allowed(name: str) -> None:
    assert check_where(f"{name.upper()}(path)") == f"{name.upper()}(path)"


@pytest.mark.parametrize(
    "name",
    ["repeat", "rpad", "lpad", "replace", "concat", "array_repeat", "make_array", "generate_series",
     "regexp_replace", "random", "now", "sleep", "arrow_cast", "string_agg", "count"],
)  # fmt: skip
def test_functions_that_are_not(name: str) -> None:
    for call in (f"{name}(path)", f"{name.upper()} (path)", f"length({name}(path))"):
        with pytest.raises(ExpressionError, match=f"(?i){name}\\(\\) is not allowed"):
            check_where(call)


@pytest.mark.parametrize("call", ['"repeat"(path)', "`repeat`(path)", '"length" (path)'])
def test_a_function_s_name_is_not_quoted(call: str) -> None:
    with pytest.raises(ExpressionError, match="cannot be quoted"):
        check_where(call)


def test_text_that_looks_like_a_call_is_text() -> None:
    assert check_where("path = 'it''s repeat(x)'")


def test_an_expression_has_1000_characters_at_most() -> None:
    assert check_where("rating > 3" + " " * 990)
    with pytest.raises(ExpressionError, match="1000 characters"):
        check_where("rating > 3" + " " * 991)

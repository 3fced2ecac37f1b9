"""Pages of photos: how many, and where the next begins."""

from __future__ import annotations

from typing import Any

import pytest

from photoloupe.web.app import make_app
from photoloupe.web.errors import RequestError
from photoloupe.web.routes.paging import make_cursor, start_after
from photoloupe.web.routes.photos import split_ids
from photoloupe.web.settings import Settings


@pytest.fixture(scope="module")
def parameters() -> dict[str, Any]:
    """Of GET /v1/photos and GET /v1/similar, by name."""
    paths = make_app(Settings()).openapi()["paths"]
    both = [paths[path]["get"]["parameters"] for path in ("/v1/photos", "/v1/similar")]
    return {row["name"]: row["schema"] for rows in both for row in rows}


def test_a_page_has_50_photos_and_200_at_most(parameters: dict[str, Any]) -> None:
    for name in ("limit", "count"):
        schema = parameters[name]
        assert (schema["default"], schema["minimum"], schema["maximum"]) == (50, 1, 200)


def test_ids_are_200_at_most() -> None:
    assert split_ids(",a,,b,") == ["a", "b"]
    assert len(split_ids("a," * 200)) == 200
    with pytest.raises(RequestError) as error:
        split_ids("a," * 201)
    assert (error.value.status, error.value.code) == (422, "too_many")


def test_a_cursor_outlives_its_photo() -> None:
    ids = list("abcdef")
    assert start_after(None, ids) == 0
    assert start_after(make_cursor("c", 2), ids) == 3
    assert start_after(make_cursor("f", 5), ids) == 6
    assert start_after(make_cursor("c", 2), list("bcdef")) == 2
    assert start_after(make_cursor("c", 2), list("abdef")) == 2
    assert start_after(make_cursor("c", 2), []) == 0


@pytest.mark.parametrize("cursor", ["?", "WzEsMl0", "e30", "W10", "bnVsbA", "!" * 200])
def test_what_is_no_cursor(cursor: str) -> None:
    with pytest.raises(RequestError) as error:
        start_after(cursor, list("abc"))
    assert (error.value.status, error.value.code) == (422, "bad_cursor")

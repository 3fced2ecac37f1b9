"""Errors of requests: messages for people, without paths, error numbers or exceptions' names."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi import Request

from photoloupe.errors import PhotoError
from photoloupe.web.errors import RequestError, photo_request_error, reason_without_path
from photoloupe.web.routes.uploads import parse_json


@pytest.mark.parametrize(
    ("code", "status"),
    [("not_found", 404), ("not_a_file", 404), ("not_permitted", 403), ("unsupported", 415),
     ("changed", 409), ("too_large", 422), ("truncated", 422), ("something new", 422)],
)  # fmt: skip
def test_a_photo_s_error_has_its_status(code: str, status: int) -> None:
    error = photo_request_error(PhotoError(code, "/srv/photos/a.jpg", "why"))
    assert (error.status, error.code, error.message) == (status, code, "a.jpg: why")
    assert photo_request_error(PhotoError(code, "2024/a.jpg", "why")).message == "2024/a.jpg: why"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[Errno 28] No space left on device: '/data/a'", "No space left on device"),
        ("[Errno 18] Cross-device link: '/a' -> '/b'", "Cross-device link"),
        ("photoloupe: /data/.photoloupe: not a catalog", "not a catalog"),
        ("out of memory", "out of memory"),
        ("", "see the log of the service"),
    ],
)
def test_a_reason_names_no_path(text: str, reason: str) -> None:
    assert reason_without_path(text) == reason


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "invalid JSON at line 1, column 2: "),
        (b"\xff\xfe\xfd", "invalid JSON: not UTF-8"),
        (b"[" * 100_000, "invalid JSON"),
        (b"[1]", "invalid JSON: expected an object"),
    ],
)
def test_json_that_is_none_is_explained(body: bytes, message: str) -> None:
    request: Any = SimpleNamespace(headers={"content-type": "application/json"})
    with pytest.raises(RequestError) as error:
        parse_json(cast(Request, request), [body])
    assert error.value.message.startswith(message)
    assert "Error" not in error.value.message
    assert "codec" not in error.value.message

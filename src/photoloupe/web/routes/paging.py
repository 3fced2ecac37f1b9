"""Cursors of paged lists: opaque text that clients send back to get the next page."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from photoloupe.web.errors import RequestError


def make_cursor(last: str, position: int) -> str:
    """The cursor after a page. last: id of its last photo; position: its index in the full list."""
    return base64.urlsafe_b64encode(json.dumps([last, position]).encode()).decode().rstrip("=")


def start_after(cursor: str | None, ids: Sequence[str]) -> int:
    """Index in `ids` where the next page starts. Raises RequestError `bad_cursor`.

    After the cursor's photo wherever it is now, or at its old position if it has gone.
    """
    if cursor is None:
        return 0
    try:
        last, position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not (isinstance(last, str) and type(position) is int and position >= 0):
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise RequestError(422, "bad_cursor", "not a cursor of this service") from None
    if position < len(ids) and ids[position] == last:
        return position + 1
    return ids.index(last) + 1 if last in ids else min(position, len(ids))

"""Where a page of photos ends: a text that clients hand back and do not read."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from photoloupe.web.errors import Refusal


def make_cursor(last: str, position: int) -> str:
    """last: id of the page's last photo; position: its number among all, from 0."""
    return base64.urlsafe_b64encode(json.dumps([last, position]).encode()).decode().rstrip("=")


def start_after(cursor: str | None, ids: Sequence[str]) -> int:
    """Where the next page starts: after that photo, or where it was, if it has gone. Refusal."""
    if cursor is None:
        return 0
    try:
        last, position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not (isinstance(last, str) and type(position) is int and position >= 0):
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise Refusal(422, "bad_cursor", "not a cursor of this service") from None
    if position < len(ids) and ids[position] == last:
        return position + 1
    return ids.index(last) + 1 if last in ids else min(position, len(ids))

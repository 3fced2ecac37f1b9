"""The parts of the page: what its files say, and values that no file name can break out of."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

MARK = '<meta name="generator" content="photoloupe report">'
MARK_BYTES = 1024  # the mark lies in the first of them
SCRIPTS = ("data.js", "parts.js", "sections.js", "all.js", "detail.js", "main.js")  # one module
DATA = "<!-- data -->"


def page_ends(title: str) -> tuple[bytes, bytes]:
    """What comes before the data, and what comes after; title: any text."""
    css, script = _text("report.css"), "".join(map(_text, SCRIPTS))
    words = {
        "<!-- mark -->": MARK,
        "<!-- policy -->": policy(css, script),
        "<!-- title -->": html.escape(title),
        "/* css */": css,
        "/* script */": script,
    }
    page = _text("template.html")
    for place, text in words.items():
        page = page.replace(place, text)
    before, _, after = page.partition(DATA)
    # A file name may hold bytes that are no UTF-8.
    return before.encode(errors="replace"), after.encode(errors="replace")


def policy(css: str, script: str) -> str:
    """Pictures inside the page, this very style and script, and nothing else whatever."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_digest(css)}'; "
        f"script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'"
    )


def value(kind: str, content: Any) -> bytes:
    """JSON that the page reads, in an element that is never run; kind: its class."""
    text = json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" class="{kind}">{text}</script>\n'.encode()


def picture(webp: bytes | None) -> bytes:
    """Base64 in an element that is never run: the page decodes what comes into view."""
    return b'<script type="text/plain">' + base64.b64encode(webp or b"") + b"</script>\n"


def may_replace(path: Path) -> bool:
    """Is there no file, or one that is a contact sheet? OSError if it cannot be read."""
    if not path.exists():
        return True
    with path.open("rb") as file:
        return MARK.encode() in file.read(MARK_BYTES)


def _text(name: str) -> str:
    return (files("photoloupe.catalog.report") / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

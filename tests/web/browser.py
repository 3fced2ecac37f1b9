"""The page in Debian's Chromium, driven by Playwright; an error in its console fails a test."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
ARGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
DESK, PHONE = (1280, 800), (390, 844)
PATIENCE_MS = 15_000

Open = Callable[..., "Page"]

# Files as a person brings them: dragged over the page and let go, or pasted.
BRING = """
(where, [kind, files]) => {
  const transfer = new DataTransfer();
  for (const [name, type, text] of files) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  if (kind === "paste") {
    const options = { clipboardData: transfer, bubbles: true };
    return where.dispatchEvent(new ClipboardEvent("paste", options));
  }
  for (const step of ["dragenter", "dragover", "drop"]) {
    const options = { dataTransfer: transfer, bubbles: true, cancelable: true };
    where.dispatchEvent(new DragEvent(step, options));
  }
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For a module, not a session: while it runs, no other event loop can run in this thread."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """open_page(url, size, scheme=, before=): a page; the test fails if its console tells an error.

    before(page): prepares it, before anything is loaded. A request that is refused shows in the
    console whatever the page does, so what was refused is left to the test.
    """
    pages: list[Page] = []
    errors: list[str] = []

    def listen(message: Any) -> None:
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            errors.append(message.text)

    def make(
        url: str,
        size: tuple[int, int] = DESK,
        *,
        scheme: Any = "light",
        before: Callable[[Page], Any] = lambda page: None,
        **options: Any,
    ) -> Page:
        viewport = {"width": size[0], "height": size[1]}
        context = browser.new_context(viewport=viewport, color_scheme=scheme, **options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: errors.append(str(error)))
        before(page)
        page.goto(url)
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.context.close()
    assert errors == []


def bring(page: Page, kind: str, target: str, *paths: Path) -> None:
    """kind: "drop" or "paste"; target: a selector."""
    files = [
        (path.name, "image/jpeg", base64.b64encode(path.read_bytes()).decode()) for path in paths
    ]
    page.locator(target).first.evaluate(BRING, [kind, files])


def has(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)

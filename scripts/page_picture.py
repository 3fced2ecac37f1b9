"""Photograph the service's page for the docs: python scripts/page_picture.py [docs/page.png]

It serves no folder on a free port, gives the page two example photos, and saves what Chromium
shows. Needs photoloupe[server], playwright and chromium.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

REPOSITORY = Path(__file__).parent.parent
PHOTOS = [REPOSITORY / "examples" / "photos" / f"{n}.jpg" for n in ("astronaut-squished", "coffee")]
SIZE = {"width": 1440, "height": 700}
SERVE = [sys.executable, "-m", "photoloupe", "serve", "--port", "0"]
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


def address_of(server: subprocess.Popen[str]) -> str:
    """The address that the service prints when it listens. Raises SystemExit without one."""
    assert server.stderr is not None
    for line in server.stderr:
        if found := re.search(r"http://\S+/", line):
            return found.group()
    raise SystemExit("the service did not start")


def photograph(page: Page, url: str, out: Path) -> None:
    """Open the page, choose the photos, wait for their answers, save a PNG."""
    page.goto(url)
    page.set_input_files(".zone input", PHOTOS)
    for photo in PHOTOS:
        page.get_by_text(photo.name, exact=True).first.wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1000)  # pictures fade in
    page.screenshot(path=out)


def main(out: Path) -> None:
    """Serve, photograph, stop."""
    server = subprocess.Popen(SERVE, stderr=subprocess.PIPE, text=True)
    try:
        url = address_of(server)
        with sync_playwright() as driver:
            chromium = driver.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
            photograph(chromium.new_page(viewport=SIZE, color_scheme="light"), url, out)  # type: ignore[arg-type]
            chromium.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs" / "page.png")

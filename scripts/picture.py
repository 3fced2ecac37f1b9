"""Draw the pictures of the docs: docs/picture.png and docs/page.png.

    python scripts/picture.py

picture.png shows what photoloupe reports about the example photos; page.png is the page of
`photoloupe serve` in Chromium, which has to be installed, with two of them.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import sync_playwright

import photoloupe
from photoloupe.crops.draw import draw_crop, save_png
from photoloupe.web.server import listen, make_server
from photoloupe.web.settings import Settings

REPOSITORY = Path(__file__).parent.parent
EXAMPLES = REPOSITORY / "examples" / "photos"
INK, SOFT, BAR, PAPER = (30, 30, 30), (110, 110, 110), (70, 120, 180), (250, 250, 248)
PAGE_PHOTOS = ("astronaut-squished.jpg", "coffee.jpg")
MARGIN = 28  # pixels below the last photo, as at its sides
LEFT, RIGHT, TOP, ROW = 24, 770, 60, 164


def draw_text(draw: ImageDraw.ImageDraw, xy: tuple[int, int], line: str, size: int = 17) -> None:
    draw.text(xy, line, font=ImageFont.load_default(size), fill=INK)


def paste_shrunk(
    page: Image.Image, path: Path, xy: tuple[int, int], max_wh: tuple[int, int]
) -> int:
    """Paste a shrunk picture; return its height."""
    picture = Image.open(path)
    picture.thumbnail(max_wh)
    page.paste(picture, xy)
    return picture.height


def draw_found_crop(page: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    found = photoloupe.compare(EXAMPLES / "alps-crop.jpg", EXAMPLES / "alps.jpg")
    if found is None:
        raise SystemExit("alps-crop.jpg was not found in alps.jpg")
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "drawn.png"
        draw_crop(found, drawn)
        below = TOP + paste_shrunk(page, drawn, (LEFT, TOP), (700, 400)) + 14
    first, second = found.in_words().split("\n")
    lines = [*first.split("; "), *second.split(" of alps.jpg, ")]
    for index, line in enumerate(lines):
        draw_text(draw, (LEFT, below + 2 + 28 * index), line)


def draw_report(page: Image.Image, draw: ImageDraw.ImageDraw, name: str, y: int) -> None:
    paste_shrunk(page, EXAMPLES / name, (RIGHT, y), (220, 150))
    report = photoloupe.inspect([EXAMPLES / name])[0]
    squish, selfie, aesthetics = report.squish, report.selfie, report.aesthetics
    if not (squish and selfie and aesthetics):
        raise SystemExit(f"{name}: no answer")
    side = "width" if squish.width_ratio < 1 else "height"
    ratio = min(squish.width_ratio, squish.height_ratio)
    words = f"squished: {side} to {ratio:.0%}" if squish.squished else "not squished"
    lines = [
        name,
        f"{words} (confidence {squish.confidence:.2f})",
        f"selfie: {selfie.probability:.0%}",
        f"aesthetics: {aesthetics.score:.1f} of 10",
    ]
    for index, line in enumerate(lines):
        draw_text(draw, (RIGHT + 240, y + 2 + 28 * index), line)
    for index, p in enumerate(aesthetics.distribution):
        x = RIGHT + 600 + 22 * index
        draw.rectangle((x, y + 118 - round(300 * p), x + 17, y + 118), fill=BAR)
        draw.text((x + 3, y + 122), str(index + 1), font=ImageFont.load_default(13), fill=SOFT)


def draw_picture() -> None:
    """docs/picture.png: a found crop, and three reports."""
    page = Image.new("RGB", (1610, 550), PAPER)
    draw = ImageDraw.Draw(page)
    draw_text(draw, (LEFT, 16), "crop: where was it cut from?", 26)
    draw_text(draw, (RIGHT, 16), "inspect: how good, a selfie, squished?", 26)
    draw_found_crop(page, draw)
    for index, name in enumerate(("chelsea.jpg", "astronaut.jpg", "astronaut-squished.jpg")):
        draw_report(page, draw, name, TOP + ROW * index)
    save_png(page, REPOSITORY / "docs" / "picture.png")


@contextmanager
def serving() -> Iterator[str]:
    """The address of a service for uploads, until the block ends."""
    settings = Settings(port=0)
    with listen(settings) as sock:
        server = make_server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


def draw_page() -> None:
    """docs/page.png: the page with two inspected photos, down to below the last of them."""
    with serving() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 1200}, color_scheme="light")
        page.goto(address)
        page.set_input_files(".zone input", [EXAMPLES / name for name in PAGE_PHOTOS])
        page.locator(".wipe .after[src]").wait_for()
        page.locator(".answers").nth(1).wait_for()
        page.wait_for_function("() => [...document.images].every((image) => image.complete)")
        page.mouse.move(0, 0)
        bottom = page.locator(".photo-card").last.bounding_box()
        assert bottom
        height = round(bottom["y"] + bottom["height"]) + MARGIN
        page.set_viewport_size({"width": 1440, "height": height})
        page.screenshot(path=REPOSITORY / "docs" / "page.png")
        browser.close()


def main() -> None:
    """Draw both."""
    draw_picture()
    draw_page()


if __name__ == "__main__":
    main()

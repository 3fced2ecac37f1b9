"""Draw docs/picture.png from what photoloupe says about the example photos, as it says it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import photoloupe
from photoloupe.crops.draw import draw_crop, save_png

REPOSITORY = Path(__file__).parent.parent
EXAMPLES = REPOSITORY / "examples" / "photos"
INK, SOFT, BAR, PAPER = (30, 30, 30), (110, 110, 110), (70, 120, 180), (250, 250, 248)
LEFT, RIGHT, TOP, ROW = 24, 770, 60, 164


def text(draw: ImageDraw.ImageDraw, xy: tuple[int, int], words: str, size: int = 17) -> None:
    draw.text(xy, words, font=ImageFont.load_default(size), fill=INK)


def place(page: Image.Image, path: Path, xy: tuple[int, int], most: tuple[int, int]) -> int:
    """Paste a shrunk picture; return its height."""
    picture = Image.open(path)
    picture.thumbnail(most)
    page.paste(picture, xy)
    return picture.height


def draw_found_crop(page: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    found = photoloupe.compare(EXAMPLES / "alps-crop.jpg", EXAMPLES / "alps.jpg")
    if found is None:
        raise SystemExit("alps-crop.jpg was not found in alps.jpg")
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "drawn.png"
        draw_crop(found, drawn)
        below = TOP + place(page, drawn, (LEFT, TOP), (700, 400)) + 14
    first, second = found.in_words().split("\n")
    lines = [*first.split("; "), *second.split(" of alps.jpg, ")]
    for index, line in enumerate(lines):
        text(draw, (LEFT, below + 2 + 28 * index), line)


def draw_report(page: Image.Image, draw: ImageDraw.ImageDraw, name: str, y: int) -> None:
    place(page, EXAMPLES / name, (RIGHT, y), (220, 150))
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
        text(draw, (RIGHT + 240, y + 2 + 28 * index), line)
    for index, p in enumerate(aesthetics.distribution):
        x = RIGHT + 570 + 22 * index
        draw.rectangle((x, y + 118 - round(300 * p), x + 17, y + 118), fill=BAR)
        draw.text((x + 3, y + 122), str(index + 1), font=ImageFont.load_default(13), fill=SOFT)


def main() -> None:
    page = Image.new("RGB", (1590, 550), PAPER)
    draw = ImageDraw.Draw(page)
    text(draw, (LEFT, 16), "crop: where was it cut from?", 26)
    text(draw, (RIGHT, 16), "inspect: how good, a selfie, squished?", 26)
    draw_found_crop(page, draw)
    for index, name in enumerate(("chelsea.jpg", "astronaut.jpg", "astronaut-squished.jpg")):
        draw_report(page, draw, name, TOP + ROW * index)
    save_png(page, REPOSITORY / "docs" / "picture.png")


if __name__ == "__main__":
    main()

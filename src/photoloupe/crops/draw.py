"""A crop's box, drawn on a copy of its source."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
from PIL import Image

from photoloupe.photo import open_photo
from photoloupe.results import Crop

MOST_PIXELS = 1600 * 1200
BLACK, YELLOW = (0, 0, 0), (255, 214, 10)


def draw_crop(crop: Crop, path: Path) -> None:
    """Write a PNG of the source, shrunk if large, outside of the box dimmed, the box outlined."""
    photo = open_photo(crop.source, min_pixels=MOST_PIXELS)
    picture = photo.pixels // 2
    height, width = picture.shape[:2]
    x_factor, y_factor = width / photo.facts.width, height / photo.facts.height
    x0, x1 = (round(x * x_factor) for x in (crop.box.x0, crop.box.x1))
    y0, y1 = (round(y * y_factor) for y in (crop.box.y0, crop.box.y1))
    picture[y0:y1, x0:x1] = photo.pixels[y0:y1, x0:x1]
    line = max(1, round(max(height, width) / 400))
    for colour, thickness in ((BLACK, 3 * line), (YELLOW, line)):
        cv2.rectangle(picture, (x0, y0), (x1 - 1, y1 - 1), colour, thickness)
    save_png(Image.fromarray(picture), path)


def save_png(image: Image.Image, path: Path) -> None:
    """Write under a temporary name, then rename: nobody ever sees half a file."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        image.save(partial, "PNG")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)

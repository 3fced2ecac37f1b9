"""Draw a relation: the source with the box, the crop, and a heat map of where they differ."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from PIL import Image

from photoloupe.arrays import Pixels
from photoloupe.boxes import Box
from photoloupe.crops.placement import Float64
from photoloupe.crops.tone import fit_tone
from photoloupe.errors import PhotoError
from photoloupe.media.photo import open_photo
from photoloupe.media.safe_files import replacing

HEIGHT = 640  # px of the picture
GAP = 8  # px of white between the pictures in it
BLACK, YELLOW = (0, 0, 0), (255, 214, 10)
HOTTEST = 48.0  # grey levels of difference that are drawn brightest


class Drawable(Protocol):
    """What a drawing needs of a `Crop`; `crop` and `source` are names of files."""

    @property
    def crop(self) -> str:
        """File of the crop."""

    @property
    def source(self) -> str:
        """File of the source."""

    @property
    def verdict(self) -> str:
        """One of `crop.VERDICTS`."""

    @property
    def box(self) -> Box | None:
        """In pixels of the upright source."""

    @property
    def crop_box(self) -> Box | None:
        """In pixels of the upright crop."""

    @property
    def scale_xy(self) -> tuple[float, float] | None:
        """Source pixels a crop pixel, across and down."""

    @property
    def turn(self) -> float:
        """Degrees clockwise from the source to the crop."""

    @property
    def reason(self) -> str | None:
        """Why there is no box."""


def draw_crop(found: Drawable, path: Path) -> None:
    """Write the picture of `picture_of` as PNG.

    Raises PhotoError if a photo cannot be read, ValueError if there is no box, OSError if the file
    cannot be written.
    """
    save_png(picture_of(found), path)


def png_of(found: Drawable) -> bytes | None:
    """The picture as the bytes of a PNG; None if there is no box or a photo cannot be read."""
    file = io.BytesIO()
    try:
        picture_of(found).save(file, "PNG")
    except (PhotoError, ValueError):
        return None
    return file.getvalue()


def picture_of(found: Drawable) -> Image.Image:
    """The source with the box on the left; on the right the crop over a heat map, 640 px high.

    The heat map shows grey levels after the tones are matched: black none, white 48 and more.
    Raises PhotoError if a photo cannot be read, ValueError if there is no box.
    """
    if found.box is None or found.crop_box is None:
        raise ValueError(f"there is no box to draw: {found.reason}")
    source, crop = (open_photo(name).pixels for name in (found.source, found.crop))
    x0, y0, x1, y1 = (round(edge) for edge in found.crop_box.xyxy)
    shown = crop[y0:y1, x0:x1]
    half = (HEIGHT - GAP) // 2
    upper, lower = _to_height(shown, half), _to_height(heat_map(found, shown, source), half)
    gap = np.full((GAP, upper.shape[1], 3), 255, np.uint8)
    right = np.concatenate([upper, gap, lower])
    left = _to_height(_boxed(found, source), right.shape[0])
    between = np.full((right.shape[0], GAP, 3), 255, np.uint8)
    return Image.fromarray(np.concatenate([left, between, right], axis=1))


def _boxed(found: Drawable, source: Pixels) -> Pixels:
    """Outside of the box dimmed, its outline drawn."""
    corners = np.round(_corners(found)).astype(np.int32)
    mask = cv2.fillPoly(np.zeros(source.shape[:2], np.uint8), [corners], (1,))
    picture = np.where(mask[..., None] > 0, source, source // 2)
    line = max(1, round(source.shape[0] / 320))
    for colour, thickness in ((BLACK, 3 * line), (YELLOW, line)):
        cv2.polylines(picture, [corners], True, colour, thickness)
    return picture


def _corners(found: Drawable) -> Float64:
    """(4, 2): top left, top right, bottom right, bottom left of the box, turned."""
    assert found.box is not None
    x0, y0, x1, y1 = found.box.xyxy
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    cos, sin = np.cos(np.radians(found.turn)), np.sin(np.radians(found.turn))
    turn = np.array([[cos, -sin], [sin, cos]])
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return np.asarray((corners - middle) @ turn.T + middle, np.float64)


def heat_map(found: Drawable, crop: Pixels, source: Pixels) -> Pixels:
    """Where the crop differs from the region of the source: (h, w, 3) uint8 RGB.

    crop: (h, w, 3) uint8 RGB, the pixels inside `found.crop_box`; source: (H, W, 3) uint8 RGB.
    `found.box` must not be None.
    """
    height, width = crop.shape[:2]
    corners = _corners(found) - 0.5
    if found.verdict == "mirrored":
        corners = corners[[1, 0, 3, 2]]
    at = np.array([[-0.5, -0.5], [width - 0.5, -0.5], [width - 0.5, height - 0.5]], np.float32)
    matrix = cv2.getAffineTransform(at, corners[:3].astype(np.float32))
    # What the crop was too small to hold, each way; sigma 0.01 changes nothing.
    blur_x, blur_y = (0.45 * max(scale**2 - 1, 5e-4) ** 0.5 for scale in found.scale_xy or (1, 1))
    soft = cv2.GaussianBlur(source, (0, 0), blur_x, sigmaY=blur_y)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    edge = cv2.BORDER_REPLICATE
    region = cv2.warpAffine(soft, matrix, (width, height), flags=flags, borderMode=edge)
    a, b = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) for image in (region, crop))
    tone = fit_tone(np.asarray(a), np.asarray(b), np.ones(b.shape, bool))
    off = np.clip(np.abs(tone.apply(np.asarray(a)) - b) / HOTTEST * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(off, cv2.COLORMAP_HOT), cv2.COLOR_BGR2RGB))


def _to_height(pixels: Pixels, height: int) -> Pixels:
    width = max(1, round(pixels.shape[1] * height / pixels.shape[0]))
    method = cv2.INTER_AREA if height < pixels.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method), np.uint8)


def save_png(image: Image.Image, path: Path) -> None:
    """Write a PNG under a temporary name, then rename: nobody ever reads half a file. OSError."""
    with replacing(path) as partial:
        image.save(partial, "PNG")

"""One photo of a pair, decoded: grey pixels, content without border, features."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from photoloupe.arrays import Pixels
from photoloupe.boxes import Box
from photoloupe.crops.features import Features, find_features
from photoloupe.media.photo import DEFAULT_LIMITS, Content, Limits, Photo, Source, open_photo

LONG_SIDE = 1600  # px that pixels are compared at; larger photos are shrunk to it
MOST_RIM = 0.3  # share of a side, at each end, that may be border
RIM_SPREAD = 6.0  # grey levels: a row of border varies less, even after compression
RIM_STEP = 10.0  # grey levels: what differs so much from the border is picture
RIM_SHARE = 0.08  # share of a row that has to be picture


@dataclass(frozen=True)
class Picture:
    """One decoded photo.

    grey: (H, W) uint8, upright, at most 1,600 px long; full_wh: upright size of the file's picture.
    content: the picture without an even border, in pixels of `grey`; the complete frame if it has
    none. chroma: mean difference of a pixel's largest and smallest channel, 0 to 255. sha256: of
    the file's bytes; orientation: EXIF, 1 to 8; luma_table: the JPEG's 64 luminance quantisation
    steps by rows, None if it is no JPEG.
    """

    name: str
    grey: Pixels
    full_wh: tuple[int, int]
    content: Box
    chroma: float = 0.0
    sha256: str | None = None
    orientation: int = 1
    luma_table: tuple[int, ...] | None = None

    @cached_property
    def features(self) -> Features:
        """Local features, in pixels of `grey`; found on first use, since many pairs need none."""
        return find_features(self.grey)

    @property
    def shrink_xy(self) -> tuple[float, float]:
        """Full-size pixels a pixel of `grey`, across and down."""
        return self.full_wh[0] / self.grey.shape[1], self.full_wh[1] / self.grey.shape[0]

    @property
    def frame(self) -> Box:
        """The complete frame, in pixels of `grey`."""
        return Box(0, 0, self.grey.shape[1], self.grey.shape[0])


def make_picture(source: Source | Content | Photo, limits: Limits = DEFAULT_LIMITS) -> Picture:
    """Decode a photo, at most 1,600 px long. Raises PhotoError."""
    photo = source
    if not isinstance(photo, Photo):
        photo = open_photo(photo, min_pixels=LONG_SIDE * LONG_SIDE, limits=limits)
    grey: Pixels = np.asarray(cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    shrink = max(grey.shape) / LONG_SIDE
    if shrink > 1:
        size_wh = [max(1, round(edge / shrink)) for edge in grey.shape[::-1]]
        grey = np.asarray(cv2.resize(grey, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    facts = photo.facts
    return Picture(
        facts.path, grey, (facts.width, facts.height), find_content(grey),
        _chroma(photo.pixels), facts.sha256, facts.orientation, facts.luma_table,
    )  # fmt: skip


def _chroma(pixels: Pixels) -> float:
    few = pixels[:: max(1, pixels.shape[0] // 64), :: max(1, pixels.shape[1] // 64)]
    return float(np.ptp(few.astype(np.int16), axis=2).mean())


def find_content(grey: Pixels) -> Box:
    """The box of an (H, W) uint8 picture without its border of one even grey.

    A border may be .3 of each side wide. The complete frame if it has none, or is flat altogether.
    """
    height, width = grey.shape
    top, bottom = _rim(grey), _rim(grey[::-1])
    if top + bottom >= height * 2 * MOST_RIM:
        return Box(0, 0, width, height)
    middle = grey[top : height - bottom].T
    left, right = _rim(middle), _rim(middle[::-1])
    if left + right >= width * 2 * MOST_RIM:
        return Box(0, 0, width, height)
    return Box(left, top, width - right, height - bottom)


def _rim(grey: Pixels) -> int:
    """Number of even rows at the top of a picture."""
    rows = grey[: max(2, round(len(grey) * MOST_RIM)) + 1]
    colour = float(np.median(rows[0]))
    if float(rows[0].std()) > RIM_SPREAD:
        return 0
    off = np.abs(rows.astype(np.int16) - colour) > RIM_STEP
    busy = np.flatnonzero(off.mean(1) > RIM_SHARE)
    if not len(busy):
        return len(rows) - 1
    # Compression rings up to a block into the border: its edge is the first large step.
    start = max(0, int(busy[0]) - 1)
    steps = np.abs(np.diff(rows[start : start + 9].astype(np.int16), axis=0)).mean(1)
    return start + int(np.flatnonzero(steps >= steps.max() / 2)[0]) + 1 if busy[0] else 0

"""Two photos -> the crop relation between them, whichever way round it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from photoloupe.boxes import Box
from photoloupe.crops.align import align
from photoloupe.crops.features import Features, find_features
from photoloupe.crops.match import Placement, find_placements
from photoloupe.crops.slide import slide
from photoloupe.crops.verify import agreement
from photoloupe.photo import DEFAULT_LIMITS, NAMELESS, Limits, Photo, Source, open_photo
from photoloupe.results import Crop
from photoloupe.views import Pixels

LONG_SIDE = 1600  # px that matching works at; larger photos are shrunk to it
LEAST_SIDE = 16  # px: less holds no evidence
FEW_FEATURES = 60  # a crop with fewer may have been missed by them
SAME_EDGE = 2.0  # px that a feature fit may be off before alignment
WHOLE_FRAME = 0.995  # IoU of a box with the frame above which nothing was cut off
OVERHANG = 0.02  # part of a crop's side that may stick out of the source by rounding
THRESHOLD = 0.8  # on Agreement.score; docs/crop.md has the measurement behind it


@dataclass(frozen=True)
class Side:
    """One photo of a pair: grey picture at matching size, features, and its full size."""

    name: str
    grey: Pixels
    features: Features
    full_wh: tuple[int, int]

    @property
    def shrink_xy(self) -> tuple[float, float]:
        """Full-size pixels a matching pixel, across and down."""
        return self.full_wh[0] / self.grey.shape[1], self.full_wh[1] / self.grey.shape[0]


def compare(
    a: Source | Photo, b: Source | Photo, *, limits: Limits = DEFAULT_LIMITS
) -> Crop | None:
    """Is one of two photos cut out of the other, either way round? None if not.

    The crop may have been rescaled, recompressed, brightened or darkened as a whole. The same
    picture twice is a crop whose box is the whole frame. Photos without a name are called
    `<first>` and `<second>` in the answer. Raises PhotoError.
    """
    sides = []
    for photo, position in ((a, "<first>"), (b, "<second>")):
        side = make_side(photo, limits)
        sides.append(side if side.name != NAMELESS else replace(side, name=position))
    return compare_sides(*sides)


def make_side(source: Source | Photo, limits: Limits = DEFAULT_LIMITS) -> Side:
    """Decode and find features: all that does not depend on the other photo."""
    photo = source
    if not isinstance(photo, Photo):
        photo = open_photo(photo, min_pixels=LONG_SIDE * LONG_SIDE, limits=limits)
    grey: Pixels = np.asarray(cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    shrink = max(grey.shape) / LONG_SIDE
    if shrink > 1:
        size_wh = [max(1, round(side / shrink)) for side in grey.shape[::-1]]
        grey = np.asarray(cv2.resize(grey, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    facts = photo.facts
    return Side(facts.path, grey, find_features(grey), (facts.width, facts.height))


def compare_sides(a: Side, b: Side) -> Crop | None:
    """As `compare`, for photos whose features are known."""
    if min(*a.grey.shape, *b.grey.shape) < LEAST_SIDE:
        return None
    judged = (judge(a, b, placement) for placement in _placements(a, b))
    return next((crop for crop in judged if crop is not None), None)


def _placements(a: Side, b: Side) -> Iterator[Placement]:
    """Of A in B: by features first, and by sliding where one side has few."""
    yield from find_placements(a.features, b.features)
    if min(len(a.features.points), len(b.features.points)) < FEW_FEATURES:
        yield from slide(a.grey, b.grey)
        yield from (placement.inverse() for placement in slide(b.grey, a.grey))


def judge(a: Side, b: Side, placement: Placement) -> Crop | None:
    """Decide by the placement which one would be the crop, align it, and look at the pixels."""
    if _inside(a, b, placement) and _covers(a, b, placement) <= 1:
        crop, source = a, b
    elif _inside(b, a, placement.inverse()):
        crop, source, placement = b, a, placement.inverse()
    else:
        return None
    grey = crop.grey
    if placement.scale < 1:  # enlarged: its pixels hold no more than the source's, so undo it
        size_wh = [max(8, round(side * placement.scale)) for side in grey.shape[::-1]]
        grey = np.asarray(cv2.resize(grey, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    settled = align(grey, source.grey, _regrid(placement, crop.grey.shape, grey.shape))
    score = agreement(grey, source.grey, settled).score
    if score < THRESHOLD:
        return None
    return _make_crop(crop, source, _regrid(settled, grey.shape, crop.grey.shape), score)


def _regrid(p: Placement, old_hw: tuple[int, ...], new_hw: tuple[int, ...]) -> Placement:
    """The same placement for the same crop in another size: centres move, the outer edge stays."""
    scale_x, scale_y = p.scale_x * old_hw[1] / new_hw[1], p.scale_y * old_hw[0] / new_hw[0]
    x, y = p.x + (scale_x - p.scale_x) / 2, p.y + (scale_y - p.scale_y) / 2
    return Placement(scale_x, scale_y, x, y)


def _frame(side: Side, p: Placement) -> Box:
    """The outline of `side` in the other photo; pixel centres lie half a pixel inside it."""
    height, width = side.grey.shape
    x0, y0 = p.x + 0.5 - p.scale_x / 2, p.y + 0.5 - p.scale_y / 2
    return Box(x0, y0, x0 + p.scale_x * width, y0 + p.scale_y * height)


def _inside(side: Side, other: Side, placement: Placement) -> bool:
    box, (height, width) = _frame(side, placement), other.grey.shape
    slack = OVERHANG * placement.scale * max(side.grey.shape) + 2
    return bool(min(box.x0, box.y0) > -slack and box.x1 < width + slack and box.y1 < height + slack)


def _covers(side: Side, other: Side, placement: Placement) -> float:
    """Area of the outline over the other photo's; of two equal frames, width over width."""
    box, (height, width) = _frame(side, placement), other.grey.shape
    edges = zip(box.xyxy, (0, 0, width, height), strict=True)
    same = max(abs(edge - whole) for edge, whole in edges) < SAME_EDGE * max(1, placement.scale)
    return side.full_wh[0] / other.full_wh[0] if same else box.area / other.grey.size


def _make_crop(crop: Side, source: Side, placement: Placement, score: float) -> Crop:
    height, width = source.grey.shape
    across, down = source.shrink_xy
    box = _frame(crop, placement).clip(width, height)
    return Crop(
        crop=crop.name,
        source=source.name,
        box=Box(box.x0 * across, box.y0 * down, box.x1 * across, box.y1 * down),
        scale=placement.scale * across / crop.shrink_xy[0],
        confidence=score,
        whole_frame=box.iou(Box(0, 0, width, height)) > WHOLE_FRAME,
    )

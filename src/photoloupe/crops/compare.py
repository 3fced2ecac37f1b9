"""Two photos -> the relation between them, whichever way round it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from photoloupe.boxes import Box
from photoloupe.crops.confidence import LEAST_TEXTURED
from photoloupe.crops.crop import Crop
from photoloupe.crops.feature_match import find_placements
from photoloupe.crops.judge import judge
from photoloupe.crops.picture import Side, make_side
from photoloupe.crops.placement import Placement
from photoloupe.crops.template_match import slide
from photoloupe.crops.verify import count_textured
from photoloupe.media.photo import DEFAULT_LIMITS, NAMELESS, Limits, Photo, Source

LEAST_SIDE = 32  # px: less holds no evidence
SURE = 0.99  # no better answer is sought


def compare(
    a: Source | Photo, b: Source | Photo, *, limits: Limits = DEFAULT_LIMITS
) -> Crop | None:
    """How are two photos related, either way round? None if neither shows what the other does.

    The answer is true (`if compare(a, b):`) when one was cut out of the other, or is the same
    picture; its `verdict` says more, also when they overlap, are mirrored, or it cannot be told.
    Photos without a name are called `<first>` and `<second>`. Raises PhotoError.
    """
    sides = []
    for photo, position in ((a, "<first>"), (b, "<second>")):
        side = make_side(photo, limits)
        sides.append(side if side.name != NAMELESS else replace(side, name=position))
    return compare_sides(*sides)


def compare_sides(a: Side, b: Side) -> Crop | None:
    """As `compare`, for photos that are decoded."""
    if _identical(a, b):
        return _exact(a, b)
    small = next((side for side in (a, b) if min(side.full_wh) < LEAST_SIDE), None)
    if small:
        width, height = small.full_wh
        return _unknown(a, b, f"{small.name} is {width} x {height}, under {LEAST_SIDE} pixels")
    answers = (answer(a, b) for answer in (_relation, _mirrored, _featureless))
    return next((found for found in answers if found is not None), None)


def _relation(a: Side, b: Side) -> Crop | None:
    return surest(a, b, propose(a, b))


def surest(a: Side, b: Side, placements: Iterable[Placement]) -> Crop | None:
    """Of the answers that placements of A in B give, the first that is sure, or else the surest."""
    found: list[Crop] = []
    for placement in placements:
        answer = judge(a, b, placement)
        if answer is not None and answer.confidence >= SURE:
            return answer
        found += [answer] if answer is not None else []
    return max(found, key=lambda answer: answer.confidence, default=None)


def propose(a: Side, b: Side) -> Iterator[Placement]:
    """Placements of A in B to look at.

    By sliding the smaller over the larger, which is quick; by features, which find squeezed,
    turned and covered crops too; at last the other way round, for a crop enlarged past its source.
    """
    yield from slid_smaller(a, b)
    yield from find_placements(a.features, b.features)
    yield from _slid_back(a, b) if _is_smaller(a, b) else _slid(a, b)


def slid_smaller(a: Side, b: Side) -> Iterator[Placement]:
    """Placements of A in B by sliding the smaller over the larger."""
    return _slid(a, b) if _is_smaller(a, b) else _slid_back(a, b)


def _is_smaller(a: Side, b: Side) -> bool:
    return a.grey.size <= b.grey.size


def _slid_back(a: Side, b: Side) -> Iterator[Placement]:
    return (placement.inverse() for placement in _slid(b, a))


def _slid(crop: Side, source: Side) -> Iterator[Placement]:
    """By sliding the crop without its border."""
    x0, y0, x1, y1 = (int(side) for side in crop.content.xyxy)
    for placement in slide(crop.grey[y0:y1, x0:x1], source.grey):
        yield placement.started_at(-x0, -y0)


def _mirrored(a: Side, b: Side) -> Crop | None:
    """Of A with left and right exchanged, by features alone."""
    width = a.grey.shape[1]
    grey = np.ascontiguousarray(a.grey[:, ::-1])
    flipped = replace(a, grey=grey, content=_flipped(a.content, width))
    features = a.features.mirrored(width)
    found = (judge(flipped, b, p) for p in find_placements(features, b.features, most=1))
    crop = next((crop for crop in found if crop), None)
    if crop is None or crop.box is None or crop.crop_box is None:
        return None
    if crop.source == a.name and crop.crop != a.name:
        box = _flipped(crop.box, a.full_wh[0])
        return replace(crop, verdict="mirrored", box=box, sensor_box=_stored(box, a))
    return replace(crop, verdict="mirrored", crop_box=_flipped(crop.crop_box, a.full_wh[0]))


def _flipped(box: Box, width: float) -> Box:
    return Box(width - box.x1, box.y0, width - box.x0, box.y1)


def _stored(box: Box, side: Side) -> Box:
    return box.stored(side.orientation, *side.full_wh)


def _identical(a: Side, b: Side) -> bool:
    if a.sha256 is not None and a.sha256 == b.sha256:
        return True
    return a.full_wh == b.full_wh and a.chroma == b.chroma and np.array_equal(a.grey, b.grey)


def _exact(a: Side, b: Side) -> Crop:
    box = Box(0, 0, *b.full_wh)
    return Crop(
        a.name, b.name, "exact", 1.0, box, _stored(box, b), box, (1.0, 1.0), whole_frame=True
    )


def _featureless(a: Side, b: Side) -> Crop | None:
    """A photo of nothing but sky may have been cut out of any other."""
    for side in (a, b):
        if count_textured(side.grey) < LEAST_TEXTURED:
            return _unknown(a, b, f"{side.name} has hardly any texture to go by")
    return None


def _unknown(a: Side, b: Side, reason: str) -> Crop:
    return Crop(a.name, b.name, "unknown", reason=reason)

"""Which parts of two photos a placement says are the same, and how alike they look."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from photoloupe.arrays import Pixels
from photoloupe.boxes import Box
from photoloupe.crops.align import COARSE, FINE, align
from photoloupe.crops.patches import FEW_PIXELS, make_look, pixels_inside, resample
from photoloupe.crops.picture import Side
from photoloupe.crops.placement import Placement
from photoloupe.crops.tone import fit_tone
from photoloupe.crops.verify import Agreement, agreement

SAME_EDGE = 1.5  # px of the coarser photo
OVERHANG = 0.02  # part of a crop's side that may stick out of the source by rounding
LEAST_SHARED = 0.08  # of the smaller photo: less overlap is not sought
LEAST_SIDE = 24  # px
LEAST_SCALE, MOST_SCALE = 0.2, 6.0  # source pixels a crop pixel
MOST_SQUEEZE = 2.6  # one scale over the other
LEAST_REGION = 14  # source pixels that the shorter side of a crop must show


@dataclass(frozen=True)
class Part:
    """A part of a photo, said to be seen in another; `placement` is of the part's own pixels.

    kind: `whole` frame, its `content` without border, or what the two photos `share`.
    """

    crop: Side
    source: Side
    box: Box
    placement: Placement
    kind: str


@dataclass(frozen=True)
class Seen:
    part: Part
    placement: Placement
    plain: Agreement
    covered: Agreement


def parts(a: Side, b: Side, placement: Placement) -> list[Part]:
    """What to look at, the likeliest relation first."""
    both = ((a, b, placement), (b, a, placement.inverse()))
    found = []
    for kind in ("whole", "content"):
        made = [_part(crop, source, p, kind) for crop, source, p in both]
        inside = [part for part in made if part and _is_plausible(part) and _is_inside(part)]
        found += sorted(inside, key=_size)[:1]
    if len(found) == 2 and found[1].crop is found[0].source and _is_same(found[1]):
        return found[::-1]  # a framed copy holds its original, but is what was made of it
    if any(part.kind == "whole" for part in found):
        return found
    whole = [_made(crop, source, p, crop.frame, "share") for crop, source, p in both]
    smaller = min(whole, key=_covers)
    shared = _shared(smaller.crop, smaller.source, smaller.placement)
    return [*found, shared] if shared and _is_plausible(shared) else found


def _made(crop: Side, source: Side, p: Placement, box: Box, kind: str) -> Part:
    return Part(crop, source, box, p.started_at(box.x0, box.y0), kind)


def _part(crop: Side, source: Side, p: Placement, kind: str) -> Part | None:
    box = crop.frame if kind == "whole" else crop.content
    if kind == "content" and box == crop.frame:
        return None
    return _made(crop, source, p, box, kind)


def _is_plausible(part: Part) -> bool:
    """Nothing looks unlike anything when it is enlarged enough."""
    box, p = _outline(part), part.placement
    across, down = part.source.shrink_xy[0], part.source.shrink_xy[1]
    scales = p.scale_x * across / part.crop.shrink_xy[0], p.scale_y * down / part.crop.shrink_xy[1]
    least = min((box.x1 - box.x0) * across, (box.y1 - box.y0) * down)
    squeeze = max(scales) / min(scales)
    in_range = min(scales) > LEAST_SCALE and max(scales) < MOST_SCALE
    return in_range and squeeze < MOST_SQUEEZE and least > LEAST_REGION


def _is_inside(part: Part) -> bool:
    box, frame = _outline(part), part.source.frame
    slack = OVERHANG * max(box.x1 - box.x0, box.y1 - box.y0) + 2
    return (
        min(box.x0, box.y0) > -slack
        and box.x1 < frame.x1 + slack
        and box.y1 < frame.y1 + slack
    )  # fmt: skip


def _outline(part: Part) -> Box:
    return part.placement.frame(part.box.x1 - part.box.x0, part.box.y1 - part.box.y0)


def _size(part: Part) -> float:
    """Of two photos that both fit into each other, the crop is the one that shows less.

    Of the same picture twice it is the one with fewer pixels.
    """
    (width, height), (w, h) = part.crop.full_wh, part.source.full_wh
    return width * height / (w * h) if _is_same(part) else _covers(part)


def _is_same(part: Part) -> bool:
    """Does the part show the whole source, no less and no more?"""
    edges = zip(_outline(part).xyxy, part.source.frame.xyxy, strict=True)
    apart = max(abs(edge - whole) for edge, whole in edges)
    return apart < SAME_EDGE * max(1.0, part.placement.scale)


def _covers(part: Part) -> float:
    return _outline(part).area / part.source.frame.area


def _shared(crop: Side, source: Side, p: Placement) -> Part | None:
    """The part of one photo that lies in the other, if both go on beyond it."""
    frame = source.frame
    there = p.frame(crop.grey.shape[1], crop.grey.shape[0]).clip(frame.x1, frame.y1)
    if there.area < LEAST_SHARED * p.frame(crop.grey.shape[1], crop.grey.shape[0]).area:
        return None
    back = p.inverse().matrix
    x0, y0 = back @ (there.x0 - 0.5, there.y0 - 0.5, 1.0)
    x1, y1 = back @ (there.x1 - 0.5, there.y1 - 0.5, 1.0)
    inner = np.ceil([x0 + 1.5, y0 + 1.5]).tolist() + np.floor([x1 - 0.5, y1 - 0.5]).tolist()
    box = Box(*inner).clip(crop.grey.shape[1], crop.grey.shape[0])
    if min(box.x1 - box.x0, box.y1 - box.y0) < LEAST_SIDE:
        return None
    return _made(crop, source, p, box, "share")


def grey_of(part: Part) -> Pixels:
    x0, y0, x1, y1 = (int(side) for side in part.box.xyxy)
    return part.crop.grey[y0:y1, x0:x1]


def look_at(part: Part, *, free: bool = True) -> Seen | None:
    """Align a part and compare its pixels; None if it does not look like its region at all.

    free: it may be squeezed and turned.
    """
    grey, source = grey_of(part), part.source.grey
    small = make_look(grey, source, part.placement, most_pixels=FEW_PIXELS)
    found = align(small, COARSE, free=free) if small else None
    if small is None or found is None:
        return None
    seen = resample(small.region, found, small.wanted.shape)
    tone = fit_tone(seen, small.wanted, pixels_inside(small, found))
    look = make_look(grey, source, small.settle(found))
    if look is None:
        return None
    settled = align(replace(look, region=tone.apply(look.region)), FINE, free=free)
    if settled is None:
        return None
    tables = part.crop.luma_table, part.source.luma_table
    plain, covered = agreement(look, settled, tables)
    return Seen(part, look.settle(settled), plain, covered)

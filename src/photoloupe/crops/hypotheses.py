"""What a placement may mean: which region of one photo shows which of the other, and how well."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from photoloupe.arrays import Pixels
from photoloupe.boxes import Box
from photoloupe.crops.align import COARSE, FINE, align
from photoloupe.crops.patches import FEW_PIXELS, make_patches, pixels_inside
from photoloupe.crops.picture import Picture
from photoloupe.crops.placement import Placement
from photoloupe.crops.resample import resample
from photoloupe.crops.tone import fit_tone
from photoloupe.crops.verify import Agreement, measure_agreement

SAME_EDGE = 1.5  # px of the coarser photo
OVERHANG = 0.02  # share of a crop's side that may stick out of the source by rounding
LEAST_SHARED = 0.08  # of the smaller photo: less overlap is not looked for
LEAST_SHARED_SIDE = 24  # px
LEAST_SCALE, MOST_SCALE = 0.2, 6.0  # source pixels a crop pixel
MOST_SQUEEZE = 2.6  # one scale over the other
LEAST_REGION = 14  # source pixels that the shorter side of a crop must show


@dataclass(frozen=True)
class Hypothesis:
    """The assumption that a box of one photo shows a region of another.

    crop: the photo that may have been cut out of `source`; box: in pixels of `crop.grey`;
    placement: of the box's own pixels in `source.grey`. kind: `whole` for the complete frame,
    `content` for the frame without its border, `share` for what two overlapping photos share.
    """

    crop: Picture
    source: Picture
    box: Box
    placement: Placement
    kind: str


@dataclass(frozen=True)
class Fit:
    """A hypothesis after alignment.

    placement: settled, of the box's pixels in `source.grey`; overall: agreement of all its blocks;
    uncovered: agreement of the blocks that nothing seems to cover.
    """

    hypothesis: Hypothesis
    placement: Placement
    overall: Agreement
    uncovered: Agreement


def make_hypotheses(a: Picture, b: Picture, placement: Placement) -> list[Hypothesis]:
    """What a placement of A in B may mean, the likeliest first; empty if nothing plausible."""
    both = ((a, b, placement), (b, a, placement.inverse()))
    found = []
    for kind in ("whole", "content"):
        made = [_of_kind(crop, source, p, kind) for crop, source, p in both]
        inside = [h for h in made if h and _is_plausible(h) and _is_inside(h)]
        found += sorted(inside, key=_size)[:1]
    if len(found) == 2 and found[1].crop is found[0].source and _is_same(found[1]):
        return found[::-1]  # a framed copy holds its original, but is what was made of it
    if any(h.kind == "whole" for h in found):
        return found
    whole = [_of_box(crop, source, p, crop.frame, "share") for crop, source, p in both]
    smaller = min(whole, key=_covers)
    shared = _shared(smaller.crop, smaller.source, smaller.placement)
    return [*found, shared] if shared and _is_plausible(shared) else found


def _of_box(crop: Picture, source: Picture, p: Placement, box: Box, kind: str) -> Hypothesis:
    return Hypothesis(crop, source, box, p.started_at(box.x0, box.y0), kind)


def _of_kind(crop: Picture, source: Picture, p: Placement, kind: str) -> Hypothesis | None:
    box = crop.frame if kind == "whole" else crop.content
    if kind == "content" and box == crop.frame:
        return None
    return _of_box(crop, source, p, box, kind)


def _is_plausible(h: Hypothesis) -> bool:
    """Nothing looks unlike anything when it is enlarged enough."""
    box, p = _outline(h), h.placement
    across, down = h.source.shrink_xy[0], h.source.shrink_xy[1]
    scales = p.scale_x * across / h.crop.shrink_xy[0], p.scale_y * down / h.crop.shrink_xy[1]
    least = min((box.x1 - box.x0) * across, (box.y1 - box.y0) * down)
    squeeze = max(scales) / min(scales)
    in_range = min(scales) > LEAST_SCALE and max(scales) < MOST_SCALE
    return in_range and squeeze < MOST_SQUEEZE and least > LEAST_REGION


def _is_inside(h: Hypothesis) -> bool:
    box, frame = _outline(h), h.source.frame
    slack = OVERHANG * max(box.x1 - box.x0, box.y1 - box.y0) + 2
    return (
        min(box.x0, box.y0) > -slack
        and box.x1 < frame.x1 + slack
        and box.y1 < frame.y1 + slack
    )  # fmt: skip


def _outline(h: Hypothesis) -> Box:
    return h.placement.frame(h.box.x1 - h.box.x0, h.box.y1 - h.box.y0)


def _size(h: Hypothesis) -> float:
    """Of two photos that both fit into each other, the crop is the one that shows less.

    Of the same picture twice it is the one with fewer pixels.
    """
    (width, height), (w, h_px) = h.crop.full_wh, h.source.full_wh
    return width * height / (w * h_px) if _is_same(h) else _covers(h)


def _is_same(h: Hypothesis) -> bool:
    """Does the box show the complete source, no less and no more?"""
    edges = zip(_outline(h).xyxy, h.source.frame.xyxy, strict=True)
    apart = max(abs(edge - frame_edge) for edge, frame_edge in edges)
    return apart < SAME_EDGE * max(1.0, h.placement.scale)


def _covers(h: Hypothesis) -> float:
    return _outline(h).area / h.source.frame.area


def _shared(crop: Picture, source: Picture, p: Placement) -> Hypothesis | None:
    """The region of one photo that lies in the other, if both go on beyond it."""
    frame = source.frame
    there = p.frame(crop.grey.shape[1], crop.grey.shape[0]).clip(frame.x1, frame.y1)
    if there.area < LEAST_SHARED * p.frame(crop.grey.shape[1], crop.grey.shape[0]).area:
        return None
    back = p.inverse().matrix
    x0, y0 = back @ (there.x0 - 0.5, there.y0 - 0.5, 1.0)
    x1, y1 = back @ (there.x1 - 0.5, there.y1 - 0.5, 1.0)
    inner = np.ceil([x0 + 1.5, y0 + 1.5]).tolist() + np.floor([x1 - 0.5, y1 - 0.5]).tolist()
    box = Box(*inner).clip(crop.grey.shape[1], crop.grey.shape[0])
    if min(box.x1 - box.x0, box.y1 - box.y0) < LEAST_SHARED_SIDE:
        return None
    return _of_box(crop, source, p, box, "share")


def crop_pixels(h: Hypothesis) -> Pixels:
    """(h, w) uint8: the grey levels of the crop inside the hypothesis' box."""
    x0, y0, x1, y1 = (int(edge) for edge in h.box.xyxy)
    return h.crop.grey[y0:y1, x0:x1]


def fit_hypothesis(h: Hypothesis, *, free: bool = True) -> Fit | None:
    """Align the box with its region and compare the pixels; None if they do not look alike at all.

    free: the crop may be squeezed and turned; else one scale and no turn are fitted.
    """
    grey, source = crop_pixels(h), h.source.grey
    small = make_patches(grey, source, h.placement, most_pixels=FEW_PIXELS)
    rough = align(small, COARSE, free=free) if small else None
    if small is None or rough is None:
        return None
    region = resample(small.region, rough, small.crop.shape)
    tone = fit_tone(region, small.crop, pixels_inside(small, rough))
    patches = make_patches(grey, source, small.to_original(rough))
    if patches is None:
        return None
    toned = replace(patches, region=tone.apply(patches.region))
    settled = align(toned, FINE, free=free)
    if settled is None:
        return None
    tables = h.crop.luma_table, h.source.luma_table
    overall, uncovered = measure_agreement(patches, settled, tables)
    return Fit(h, patches.to_original(settled), overall, uncovered)

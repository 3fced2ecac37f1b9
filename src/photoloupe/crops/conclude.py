"""From pixels that agree to the answer: which relation, which box, which edits."""

from __future__ import annotations

import numpy as np

from photoloupe.boxes import Box
from photoloupe.crops.doubt import find_doubt
from photoloupe.crops.parts import Seen, grey_of
from photoloupe.crops.side import Side
from photoloupe.crops.answer import Crop

WHOLE_FRAME = 0.99  # IoU of a box with the frame above which nothing was cut off
LEAST_TONE = 5.0  # grey levels of mean change that are an edit
GREY, COLOURED = 2.0, 8.0  # chroma of a photo without colours, and of one with
LEAST_SQUEEZE = 0.012  # difference of the scales, beyond what rounding the sides explains
LEAST_TURN = 0.12  # degrees
ENOUGH_DOUBT = 2.0  # source pixels: a crop that could lie so far away is ambiguous


def conclude(seen: Seen, confidence: float, overlay: bool) -> Crop:
    """The answer for a part whose pixels agree with its region."""
    part, p = seen.part, seen.placement
    crop, source = part.crop, part.source
    box, crop_box = _boxes(seen)
    whole = box.iou(source.frame) > WHOLE_FRAME and part.kind != "share"
    x, y = source.shrink_xy[0] / crop.shrink_xy[0], source.shrink_xy[1] / crop.shrink_xy[1]
    edits = _edits(seen, overlay)
    doubt = find_doubt(grey_of(part), source.grey, p)
    doubt_px = doubt[0] * source.shrink_xy[0] if doubt else 0.0
    unsure = doubt is not None and doubt_px >= ENOUGH_DOUBT and not whole
    full = _full(box, source)
    return Crop(
        crop=crop.name,
        source=source.name,
        verdict=_verdict(part.kind, unsure, edits, whole),
        confidence=confidence,
        box=full,
        sensor_box=full.stored(source.orientation, *source.full_wh),
        crop_box=_full(crop_box, crop),
        scale_xy=(p.scale_x * x, p.scale_y * y),
        turn=float(np.degrees(p.turn)) if "turn" in edits else 0.0,
        edits=edits,
        doubt_px=doubt_px if unsure else 0.0,
        doubt_axis=_axis(doubt[1]) if doubt and unsure else None,
        whole_frame=whole,
    )


def _boxes(seen: Seen) -> tuple[Box, Box]:
    """What is seen, in the source and in the crop; of what two photos share, exactly all."""
    part, p = seen.part, seen.placement
    source = part.source.frame
    if part.kind == "share":
        p = p.started_at(-part.box.x0, -part.box.y0)
        box = p.frame(*part.crop.frame.xyxy[2:]).clip(source.x1, source.y1)
        return box, p.inverse().outline(box).clip(*part.crop.frame.xyxy[2:])
    box = p.frame(part.box.x1 - part.box.x0, part.box.y1 - part.box.y0)
    return box.clip(source.x1, source.y1), part.box


def _verdict(kind: str, unsure: bool, edits: tuple[str, ...], whole: bool) -> str:
    if kind == "share":
        return "overlap"
    if unsure:
        return "ambiguous"
    if edits:
        return "edited"
    return "rescaled" if whole else "crop"


def _full(box: Box, side: Side) -> Box:
    across, down = side.shrink_xy
    return Box(box.x0 * across, box.y0 * down, box.x1 * across, box.y1 * down)


def _edits(seen: Seen, overlay: bool) -> tuple[str, ...]:
    part, p = seen.part, seen.placement
    crop, source = part.crop, part.source
    greyed = crop.chroma < GREY and source.chroma > COLOURED
    x, y = source.shrink_xy[0] / crop.shrink_xy[0], source.shrink_xy[1] / crop.shrink_xy[1]
    squeeze = abs(np.log(p.scale_x * x / (p.scale_y * y)))
    rounding = 1 / min(crop.full_wh)
    found = {
        "tone": greyed or seen.covered.tone > LEAST_TONE,
        "border": part.kind == "content",
        "overlay": overlay,
        "squeeze": squeeze > LEAST_SQUEEZE + rounding,
        "turn": abs(np.degrees(p.turn)) > LEAST_TURN,
    }
    return tuple(edit for edit, made in found.items() if made)


def _axis(direction: tuple[float, float]) -> str:
    """`x` or `y` within 20 degrees of it, else `edge`: along a slanting edge."""
    x, y = (abs(value) for value in direction)
    return "x" if y < 0.34 * x else "y" if x < 0.34 * y else "edge"

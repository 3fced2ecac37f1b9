"""From pixels that agree to the answer: which relation, which box, which edits."""

from __future__ import annotations

import numpy as np

from photoloupe.boxes import Box
from photoloupe.crops.ambiguity import find_doubt
from photoloupe.crops.confidence import FREE_THRESHOLD
from photoloupe.crops.crop import Crop
from photoloupe.crops.hypotheses import Seen, grey_of
from photoloupe.crops.picture import Side

WHOLE_FRAME = 0.99  # IoU of a box with the frame above which nothing was cut off
LEAST_TONE = 5.0  # grey levels of mean change that are an edit
GREY, COLOURED = 2.0, 8.0  # chroma of a photo without colours, and of one with
LEAST_SQUEEZE = 0.012  # difference of the scales, beyond what rounding the sides explains
LEAST_TURN = 0.12  # degrees
ENLARGED = 0.45  # source pixels a crop pixel
ENOUGH_DOUBT = 2.0  # source pixels: a crop that could lie so far away is ambiguous


def conclude(seen: Seen, confidence: float, overlay: bool) -> Crop:
    """The answer for a part whose pixels agree with its region."""
    part, p = seen.part, seen.placement
    crop, source = part.crop, part.source
    box, crop_box = _boxes(seen)
    whole = box.iou(source.frame) > WHOLE_FRAME and part.kind != "share"
    x, y = _shrinks(seen)
    edits = _edits(seen, overlay)
    doubt = find_doubt(grey_of(part), source.grey, p)
    doubt_px = doubt.px * source.shrink_xy[0] if doubt else 0.0
    unsure = doubt is not None and doubt_px >= ENOUGH_DOUBT and not whole
    if unsure and doubt and (doubt.lost or confidence < FREE_THRESHOLD or is_bent(seen)):
        reason = f"what {crop.name} shows fits {source.name} in more places than one"
        return Crop(crop.name, source.name, "unknown", reason=reason)
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
        doubt_axis=_axis(doubt.direction) if doubt and unsure else None,
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
    crop, source = seen.part.crop, seen.part.source
    greyed = crop.chroma < GREY and source.chroma > COLOURED
    found = {
        "tone": greyed or seen.covered.tone > LEAST_TONE,
        "border": seen.part.kind == "content",
        "overlay": overlay,
        "squeeze": _is_squeezed(seen),
        "turn": _is_turned(seen),
    }
    return tuple(edit for edit, made in found.items() if made)


def is_bent(seen: Seen) -> bool:
    """Is it more than a scale and a shift?"""
    return _is_squeezed(seen) or _is_turned(seen)


def is_enlarged(seen: Seen) -> bool:
    """So much that few pixels of the source are left to tell it by."""
    x, y = _shrinks(seen)
    return min(seen.placement.scale_x * x, seen.placement.scale_y * y) < ENLARGED


def _is_squeezed(seen: Seen) -> bool:
    p, (x, y) = seen.placement, _shrinks(seen)
    rounding = 1 / min(seen.part.crop.full_wh)
    return bool(abs(np.log(p.scale_x * x / (p.scale_y * y))) > LEAST_SQUEEZE + rounding)


def _is_turned(seen: Seen) -> bool:
    return bool(abs(np.degrees(seen.placement.turn)) > LEAST_TURN)


def _shrinks(seen: Seen) -> tuple[float, float]:
    """What makes scales between the shrunk pictures scales between the full ones."""
    crop, source = seen.part.crop.shrink_xy, seen.part.source.shrink_xy
    return source[0] / crop[0], source[1] / crop[1]


def _axis(direction: tuple[float, float]) -> str:
    """`x` or `y` within 20 degrees of it, else `edge`: along a slanting edge."""
    x, y = (abs(value) for value in direction)
    return "x" if y < 0.34 * x else "y" if x < 0.34 * y else "edge"

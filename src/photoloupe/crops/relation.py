"""From a fit whose pixels agree to the result: which relation, which box, which edits."""

from __future__ import annotations

import numpy as np

from photoloupe.boxes import Box
from photoloupe.crops.ambiguity import find_ambiguity
from photoloupe.crops.confidence import FREE_THRESHOLD
from photoloupe.crops.crop import Crop
from photoloupe.crops.hypotheses import Fit, crop_pixels
from photoloupe.crops.picture import Picture

WHOLE_FRAME = 0.99  # IoU of a box with the frame above which nothing was cut off
LEAST_TONE = 5.0  # grey levels of mean change that are an edit
GREY, COLOURED = 2.0, 8.0  # chroma of a photo without colours, and of one with
LEAST_SQUEEZE = 0.012  # difference of the scales, beyond what rounding the sides explains
LEAST_TURN = 0.12  # degrees
ENLARGED = 0.45  # source pixels a crop pixel
LEAST_SHIFT = 2.0  # source pixels: a crop that fits as well so far away is ambiguous
ALONG_AXIS = 0.34  # tangent of the angle up to which a direction counts as x or y: 19 degrees


def make_relation(fit: Fit, confidence: float, overlay: bool) -> Crop:
    """The relation of a fit whose pixels agree; confidence in [0, 1] is passed on.

    overlay: something was laid over the crop. The verdict is `unknown` where the crop fits in more
    places than one and too little says which.
    """
    h, p = fit.hypothesis, fit.placement
    crop, source = h.crop, h.source
    box, crop_box = _boxes(fit)
    whole = box.iou(source.frame) > WHOLE_FRAME and h.kind != "share"
    x, y = _shrinks(fit)
    edits = _edits(fit, overlay)
    ambiguity = find_ambiguity(crop_pixels(h), source.grey, p)
    shift_px = ambiguity.px * source.shrink_xy[0] if ambiguity else 0.0
    unsure = ambiguity is not None and shift_px >= LEAST_SHIFT and not whole
    if unsure and ambiguity and (ambiguity.both or confidence < FREE_THRESHOLD or is_bent(fit)):
        reason = f"what {crop.name} shows fits {source.name} in more places than one"
        return Crop(crop.name, source.name, "unknown", reason=reason)
    full = _full(box, source)
    return Crop(
        crop=crop.name,
        source=source.name,
        verdict=_verdict(h.kind, unsure, edits, whole),
        confidence=confidence,
        box=full,
        sensor_box=full.stored(source.orientation, *source.full_wh),
        crop_box=_full(crop_box, crop),
        scale_xy=(p.scale_x * x, p.scale_y * y),
        turn=float(np.degrees(p.turn)) if "turn" in edits else 0.0,
        edits=edits,
        doubt_px=shift_px if unsure else 0.0,
        doubt_axis=axis_name(ambiguity.direction) if ambiguity and unsure else None,
        whole_frame=whole,
    )


def _boxes(fit: Fit) -> tuple[Box, Box]:
    """The box in the source and the box in the crop; of an overlap, exactly what both share."""
    h, p = fit.hypothesis, fit.placement
    source = h.source.frame
    if h.kind == "share":
        p = p.started_at(-h.box.x0, -h.box.y0)
        box = p.frame(*h.crop.frame.xyxy[2:]).clip(source.x1, source.y1)
        return box, p.inverse().outline(box).clip(*h.crop.frame.xyxy[2:])
    box = p.frame(h.box.x1 - h.box.x0, h.box.y1 - h.box.y0)
    return box.clip(source.x1, source.y1), h.box


def _verdict(kind: str, unsure: bool, edits: tuple[str, ...], whole: bool) -> str:
    if kind == "share":
        return "overlap"
    if unsure:
        return "ambiguous"
    if edits:
        return "edited"
    return "rescaled" if whole else "crop"


def _full(box: Box, picture: Picture) -> Box:
    across, down = picture.shrink_xy
    return Box(box.x0 * across, box.y0 * down, box.x1 * across, box.y1 * down)


def _edits(fit: Fit, overlay: bool) -> tuple[str, ...]:
    crop, source = fit.hypothesis.crop, fit.hypothesis.source
    greyed = crop.chroma < GREY and source.chroma > COLOURED
    found = {
        "tone": greyed or fit.uncovered.tone > LEAST_TONE,
        "border": fit.hypothesis.kind == "content",
        "overlay": overlay,
        "squeeze": _is_squeezed(fit),
        "turn": _is_turned(fit),
    }
    return tuple(edit for edit, made in found.items() if made)


def is_bent(fit: Fit) -> bool:
    """Is the crop squeezed or turned, beyond a scale and a shift?"""
    return _is_squeezed(fit) or _is_turned(fit)


def is_enlarged(fit: Fit) -> bool:
    """Is the crop enlarged so much that few pixels of the source are left to compare?"""
    x, y = _shrinks(fit)
    return min(fit.placement.scale_x * x, fit.placement.scale_y * y) < ENLARGED


def _is_squeezed(fit: Fit) -> bool:
    p, (x, y) = fit.placement, _shrinks(fit)
    rounding = 1 / min(fit.hypothesis.crop.full_wh)
    return bool(abs(np.log(p.scale_x * x / (p.scale_y * y))) > LEAST_SQUEEZE + rounding)


def _is_turned(fit: Fit) -> bool:
    return bool(abs(np.degrees(fit.placement.turn)) > LEAST_TURN)


def _shrinks(fit: Fit) -> tuple[float, float]:
    """What makes scales between the shrunk pictures scales between the full ones."""
    crop, source = fit.hypothesis.crop.shrink_xy, fit.hypothesis.source.shrink_xy
    return source[0] / crop[0], source[1] / crop[1]


def axis_name(direction: tuple[float, float]) -> str:
    """`x` or `y` for a direction (x, y) within 19 degrees of it, else `edge`: a slanting one."""
    x, y = (abs(value) for value in direction)
    return "x" if y < ALONG_AXIS * x else "y" if x < ALONG_AXIS * y else "edge"

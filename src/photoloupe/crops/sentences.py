"""The answer about two photos as sentences for a person to read."""

from __future__ import annotations

from pathlib import Path

from photoloupe.boxes import Box
from photoloupe.crops.crop import Crop

EDIT_WORDS = {
    "tone": "its tones changed",
    "border": "a border was added",
    "overlay": "something was laid over it",
    "squeeze": "it was squeezed",
    "turn": "it was turned",
}
RELATIONS = {
    "exact": "{crop} is an exact duplicate of {source}",
    "overlap": "{crop} overlaps {source}, but neither is cut out of the other; they share",
    "mirrored": "{crop} is mirrored: with left and right exchanged it would be cut out of {source}",
}


def in_words(found: Crop, sensor: bool = False) -> str:
    """One line for the relation, as the published tool put it, one for the box, one for edits."""
    crop, source = (Path(name).name or name for name in (found.crop, found.source))
    box = found.sensor_box if sensor else found.box
    if found.verdict == "unknown" or box is None:
        return f"{crop} and {source}: cannot tell: {found.reason}"
    same = "the same picture as" if found.whole_frame else "a cropped version of"
    where = f"; its top left corner is at ({round(box.x0)}, {round(box.y0)})"
    usual = f"{crop} is {same} {source}" + ("" if found.whole_frame else where)
    lines = [RELATIONS.get(found.verdict, usual).format(crop=crop, source=source)]
    if found.verdict != "exact":
        lines.append(f"{_corners(box)} of {source}, {_scaled(found)}")
    lines += _remarks(found)
    return "\n".join([*lines[:-1], f"{lines[-1]}; confidence {found.confidence:.2f}"])


def _corners(box: Box) -> str:
    x0, y0, x1, y1 = (round(side) for side in box.xyxy)
    return f"box ({x0}, {y0}) to ({x1}, {y1}), {x1 - x0} x {y1 - y0} pixels"


def _scaled(found: Crop) -> str:
    scales = found.scale_xy or (1.0, 1.0)
    if not found.squished:
        return _factor(found.scale or 1.0)
    return f"squished: across {_factor(scales[0])}, down {_factor(scales[1])}"


def _factor(scale: float) -> str:
    if abs(scale - 1) < 0.005:
        return "not rescaled"
    return f"enlarged {1 / scale:.2f} times" if scale < 1 else f"shrunk {scale:.2f} times"


def _remarks(found: Crop) -> list[str]:
    lines = []
    if found.edits:
        said = [EDIT_WORDS[edit] for edit in found.edits if edit != "turn"]
        if found.turn:
            said.append(f"it was turned by {found.turn:.1f} degrees")
        lines.append("edited: " + ", ".join(said))
    if found.doubt_axis:
        along = "along its edge" if found.doubt_axis == "edge" else f"in {found.doubt_axis}"
        lines.append(f"ambiguous: it fits as well up to {found.doubt_px:.0f} pixels away {along}")
    return lines

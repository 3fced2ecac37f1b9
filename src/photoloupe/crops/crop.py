"""How two photos are related: a frozen value, as JSON, as sentences, and as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photoloupe.boxes import Box

#: Every value of `Crop.verdict`, with what it means.
VERDICTS = {
    "exact": "the same pixels",
    "rescaled": "the same picture, rescaled or recompressed",
    "crop": "cut out of it, perhaps rescaled or recompressed",
    "edited": "cut out of it, or the same picture, and changed: `edits` says how",
    "ambiguous": "cut out of it, but fits as well `doubt_px` away along `doubt_axis`",
    "overlap": "no crop: both show a part of one larger picture, and share `box`",
    "mirrored": "no crop: with left and right exchanged it would be one, of `box`",
    "unknown": "not enough to go by: `reason` says why",
}
#: Every value in `Crop.edits`, with what it means.
EDITS = {
    "tone": "its tones changed",
    "border": "a border was added",
    "overlay": "something was laid over it",
    "squeeze": "it was squeezed",
    "turn": "it was turned",
}
_SENTENCES = {
    "exact": "{crop} is an exact duplicate of {source}",
    "overlap": "{crop} overlaps {source}, but neither is cut out of the other; they share",
    "mirrored": "{crop} is mirrored: with left and right exchanged it would be cut out of {source}",
}


@dataclass(frozen=True)
class Crop:
    """How `crop` and `source` are related: `verdict` is one of VERDICTS.

    box: in upright pixels of the source; sensor_box: the same before EXIF orientation; of a turned
    crop, its outline turned upright about its centre. crop_box: the part of the crop that shows it
    (without border, or what the two share). scale_xy: source pixels a crop pixel, across and down
    (0.5: the crop was enlarged twice). turn: degrees clockwise from the source to the crop.
    edits: some of EDITS. doubt_px: source pixels along doubt_axis (`x`, `y` or `edge`).
    confidence: probability, in [0, 1], that the relation holds, calibrated on pairs of JPEGs.

    A Crop is true (`if crop:`) when one was cut out of the other or is the other.
    """

    crop: str
    source: str
    verdict: str
    confidence: float = 0.0
    box: Box | None = None
    sensor_box: Box | None = None
    crop_box: Box | None = None
    scale_xy: tuple[float, float] | None = None
    turn: float = 0.0
    edits: tuple[str, ...] = ()
    doubt_px: float = 0.0
    doubt_axis: str | None = None
    whole_frame: bool = False
    reason: str | None = None

    def __bool__(self) -> bool:
        return self.is_crop is True

    @property
    def is_crop(self) -> bool | None:
        """Was one cut out of the other, or is it the same picture? None if the verdict is
        `unknown`.
        """
        if self.verdict == "unknown":
            return None
        return self.verdict not in {"overlap", "mirrored"}

    @property
    def scale(self) -> float | None:
        """Source pixels a crop pixel, geometric mean of both directions."""
        return (self.scale_xy[0] * self.scale_xy[1]) ** 0.5 if self.scale_xy else None

    @property
    def squished(self) -> bool:
        """Do the scales across and down differ?"""
        return "squeeze" in self.edits

    def in_words(self, *, sensor: bool = False) -> str:
        """A line for the relation, one for the box, one each for edits and ambiguity.

        sensor: boxes are in pixels before EXIF orientation.
        """
        crop, source = (Path(name).name or name for name in (self.crop, self.source))
        box = self.sensor_box if sensor else self.box
        if self.verdict == "unknown" or box is None:
            return f"{crop} and {source}: cannot tell: {self.reason}"
        same = "the same picture as" if self.whole_frame else "a cropped version of"
        where = f"; its top left corner is at ({round(box.x0)}, {round(box.y0)})"
        usual = f"{crop} is {same} {source}" + ("" if self.whole_frame else where)
        lines = [_SENTENCES.get(self.verdict, usual).format(crop=crop, source=source)]
        if self.verdict != "exact":
            lines.append(f"{_corners(box)} of {source}, {_scaled(self)}")
        lines += _remarks(self)
        return "\n".join([*lines[:-1], f"{lines[-1]}; confidence {self.confidence:.2f}"])

    def _repr_png_(self) -> bytes | None:
        """What a notebook shows: the picture of `--draw`; None if the photos are not files."""
        from photoloupe.crops.draw import png_of

        return png_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; boxes as [x0, y0, x1, y1] rounded to 0.01 px."""
        boxes = {
            f"{name}_xyxy": [round(edge, 2) for edge in box.xyxy] if box else None
            for name in ("box", "sensor_box", "crop_box")
            for box in (getattr(self, name),)
        }
        scales = self.scale_xy
        return {
            "is_crop": self.is_crop,
            "verdict": self.verdict,
            "crop": self.crop,
            "source": self.source,
            **boxes,
            "scale_xy": [round(scale, 5) for scale in scales] if scales else None,
            "turn": round(self.turn, 3),
            "edits": list(self.edits),
            "squished": self.squished,
            "whole_frame": self.whole_frame,
            "doubt_px": round(self.doubt_px, 2),
            "doubt_axis": self.doubt_axis,
            "confidence": round(self.confidence, 4),
            "reason": self.reason,
        }


def _corners(box: Box) -> str:
    x0, y0, x1, y1 = (round(edge) for edge in box.xyxy)
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
        edits = [EDITS[edit] for edit in found.edits if edit != "turn"]
        if found.turn:
            edits.append(f"it was turned by {found.turn:.1f} degrees")
        lines.append("edited: " + ", ".join(edits))
    if found.doubt_axis:
        along = "along its edge" if found.doubt_axis == "edge" else f"in {found.doubt_axis}"
        lines.append(f"ambiguous: it fits as well up to {found.doubt_px:.0f} pixels away {along}")
    return lines


#: `Crop.to_dict()` of two photos that have nothing to do with each other.
NO_RELATION: dict[str, Any] = {
    **dict.fromkeys(Crop("", "", "unknown").to_dict()), "is_crop": False, "verdict": "no",
}  # fmt: skip

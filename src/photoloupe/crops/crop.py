"""The answer about two photos, as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass
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
    "unknown": "cannot be told: `reason` says why",
}
EDITS = ("tone", "border", "overlay", "squeeze", "turn")


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
        """None if it cannot be told."""
        if self.verdict == "unknown":
            return None
        return self.verdict not in {"overlap", "mirrored"}

    @property
    def scale(self) -> float | None:
        """Source pixels a crop pixel, geometric mean of both directions."""
        return (self.scale_xy[0] * self.scale_xy[1]) ** 0.5 if self.scale_xy else None

    @property
    def squished(self) -> bool:
        return "squeeze" in self.edits

    def in_words(self, *, sensor: bool = False) -> str:
        """What a person wants to read; sensor: boxes before EXIF orientation."""
        from photoloupe.crops.sentences import in_words

        return in_words(self, sensor)

    def _repr_png_(self) -> bytes | None:
        """What a notebook shows: the same picture as `--draw`; None if the files are not there."""
        from photoloupe.crops.draw import png_of

        return png_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        boxes = {
            f"{name}_xyxy": [round(side, 2) for side in box.xyxy] if box else None
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


#: `Crop.to_dict()` of two photos that have nothing to do with each other.
NO_RELATION: dict[str, Any] = {
    **dict.fromkeys(Crop("", "", "unknown").to_dict()), "is_crop": False, "verdict": "no",
}  # fmt: skip

"""The answers, as frozen values. `PhotoReport.to_dict()` is the JSON of every interface."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from photoloupe.boxes import Box
from photoloupe.errors import PhotoError


@dataclass(frozen=True)
class Squish:
    """Ratios in (0, 1], one of them exactly 1: the side's length over what it was.

    confidence: probability of what `squished` says, in [0, 1].
    """

    width_ratio: float
    height_ratio: float
    squished: bool
    confidence: float


@dataclass(frozen=True)
class Selfie:
    """probability in [0, 1]; evidence: sentences for a person to read."""

    probability: float
    is_selfie: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Aesthetics:
    """score: mean of the distribution, 1 to 10; distribution: probability of each rating 1..10."""

    score: float
    std: float
    distribution: tuple[float, ...]


#: Every value of `Crop.verdict`, with what it means.
VERDICTS = {
    "exact": "the same pixels",
    "rescaled": "the same picture, rescaled or recompressed",
    "crop": "cut out of it, perhaps rescaled or recompressed",
    "edited": "cut out of it, or the same picture, and changed: `edits` says how",
    "ambiguous": "cut out of it, but it fits as well some pixels away: `doubt_px` along `doubt_axis`",
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

    def in_words(self) -> str:
        """What a person wants to read."""
        from photoloupe.words import crop_in_words

        return crop_in_words(self)

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


@dataclass(frozen=True)
class PhotoReport:
    """All answers about one photo, or the error that prevented them."""

    path: str
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    format: str | None = None
    squish: Squish | None = None
    selfie: Selfie | None = None
    aesthetics: Aesthetics | None = None
    model: dict[str, str] = field(default_factory=dict)
    error: PhotoError | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; numbers rounded to 6 places, absent answers null."""
        error = self.error
        values = {**self.__dict__, "error": None, "model": dict(self.model)}
        for task in ("squish", "selfie", "aesthetics"):
            values[task] = _plain(values[task])
        if error is not None:
            values["error"] = {"code": error.code, "message": error.message}
        return values


def _plain(answer: Squish | Selfie | Aesthetics | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {key: _rounded(value) for key, value in asdict(answer).items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_rounded(item) for item in value]
    return round(value, 6) if isinstance(value, float) else value

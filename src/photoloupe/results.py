"""The answers, as frozen values. `PhotoReport.to_dict()` is the JSON of every interface."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
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


@dataclass(frozen=True)
class Crop:
    """`crop` was cut out of `source`.

    box: in upright pixels of the source; scale: source pixels a crop pixel (0.5: the crop was
    enlarged twice); confidence in [0, 1]; whole_frame: nothing was cut off, so the two are the
    same picture.
    """

    crop: str
    source: str
    box: Box
    scale: float
    confidence: float
    whole_frame: bool = False

    def in_words(self) -> str:
        """What a person wants to read; the first sentence as the published tool put it."""
        x0, y0, x1, y1 = (round(side) for side in self.box.xyxy)
        crop, source = (Path(name).name or name for name in (self.crop, self.source))
        relation = "the same picture as" if self.whole_frame else "a cropped version of"
        return (
            f"{crop} is {relation} {source}; its top left corner is at ({x0}, {y0})\n"
            f"box ({x0}, {y0}) to ({x1}, {y1}), {x1 - x0} x {y1 - y0} pixels of {source}, "
            f"{self._rescaled()}; confidence {self.confidence:.2f}"
        )

    def _rescaled(self) -> str:
        if abs(self.scale - 1) < 0.005:
            return "not rescaled"
        if self.scale < 1:
            return f"enlarged {1 / self.scale:.2f} times"
        return f"shrunk {self.scale:.2f} times"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "is_crop": True,
            "crop": self.crop,
            "source": self.source,
            "box_xyxy": [round(side, 2) for side in self.box.xyxy],
            "scale": round(self.scale, 5),
            "confidence": round(self.confidence, 4),
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

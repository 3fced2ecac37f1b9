"""The answers, as frozen values. `PhotoReport.to_dict()` is the JSON of every interface."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from photoloupe.errors import PhotoError

TASKS = ("squish", "selfie", "aesthetics")


@dataclass(frozen=True)
class Squish:
    """Ratios in (0, 1], one of them exactly 1: the side's length over what it was.

    confidence: probability of what `squished` says, in [0, 1]; unsure: too low to say either,
    so `squished` is False; evidence: sentences for a person to read.
    preview_png: the photo and its repaired copy side by side, for a notebook; only
    `photoloupe.squish` draws it.
    """

    width_ratio: float
    height_ratio: float
    squished: bool
    confidence: float
    unsure: bool = False
    evidence: tuple[str, ...] = ()
    preview_png: bytes | None = field(default=None, repr=False, compare=False)

    def in_words(self) -> str:
        """Such as "width to 51%", "unsure", or "-" for a photo that is not squished."""
        if not self.squished:
            return "unsure" if self.unsure else "-"
        side = "width" if self.width_ratio < 1 else "height"
        return f"{side} to {min(self.width_ratio, self.height_ratio):.0%}"

    def _repr_png_(self) -> bytes | None:
        return self.preview_png


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
        for task in TASKS:
            values[task] = _plain(values[task])
        if error is not None:
            values["error"] = {"code": error.code, "message": error.message}
        return values


def _plain(answer: Squish | Selfie | Aesthetics | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    values = asdict(answer)
    values.pop("preview_png", None)  # a picture is no JSON
    return {key: _rounded(value) for key, value in values.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_rounded(item) for item in value]
    return round(value, 6) if isinstance(value, float) else value

"""All answers about one photo. `PhotoReport.to_dict()` is the JSON of every interface."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from photoloupe.errors import PhotoError
from photoloupe.questions.aesthetics import Aesthetics
from photoloupe.questions.registry import QUESTIONS
from photoloupe.questions.selfie import Selfie
from photoloupe.questions.squish import Squish


@dataclass(frozen=True)
class PhotoReport:
    """All answers about one photo, or the error that prevented them.

    path: the name it was given; sha256: of the file's bytes; width, height: in pixels, upright;
    format: such as "JPEG"; answers: by question, only those that were asked; model: question ->
    `name@hash` of the model that answered.
    """

    path: str
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    format: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, str] = field(default_factory=dict)
    error: PhotoError | None = None

    @property
    def squish(self) -> Squish | None:
        """None if it was not asked, or the photo could not be read."""
        return self.answers.get("squish")

    @property
    def selfie(self) -> Selfie | None:
        """None if it was not asked, or the photo could not be read."""
        return self.answers.get("selfie")

    @property
    def aesthetics(self) -> Aesthetics | None:
        """None if it was not asked, or the photo could not be read."""
        return self.answers.get("aesthetics")

    def only(self, questions: Collection[str]) -> PhotoReport:
        """The same report with the answers to these questions alone."""
        kept = {name: answer for name, answer in self.answers.items() if name in questions}
        return replace(self, answers=kept)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; numbers rounded to 6 places, absent answers null."""
        facts = {
            name: getattr(self, name) for name in ("path", "sha256", "width", "height", "format")
        }
        answers = {
            name: question.to_dict(self.answers[name]) if name in self.answers else None
            for name, question in QUESTIONS.items()
        }
        error = self.error
        return {
            **facts,
            **answers,
            "model": dict(self.model),
            "error": error and {"code": error.code, "message": error.message},
        }

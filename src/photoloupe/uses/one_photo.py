"""One question about one photo: photoloupe.aesthetics("a.jpg"), selfie and squish.

Every call loads the model that answers: keep an `Inspector` for many photos.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from photoloupe.errors import PhotoError
from photoloupe.inspector import Inspector
from photoloupe.media.photo import Photo, Source, open_photo
from photoloupe.questions.aesthetics import Aesthetics
from photoloupe.questions.selfie import Selfie
from photoloupe.questions.squish import Squish
from photoloupe.uses.repair import preview


def aesthetics(source: Source | Photo) -> Aesthetics:
    """How good does this photo look: score and spread on a scale of 1 to 10, and the distribution.

    Raises PhotoError for what cannot be read or judged, ModelError if no model answers.
    """
    answer: Aesthetics = _ask("aesthetics", source)[1]
    return answer


def selfie(source: Source | Photo) -> Selfie:
    """Is this photo a selfie: probability in [0, 1], verdict, evidence in sentences.

    Raises PhotoError for what cannot be read or judged, ModelError if no model answers.
    """
    answer: Selfie = _ask("selfie", source)[1]
    return answer


def squish(source: Source | Photo) -> Squish:
    """Has a side of this photo been squeezed: both ratios in (0, 1], verdict, evidence.

    In a notebook the answer shows the photo and its repaired copy side by side.
    Raises PhotoError for what cannot be read or judged, ModelError if no model answers.
    """
    photo, found = _ask("squish", source)
    answer: Squish = found
    return replace(answer, preview_png=preview(photo, answer))


def _ask(question: str, source: Source | Photo) -> tuple[Photo, Any]:
    """The photo, decoded once and as small as the model allows, and the answer."""
    inspector = Inspector(only=[question])
    photo = source
    if not isinstance(photo, Photo):
        photo = open_photo(photo, min_pixels=inspector.least_pixels)
    report = inspector.inspect([photo])[0]
    if report.error is not None:
        raise report.error
    if report.note is not None:
        raise PhotoError("no_photograph", report.path, report.note)
    return photo, getattr(report, question)

"""One question about one photo: photoloupe.selfie("a.jpg")."""

from __future__ import annotations

from photoloupe.inspector import Inspector
from photoloupe.photo import Photo, Source
from photoloupe.results import Selfie


def selfie(source: Source | Photo) -> Selfie:
    """Is this photo a selfie, how likely, and what says so; with the shipped model.

    Every call loads the model: keep an `Inspector` for many. Raises PhotoError for what cannot be
    read.
    """
    report = Inspector(only=["selfie"]).inspect([source])[0]
    if report.error is not None:
        raise report.error
    assert report.selfie is not None, "a shipped model answers selfie"
    return report.selfie

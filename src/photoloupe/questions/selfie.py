"""Selfie: did the person in the picture take it, at arm's length or in a mirror?

Three signals are added as log odds: the picture (the net's logit), the faces in it (a weight a
measure, in the card), and the lens, if the file names one: phones write "front camera" or "back
camera" there. The last two are optional.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from photoloupe.models.faces import Face
from photoloupe.questions.selfie_faces import in_words, measure

FACES = "faces."  # before a measure's name in a card: the weight of that measure
# Log odds, chosen and not fitted: no data at hand has both. Mirrors are shot with back cameras.
LENSES = {"front": 3.0, "back": -2.0}
STRONG, WEAK = 3.0, 0.7  # log odds: "strongly" from the one, "says little" below the other


@dataclass(frozen=True)
class Selfie:
    """Yes, no or unsure, and why.

    probability: in [0, 1]; is_selfie: the answer is yes; unsure: neither yes nor no, so is_selfie
    is False; evidence: sentences for a person to read.
    """

    probability: float
    is_selfie: bool
    unsure: bool
    evidence: tuple[str, ...]


def probability(logit: float) -> float:
    """Logistic function, safe at both ends; in [0, 1]."""
    return 1 / (1 + exp(-logit)) if logit >= 0 else 1 - 1 / (1 + exp(logit))


def weights_of(settings: Mapping[str, float]) -> dict[str, float]:
    """The weights of faces' measures in a card's settings; none for a net that does without."""
    return {k.removeprefix(FACES): w for k, w in settings.items() if k.startswith(FACES)}


def decode(
    logit: float,
    settings: Mapping[str, float],
    faces: Sequence[Face] | None = None,
    lens: str | None = None,
) -> Selfie:
    """The net's logit, the card's settings, faces by falling area, the EXIF lens name -> Selfie.

    logit: log odds; faces: None if no face finder ran. In the settings: "threshold", the least
    probability of a yes, and "no", the most of a no; between the two the answer is unsure.
    """
    evidence = [f"picture: {_strength(logit)}"]
    if faces is not None:
        measures = measure(faces)
        said = sum(w * measures[name] for name, w in weights_of(settings).items())
        strength = f": {_strength(said)}" if abs(said) >= WEAK else ""
        evidence.append(in_words(faces) + strength)
        logit += said
    if lens and (side := lens_side(lens)):
        evidence.append(f"EXIF lens: {lens}: {_strength(LENSES[side])}")
        logit += LENSES[side]
    p = probability(logit)
    is_selfie = p >= settings["threshold"]
    unsure = not is_selfie and p > settings.get("no", settings["threshold"])
    return Selfie(p, is_selfie, unsure, tuple(evidence))


def lens_side(lens: str) -> str | None:
    """`front` or `back` if a lens name, such as "iPhone 12 front camera 2.71mm", names it."""
    words = lens.lower()
    return next((side for side in LENSES if f"{side} " in words and "camera" in words), None)


def _strength(log_odds: float) -> str:
    if abs(log_odds) < WEAK:
        return "says little"
    side = "for a selfie" if log_odds > 0 else "against"
    return f"strongly {side}" if abs(log_odds) >= STRONG else side

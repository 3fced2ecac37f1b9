"""Selfie: did the person in the picture take it, at arm's length or in a mirror?

The net gives one logit. The file may have a word too: phones name the lens, and a front camera
speaks for a selfie, a back camera against it. The lens is evidence, told beside the answer; it is
never needed, and it does not move the probability, which was measured on pixels alone.
"""

from __future__ import annotations

from math import exp

from photoloupe.results import Selfie


def probability(logit: float) -> float:
    """Logistic function, safe at both ends; in [0, 1]."""
    return 1 / (1 + exp(-logit)) if logit >= 0 else 1 - 1 / (1 + exp(logit))


def decode(logit: float, threshold: float, lens: str | None = None) -> Selfie:
    """One logit, the card's threshold and the EXIF lens name, if any -> Selfie."""
    p = probability(logit)
    evidence = [f"picture: {p:.0%} like the selfies seen in training"]
    if lens and (side := lens_side(lens)):
        evidence.append(f"EXIF lens: {lens} ({'for' if side == 'front' else 'against'})")
    return Selfie(p, p >= threshold, tuple(evidence))


def lens_side(lens: str) -> str | None:
    """`front` or `back` if a lens name, such as "iPhone 12 front camera 2.71mm", says so."""
    words = lens.lower()
    return next((side for side in ("front", "back") if side in words), None)

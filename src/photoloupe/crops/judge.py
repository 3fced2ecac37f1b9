"""Does a placement hold? Fit its hypotheses to the pixels and accept the first that is sure."""

from __future__ import annotations

from photoloupe.crops.confidence import (
    FREE_TEXTURED,
    FREE_THRESHOLD,
    THRESHOLD,
    confidence,
)
from photoloupe.crops.crop import Crop
from photoloupe.crops.hypotheses import Fit, fit_hypothesis, make_hypotheses
from photoloupe.crops.picture import Picture
from photoloupe.crops.placement import Placement
from photoloupe.crops.relation import is_bent, is_enlarged, make_relation

MOST_ODD = 0.4  # share of the crop's blocks that an overlay may cover
LEAST_LEFT = 8  # blocks with texture that it must leave
MOST_BETWEEN = 0.13  # and may touch: it covers a block or does not, a wrong placement fits partly


def judge(a: Picture, b: Picture, placement: Placement) -> Crop | None:
    """The relation that a placement of A in B stands for; None if the pixels do not agree.

    An overlay on the crop is assumed only when nothing simpler explains the pixels.
    """
    fits = []
    for hypothesis in make_hypotheses(a, b, placement):
        fit = fit_hypothesis(hypothesis)
        if fit is not None and (sure := _made_sure(fit)) is not None:
            return _settled(sure)
        fits += [fit] if fit else []
    return next((found for fit in fits if (found := _covered(fit)) is not None), None)


def _made_sure(fit: Fit) -> Fit | None:
    """The fit itself, or one without a squeeze and a turn, if it is not sure of those."""
    if _is_sure(fit):
        return fit
    if confidence(fit.overall) < THRESHOLD or not is_bent(fit):
        return None
    again = fit_hypothesis(fit.hypothesis, free=False)
    return again if again is not None and _is_sure(again) else None


def _is_sure(fit: Fit) -> bool:
    """With freedom to squeeze, turn or enlarge, what has little texture fits almost anywhere."""
    if is_bent(fit) or is_enlarged(fit):
        enough = fit.overall.textured >= FREE_TEXTURED
        return enough and confidence(fit.overall) >= FREE_THRESHOLD
    return confidence(fit.overall) >= THRESHOLD


def _covered(fit: Fit) -> Crop | None:
    """With something laid over it, if what is not covered is sure enough."""
    sure, uncovered = confidence(fit.uncovered), fit.uncovered
    least = FREE_THRESHOLD if is_bent(fit) or is_enlarged(fit) else THRESHOLD
    if fit.hypothesis.kind == "share" or sure < least or uncovered.textured < LEAST_LEFT:
        return None
    if uncovered.odd > MOST_ODD or uncovered.between > MOST_BETWEEN:
        return None
    return make_relation(fit, sure, overlay=True)


def _settled(fit: Fit) -> Crop:
    """Once aligned, another hypothesis may hold: less or more of the frame, or the other photo."""
    h = fit.hypothesis
    exact = fit.placement.started_at(-h.box.x0, -h.box.y0)
    better = make_hypotheses(h.crop, h.source, exact)[:1]
    if better and (better[0].kind != h.kind or better[0].crop is not h.crop):
        again = fit_hypothesis(better[0])
        fit = again if again is not None and _is_sure(again) else fit
    return make_relation(fit, confidence(fit.overall), overlay=False)

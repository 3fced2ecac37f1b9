"""One placement, judged: look at the pixels, and say which relation it is."""

from __future__ import annotations

from photoloupe.crops.confidence import (
    FREE_TEXTURED,
    FREE_THRESHOLD,
    THRESHOLD,
    confidence,
)
from photoloupe.crops.crop import Crop
from photoloupe.crops.hypotheses import Seen, look_at, parts
from photoloupe.crops.picture import Side
from photoloupe.crops.placement import Placement
from photoloupe.crops.relation import conclude, is_bent, is_enlarged

MOST_ODD = 0.4  # share of the crop's blocks that an overlay may cover
LEAST_LEFT = 8  # blocks with texture that it must leave
MOST_BETWEEN = 0.13  # and may touch: it covers a block or does not, a wrong place fits by degrees


def judge(a: Side, b: Side, placement: Placement) -> Crop | None:
    """The relation that a placement of A in B stands for, if the pixels agree.

    Something laid over the crop is assumed only when nothing simpler explains what is seen.
    """
    looks = []
    for part in parts(a, b, placement):
        seen = look_at(part)
        if seen is not None and (sure := _made_sure(seen)) is not None:
            return _settled(sure)
        looks += [seen] if seen else []
    return next((found for seen in looks if (found := _covered(seen)) is not None), None)


def _made_sure(seen: Seen) -> Seen | None:
    """As it was seen, or without a squeeze and a turn, if it is not sure of those."""
    if _is_sure(seen):
        return seen
    if confidence(seen.plain) < THRESHOLD or not is_bent(seen):
        return None
    again = look_at(seen.part, free=False)
    return again if again is not None and _is_sure(again) else None


def _is_sure(seen: Seen) -> bool:
    """With freedom to squeeze, turn or enlarge, what has little texture fits almost anywhere."""
    if is_bent(seen) or is_enlarged(seen):
        enough = seen.plain.textured >= FREE_TEXTURED
        return enough and confidence(seen.plain) >= FREE_THRESHOLD
    return confidence(seen.plain) >= THRESHOLD


def _covered(seen: Seen) -> Crop | None:
    """With something laid over it, if what is not covered is sure enough."""
    sure, covered = confidence(seen.covered), seen.covered
    least = FREE_THRESHOLD if is_bent(seen) or is_enlarged(seen) else THRESHOLD
    if seen.part.kind == "share" or sure < least or covered.textured < LEAST_LEFT:
        return None
    if covered.odd > MOST_ODD or covered.between > MOST_BETWEEN:
        return None
    return conclude(seen, sure, overlay=True)


def _settled(seen: Seen) -> Crop:
    """Once aligned, another part may turn out to be what is seen: less, more, the other photo."""
    part = seen.part
    exact = seen.placement.started_at(-part.box.x0, -part.box.y0)
    better = parts(part.crop, part.source, exact)[:1]
    if better and (better[0].kind != part.kind or better[0].crop is not part.crop):
        again = look_at(better[0])
        seen = again if again is not None and _is_sure(again) else seen
    return conclude(seen, confidence(seen.plain), overlay=False)

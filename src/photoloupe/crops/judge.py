"""One placement, judged: look at the pixels, and say which relation it is."""

from __future__ import annotations

from photoloupe.crops.conclude import conclude
from photoloupe.crops.confidence import OVERLAY_THRESHOLD, THRESHOLD, confidence
from photoloupe.crops.parts import Seen, look_at, parts
from photoloupe.crops.placement import Placement
from photoloupe.crops.side import Side
from photoloupe.crops.answer import Crop

MOST_ODD = 0.3  # share of the crop's blocks that an overlay may cover


def judge(a: Side, b: Side, placement: Placement) -> Crop | None:
    """The relation that a placement of A in B stands for, if the pixels agree.

    Something laid over the crop is assumed only when nothing simpler explains what is seen.
    """
    looks = []
    for part in parts(a, b, placement):
        seen = look_at(part)
        if seen is None:
            continue
        if (sure := confidence(seen.plain)) >= THRESHOLD:
            return _settled(seen, sure)
        looks.append(seen)
    for seen in looks:
        if seen.part.kind == "share" or seen.covered.odd > MOST_ODD:
            continue
        if (sure := confidence(seen.covered)) >= OVERLAY_THRESHOLD:
            return conclude(seen, sure, overlay=True)
    return None


def _settled(seen: Seen, sure: float) -> Crop:
    """Once aligned, another part may turn out to be what is seen: all of it, or the other photo."""
    part = seen.part
    exact = seen.placement.started_at(-part.box.x0, -part.box.y0)
    better = parts(part.crop, part.source, exact)[:1]
    if better and (better[0].kind != part.kind or better[0].crop is not part.crop):
        again = look_at(better[0]) if better[0].kind == "whole" else None
        if again is not None and (surer := confidence(again.plain)) >= THRESHOLD:
            return conclude(again, surer, overlay=False)
    return conclude(seen, sure, overlay=False)

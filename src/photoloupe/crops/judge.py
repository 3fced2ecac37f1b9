"""One placement, judged: look at the pixels, and say which relation it is."""

from __future__ import annotations

from photoloupe.crops.conclude import conclude
from photoloupe.crops.confidence import OVERLAY_THRESHOLD, THRESHOLD, confidence
from photoloupe.crops.parts import Seen, look_at, parts
from photoloupe.crops.placement import Placement
from photoloupe.crops.side import Side
from photoloupe.results import Crop

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
    """What two photos seemed to share may turn out, once aligned, to be all of one of them."""
    part = seen.part
    if part.kind == "share":
        exact = seen.placement.started_at(-part.box.x0, -part.box.y0)
        for other in parts(part.crop, part.source, exact):
            again = look_at(other) if other.kind != "share" else None
            if again is not None and (surer := confidence(again.plain)) >= THRESHOLD:
                return conclude(again, surer, overlay=False)
    return conclude(seen, sure, overlay=False)

"""Candidates -> crops: the pixels decide, as they do in `compare`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from photoloupe.crops.answer import Crop
from photoloupe.crops.judge import judge
from photoloupe.crops.pair import LEAST_SIDE
from photoloupe.crops.placement import Placement
from photoloupe.crops.reading import CodedPhoto
from photoloupe.crops.side import Side, make_side

GREYS_KEPT = 32  # decoded photos remembered: pairs that share one follow each other


def confirm(a: CodedPhoto, b: CodedPhoto, placements: Iterable[Placement]) -> Crop | None:
    """The first of the placements of A in B, at full size, that makes one a crop of the other.

    Raises PhotoError.
    """
    side_a, side_b = load_side(a.path, a.sha256), load_side(b.path, b.sha256)
    if min(*side_a.full_wh, *side_b.full_wh) < LEAST_SIDE:
        return None
    shrunk = (placement.regrid(side_a.shrink_xy, side_b.shrink_xy) for placement in placements)
    judged = (judge(side_a, side_b, placement) for placement in shrunk)
    return next((crop for crop in judged if crop), None)


@lru_cache(GREYS_KEPT)
def load_side(path: str, sha256: str) -> Side:
    """One photo as `judge` wants it. Raises PhotoError.

    sha256: only tells files apart that follow each other under one name.
    """
    return make_side(path)

"""Candidates -> crops: the pixels decide, as they do in `compare`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain

from photoloupe.crop_search.coding import CodedPhoto
from photoloupe.crops.compare import LEAST_SIDE, slid_smaller, surest
from photoloupe.crops.crop import Crop
from photoloupe.crops.picture import Side, make_side
from photoloupe.crops.placement import Placement

GREYS_KEPT = 32  # decoded photos remembered: pairs that share one follow each other

Load = Callable[[str, str], Side]  # path, sha256; raises PhotoError


def confirm(
    a: CodedPhoto, b: CodedPhoto, placements: Iterable[Placement], load: Load | None = None
) -> Crop | None:
    """Is one a crop of the other, by the placements of A in B, at full size, or by sliding?

    A small crop has few features, and what they vote for is rough. load: by default, from files
    of this machine. Raises PhotoError.
    """
    load = load or load_side
    side_a, side_b = (photo.side or load(photo.path, photo.sha256) for photo in (a, b))
    if min(*side_a.full_wh, *side_b.full_wh) < LEAST_SIDE:
        return None
    voted = (placement.regrid(side_a.shrink_xy, side_b.shrink_xy) for placement in placements)
    found = surest(side_a, side_b, chain(voted, slid_smaller(side_a, side_b)))
    return found if found else None


@lru_cache(GREYS_KEPT)
def load_side(path: str, sha256: str) -> Side:
    """One photo as `judge` wants it. Raises PhotoError.

    sha256: only tells files apart that follow each other under one name.
    """
    return make_side(path)

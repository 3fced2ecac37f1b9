"""Confirm that a candidate pair is a crop: the pixels decide, as they do in `compare`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain

from photoloupe.crop_search.read_codes import CodedPhoto
from photoloupe.crops.compare import LEAST_SIDE, place_smaller, surest
from photoloupe.crops.crop import Crop
from photoloupe.crops.picture import Picture, make_picture
from photoloupe.crops.placement import Placement

PICTURES_KEPT = 32  # decoded photos remembered: pairs that share one follow each other

Load = Callable[[str, str], Picture]  # path, sha256; raises PhotoError


def confirm(
    a: CodedPhoto, b: CodedPhoto, placements: Iterable[Placement], load: Load | None = None
) -> Crop | None:
    """The relation of two photos if one is a crop of the other, else None.

    placements: of A in B, in full-size pixels; template matching is tried after them, since a small
    crop has few features and its votes are rough. load: how a photo is decoded, by default from a
    file of this machine. Raises PhotoError.
    """
    load = load or load_picture
    picture_a, picture_b = (photo.picture or load(photo.path, photo.sha256) for photo in (a, b))
    if min(*picture_a.full_wh, *picture_b.full_wh) < LEAST_SIDE:
        return None
    voted = (placement.regrid(picture_a.shrink_xy, picture_b.shrink_xy) for placement in placements)
    found = surest(picture_a, picture_b, chain(voted, place_smaller(picture_a, picture_b)))
    return found if found else None


@lru_cache(PICTURES_KEPT)
def load_picture(path: str, sha256: str) -> Picture:
    """Decode one photo, or take it from the last 32. Raises PhotoError.

    sha256: part of the cache's key only: another file may follow under the same name.
    """
    return make_picture(path)

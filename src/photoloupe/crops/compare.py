"""Compare two photos: which was cut out of the other, if any, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from photoloupe.boxes import Box
from photoloupe.crops.confidence import LEAST_TEXTURED
from photoloupe.crops.crop import Crop
from photoloupe.crops.feature_match import place_by_features
from photoloupe.crops.judge import judge
from photoloupe.crops.picture import Picture, make_picture
from photoloupe.crops.placement import Placement
from photoloupe.crops.template_match import place_by_template
from photoloupe.crops.verify import count_textured_blocks
from photoloupe.errors import PhotoError
from photoloupe.media.inputs import single_input
from photoloupe.media.photo import DEFAULT_LIMITS, Limits, Photo, Source

LEAST_SIDE = 32  # px: less holds no evidence
SURE = 0.99  # a relation this sure ends the search


def compare(
    a: Source | Photo | Mapping[str, Any],
    b: Source | Photo | Mapping[str, Any],
    *,
    limits: Limits = DEFAULT_LIMITS,
    image_key: str | None = None,
) -> Crop | None:
    """How are two photos related, either way round? None if neither shows what the other does.

    The result is true (`if compare(a, b):`) when one was cut out of the other, or is the same
    picture; its `verdict` says more, also when they overlap, are mirrored, or when it cannot
    be decided. A photo is a source as in `open_photo`, an opened one, or a row with one in the
    column `image_key`. Photos without a name are called `<first>` and `<second>`, in errors too.
    Raises PhotoError.
    """
    first = _named_picture(a, "<first>", limits, image_key)
    return compare_pictures(first, _named_picture(b, "<second>", limits, image_key))


def _named_picture(
    photo: Source | Photo | Mapping[str, Any], position: str, limits: Limits, image_key: str | None
) -> Picture:
    try:
        picture = make_picture(single_input(photo, image_key), limits)
    except PhotoError as error:
        if not error.path.startswith("<"):
            raise
        raise PhotoError(error.code, position, error.message) from error
    return picture if not picture.name.startswith("<") else replace(picture, name=position)


def compare_pictures(a: Picture, b: Picture) -> Crop | None:
    """As `compare`, for photos that are decoded."""
    if _identical(a, b):
        return _exact(a, b)
    small = next((picture for picture in (a, b) if min(picture.full_wh) < LEAST_SIDE), None)
    if small:
        width, height = small.full_wh
        return _unknown(a, b, f"{small.name} is {width} x {height}, under {LEAST_SIDE} pixels")
    results = (find(a, b) for find in (_relation, _mirrored, _featureless))
    return next((found for found in results if found is not None), None)


def _relation(a: Picture, b: Picture) -> Crop | None:
    return surest(a, b, propose_placements(a, b))


def surest(a: Picture, b: Picture, placements: Iterable[Placement]) -> Crop | None:
    """The first relation that is sure, else the surest; None if no placement of A in B holds."""
    found: list[Crop] = []
    for placement in placements:
        crop = judge(a, b, placement)
        if crop is not None and crop.confidence >= SURE:
            return crop
        found += [crop] if crop is not None else []
    return max(found, key=lambda crop: crop.confidence, default=None)


def propose_placements(a: Picture, b: Picture) -> Iterator[Placement]:
    """Placements of A in B to judge, in pixels of their `grey`.

    By template matching of the smaller in the larger, which is quick; by features, which find
    squeezed, turned and covered crops too; at last by template matching the other way round, for a
    crop enlarged past its source.
    """
    yield from place_smaller(a, b)
    yield from place_by_features(a.features, b.features)
    yield from _template_back(a, b) if _is_smaller(a, b) else _template(a, b)


def place_smaller(a: Picture, b: Picture) -> Iterator[Placement]:
    """Placements of A in B by template matching of the smaller in the larger."""
    return _template(a, b) if _is_smaller(a, b) else _template_back(a, b)


def _is_smaller(a: Picture, b: Picture) -> bool:
    return a.grey.size <= b.grey.size


def _template_back(a: Picture, b: Picture) -> Iterator[Placement]:
    return (placement.inverse() for placement in _template(b, a))


def _template(crop: Picture, source: Picture) -> Iterator[Placement]:
    """By template matching of the crop without its border."""
    x0, y0, x1, y1 = (int(edge) for edge in crop.content.xyxy)
    for placement in place_by_template(crop.grey[y0:y1, x0:x1], source.grey):
        yield placement.started_at(-x0, -y0)


def _mirrored(a: Picture, b: Picture) -> Crop | None:
    """Of A with left and right exchanged, by features alone."""
    width = a.grey.shape[1]
    grey = np.ascontiguousarray(a.grey[:, ::-1])
    flipped = replace(a, grey=grey, content=_flipped(a.content, width))
    features = a.features.mirrored(width)
    found = (judge(flipped, b, p) for p in place_by_features(features, b.features, most=1))
    crop = next((crop for crop in found if crop), None)
    if crop is None or crop.box is None or crop.crop_box is None:
        return None
    if crop.source == a.name and crop.crop != a.name:
        box = _flipped(crop.box, a.full_wh[0])
        return replace(crop, verdict="mirrored", box=box, sensor_box=_stored(box, a))
    return replace(crop, verdict="mirrored", crop_box=_flipped(crop.crop_box, a.full_wh[0]))


def _flipped(box: Box, width: float) -> Box:
    return Box(width - box.x1, box.y0, width - box.x0, box.y1)


def _stored(box: Box, picture: Picture) -> Box:
    return box.stored(picture.orientation, *picture.full_wh)


def _identical(a: Picture, b: Picture) -> bool:
    if a.sha256 is not None and a.sha256 == b.sha256:
        return True
    return a.full_wh == b.full_wh and a.chroma == b.chroma and np.array_equal(a.grey, b.grey)


def _exact(a: Picture, b: Picture) -> Crop:
    box = Box(0, 0, *b.full_wh)
    return Crop(
        a.name, b.name, "exact", 1.0, box, _stored(box, b), box, (1.0, 1.0), whole_frame=True
    )


def _featureless(a: Picture, b: Picture) -> Crop | None:
    """A photo of nothing but sky may have been cut out of any other."""
    for picture in (a, b):
        if count_textured_blocks(picture.grey) < LEAST_TEXTURED:
            return _unknown(a, b, f"{picture.name} has hardly any texture to go by")
    return None


def _unknown(a: Picture, b: Picture, reason: str) -> Crop:
    return Crop(a.name, b.name, "unknown", reason=reason)

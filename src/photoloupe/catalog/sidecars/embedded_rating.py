"""The rating that a photo brings in itself: a camera's button, Lightroom, or Windows wrote it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import cast

from PIL import ExifTags

from photoloupe.catalog.sidecars.xmp import RATING, XmpError, read_packet
from photoloupe.media.formats import open_header

UNRATED = "0"  # cameras write it into every photo; nobody has spoken


def embedded_rating(path: str) -> str | None:
    """As it is written there; None if there is none, or none that can be read. No pixel is decoded.

    Raises OSError.
    """
    with Path(path).open("rb") as file:
        try:
            image = open_header(cast(io.BytesIO, file), path)
            packet, has_exif = image.info.get("xmp", b""), "exif" in image.info
            said = image.getexif().get(ExifTags.Base.Rating) if has_exif else None
        except Exception:  # parsers raise many kinds; the photo itself was read by a scan
            return None
    for rating in (_rating(packet), None if said is None else str(said)):
        if rating and rating != UNRATED:
            return rating
    return None


def _rating(packet: object) -> str | None:
    data = packet.encode() if isinstance(packet, str) else packet
    try:
        return read_packet(data.rstrip(b"\0")).value(RATING) if isinstance(data, bytes) else None
    except XmpError:
        return None

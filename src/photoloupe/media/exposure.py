"""When, with what and how a photo was taken, as its EXIF says: whatever is broken is left out."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from math import isfinite
from typing import Any

from PIL import ExifTags, Image

Tags = Mapping[int, Any]

LATITUDE, LONGITUDE = 2, 4  # of the GPS block
OVER = 65535  # ISO of a camera whose value does not fit the tag: another tag has it
MOST_BIAS = 20.0  # EV: more is a slip
ISO_TAGS = (
    ExifTags.Base.ISOSpeedRatings, ExifTags.Base.RecommendedExposureIndex, ExifTags.Base.ISOSpeed,
    ExifTags.Base.StandardOutputSensitivity,
)  # fmt: skip


def read_exposure(exif: Image.Exif) -> dict[str, Any]:
    """Fields of `facts.Facts` about the exposure, by name; None where EXIF says nothing valid."""
    tags = read_tags(exif)
    return {
        "camera": text(tags.get(ExifTags.Base.Model)),
        "lens": text(tags.get(ExifTags.Base.LensModel)),
        "taken": _taken(tags),
        "focal_length": _positive(tags.get(ExifTags.Base.FocalLength)),
        "exposure_time": _positive(tags.get(ExifTags.Base.ExposureTime)),
        "aperture": _positive(tags.get(ExifTags.Base.FNumber)),
        "iso": _iso(tags),
        "exposure_bias": _bias(tags.get(ExifTags.Base.ExposureBiasValue)),
        "gps": _has_place(exif),
    }


def read_tags(exif: Image.Exif) -> dict[int, Any]:
    """Main and camera tags together; empty if the block is broken."""
    try:
        return {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    except Exception:  # the parser raises many kinds over a block that nobody needs
        return {}


def text(value: object) -> str | None:
    """A text without what cannot be printed, at most 200 characters; None if nothing is left."""
    if not isinstance(value, str):
        return None
    return "".join(c for c in value if c.isprintable()).strip()[:200] or None


def _taken(tags: Tags) -> datetime | None:
    """By the camera's clock; with its zone, if it has one. EXIF: `2026:07:14 18:03:59`.

    A camera whose clock is not set writes noughts.
    """
    try:
        found = datetime.strptime(
            str(tags.get(ExifTags.Base.DateTimeOriginal)).rstrip("\0 "), "%Y:%m:%d %H:%M:%S"
        )
    except ValueError:
        return None
    digits = str(tags.get(ExifTags.Base.SubsecTimeOriginal, "")).strip("\0 ")
    if digits.isascii() and digits.isdigit():
        found = found.replace(microsecond=int(digits[:6].ljust(6, "0")))
    return found.replace(tzinfo=_zone(tags))


def _zone(tags: Tags) -> timezone | None:
    """`+02:00` or `-09:30`."""
    for tag in (ExifTags.Base.OffsetTimeOriginal, ExifTags.Base.OffsetTime):
        try:
            found = datetime.strptime(str(tags.get(tag)).strip("\0 "), "%z").utcoffset()
            return timezone(found) if found is not None else None
        except ValueError:
            continue
    return None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if isfinite(number) else None


def _positive(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and number > 0 else None


def _bias(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and abs(number) <= MOST_BIAS else None


def _iso(tags: Tags) -> int | None:
    for tag in ISO_TAGS:
        value = tags.get(tag)
        number = _positive(value[0] if isinstance(value, tuple) and value else value)
        if number is not None and number != OVER and number < 2**31:
            return int(number)
    return None


def _has_place(exif: Image.Exif) -> bool:
    """Is a position there? The position itself is never read."""
    if ExifTags.IFD.GPSInfo not in exif:
        return False
    return {LATITUDE, LONGITUDE} <= set(_or_empty(lambda: exif.get_ifd(ExifTags.IFD.GPSInfo)))


def _or_empty(read: Callable[[], dict[int, Any]]) -> dict[int, Any]:
    try:
        return read()
    except Exception:  # as above
        return {}


BURST_ID = re.compile(rb"GCamera:BurstI[dD](?:=[\"']|>)([\w.-]{1,100})")  # of Google's cameras
APPLE, APPLE_BURST = b"Apple iOS\0\0\1MM", 11  # how Apple's own tags begin; the burst's UUID
MOST_ENTRIES = 100


def read_sequence(exif: Image.Exif, xmp: object) -> str | None:
    """The id of the burst that a photo is of, as Apple (EXIF) or Google (XMP) write it."""
    if isinstance(xmp, (bytes, str)):
        found = BURST_ID.search(xmp.encode() if isinstance(xmp, str) else xmp)
        if found:
            return found[1].decode("ascii", "ignore")
    note = read_tags(exif).get(ExifTags.Base.MakerNote)
    return _apple_burst(note) if isinstance(note, bytes) and note.startswith(APPLE) else None


def _apple_burst(note: bytes) -> str | None:
    """Apple's tags: entries of 12 bytes from byte 16, offsets from the beginning of the note."""
    try:
        (count,) = struct.unpack_from(">H", note, len(APPLE))
        for at in range(len(APPLE) + 2, len(APPLE) + 2 + 12 * min(count, MOST_ENTRIES), 12):
            tag, _, length, offset = struct.unpack_from(">HHII", note, at)
            if tag == APPLE_BURST:
                return text(note[offset : offset + min(length, 100)].decode("ascii", "ignore"))
    except struct.error:  # it ends too early
        pass
    return None


def clock_seconds(taken: datetime | None) -> float:
    """Seconds of the camera's own clock since 1970-01-01, NaN for None; zones are not applied.

    So a RAW without a zone and its JPEG with one, and a camera without any, compare alike.
    """
    if taken is None:
        return float("nan")
    return (taken.replace(tzinfo=None) - datetime(1970, 1, 1)) / timedelta(seconds=1)

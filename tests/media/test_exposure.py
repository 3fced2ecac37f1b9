from __future__ import annotations

import io
import math
import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from PIL import Image

from photoloupe.media.exposure import APPLE, clock_seconds, read_sequence
from photoloupe.media.facts import Facts
from photoloupe.media.photo import open_photo

NOON = datetime(2026, 7, 14, 12, 0, 0)


def facts_of(
    camera: dict[int, Any], main: dict[int, Any] | None = None, gps: dict[int, Any] | None = None
) -> Facts:
    """Facts of a JPEG with these EXIF tags."""
    exif, file = Image.Exif(), io.BytesIO()
    exif.update(main or {})
    exif.get_ifd(0x8769).update(camera)
    if gps is not None:
        exif.get_ifd(0x8825).update(gps)
    Image.new("RGB", (64, 64)).save(file, "JPEG", exif=exif)
    return open_photo(file.getvalue()).facts


@pytest.mark.parametrize(
    ("subsec", "offset", "taken"),
    [
        (None, None, NOON),
        ("12", None, NOON.replace(microsecond=120_000)),
        ("0071234", None, NOON.replace(microsecond=7_123)),
        ("x", "?", NOON),
        ("5", "+02:00", NOON.replace(microsecond=500_000, tzinfo=timezone(timedelta(hours=2)))),
        (None, "-09:30", NOON.replace(tzinfo=timezone(-timedelta(hours=9.5)))),
        (None, "+00:00", NOON.replace(tzinfo=UTC)),
    ],
)
def test_the_time_has_fractions_and_a_zone_if_exif_has_them(
    subsec: str | None, offset: str | None, taken: datetime
) -> None:
    tags = {0x9003: "2026:07:14 12:00:00"}
    tags |= {0x9291: subsec} if subsec else {}
    for tag in (0x9011, 0x9010):
        found = facts_of({**tags, **({tag: offset} if offset else {})}).taken
        assert found == taken
        assert found is not None
        assert (found.tzinfo is None) == (taken.tzinfo is None)


def test_only_the_time_of_exposure_counts() -> None:
    assert facts_of({}, {0x0132: "2026:07:14 12:00:00"}).taken is None
    assert facts_of({0x9003: "0000:00:00 00:00:00"}).taken is None


def test_how_a_photo_was_exposed() -> None:
    facts = facts_of(
        {0x920A: 85.0, 0x829A: 1 / 250, 0x829D: 2.8, 0x8827: 400, 0x9204: -0.7, 0xA434: "85mm"},
        {0x0110: "X100V"}, {2: (52.0, 30.0, 0.0), 4: (13.0, 24.0, 0.0)},
    )  # fmt: skip
    assert (facts.camera, facts.lens, facts.iso, facts.gps) == ("X100V", "85mm", 400, True)
    numbers = (facts.focal_length, facts.exposure_time, facts.aperture, facts.exposure_bias)
    assert numbers == pytest.approx((85, 0.004, 2.8, -0.7), abs=1e-6)


def test_what_is_broken_or_absent_is_none() -> None:
    from PIL.TiffImagePlugin import IFDRational

    nothing = IFDRational(0, 0)
    facts = facts_of({0x920A: nothing, 0x829A: nothing, 0x829D: 0.0, 0x8827: 0, 0x9204: 99.0})
    for found in (facts, facts_of({}, {}, {1: "N"})):
        assert found.focal_length is found.exposure_time is found.aperture is None
        assert found.iso is found.exposure_bias is None
        assert not found.gps


def test_an_iso_that_does_not_fit_its_tag_is_read_from_another() -> None:
    assert facts_of({0x8827: 65535, 0x8832: 102_400}).iso == 102_400
    assert facts_of({0x8827: 65535}).iso is None


def test_clocks_are_compared_as_they_stand() -> None:
    zoned = NOON.replace(tzinfo=timezone(timedelta(hours=5)))
    assert clock_seconds(NOON) == clock_seconds(zoned)
    assert clock_seconds(NOON + timedelta(seconds=1.5)) - clock_seconds(NOON) == 1.5
    assert math.isnan(clock_seconds(None))


def test_the_cameras_own_ids_of_bursts() -> None:
    uuid = b"5D0B1F6C-8E0C-4F0A-9D56-0A8F1F0D2C3B"
    start = len(APPLE) + 2 + 12 * 2 + 4
    note = APPLE + struct.pack(">H", 2) + struct.pack(">HHII", 1, 9, 1, 10)
    note += struct.pack(">HHII", 11, 2, len(uuid) + 1, start) + bytes(4) + uuid + b"\0"
    assert facts_of({0x927C: note}).sequence == uuid.decode()
    for broken in (note[:40], note[:20], APPLE, b"Canon", note[: start + 5]):
        assert facts_of({0x927C: broken}).sequence in (None, "5D0B1")
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a GCamera:BurstID="b-17" /></x:xmpmeta>'
    assert read_sequence(Image.Exif(), xmp) == "b-17"
    assert read_sequence(Image.Exif(), b"<GCamera:BurstID>c-9</GCamera:BurstID>") == "c-9"
    assert read_sequence(Image.Exif(), None) is None

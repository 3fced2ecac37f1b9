from __future__ import annotations

import io
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from photoloupe import Inspector
from photoloupe.arrays import Pixels
from photoloupe.crop_search.search import find_crops
from photoloupe.errors import PhotoError
from photoloupe.media.paths import list_photos
from photoloupe.media.photo import Limits, Photo, open_photo, open_stored
from photoloupe.media.raw_formats import (
    RAW_EXTENSIONS,
    ends_too_early,
    is_raw_with_copy,
    raw_format,
)
from photoloupe.uses.fix_files import fix_photos
from tests.conftest import encode, scene, uninstall
from tests.dng import (
    CFA,
    LONG,
    RATIONAL,
    SHORT,
    Directory,
    dng,
    jpeg_directory,
    mosaic,
    nef_like,
    raw_directory,
    text,
    thumbnail_directory,
    tiff,
)  # fmt: skip

SMALL = scene(306, 204)
THUMBNAIL = SMALL[::6, ::6]
LARGE = scene(1280, 960, seed=2)


def agreement(photo: Photo, upright: Pixels) -> float:
    """Correlation of a photo's pixels with those of a picture of any size."""
    height, width = photo.pixels.shape[:2]
    image = Image.fromarray(np.ascontiguousarray(upright))
    small = np.asarray(image.resize((width, height), Image.Resampling.BOX))
    return float(np.corrcoef(small.ravel(), photo.pixels.ravel())[0, 1])


def code_of(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(PhotoError) as caught:
        open_photo(data, limits=limits or Limits())
    return caught.value.code


def test_another_reader_finds_the_same_mosaic_in_our_files() -> None:
    with tifffile.TiffFile(io.BytesIO(dng(SMALL, thumbnail=THUMBNAIL))) as file:
        first: Any = file.pages[0]
        assert np.array_equal(first.asarray(), THUMBNAIL)
        assert np.array_equal(first.pages[0].asarray(), mosaic(SMALL))


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("thumbnail", [None, THUMBNAIL])
def test_a_dng_is_answered_on_its_sensor_never_on_its_thumbnail(
    linear: bool, thumbnail: Pixels | None
) -> None:
    photo = open_photo(dng(SMALL, linear=linear, thumbnail=thumbnail))
    facts = photo.facts
    assert (facts.format, facts.width, facts.height) == ("DNG", 306, 204)
    size = "developed, 306 x 204" if linear else "half-size demosaic, 153 x 102"
    assert facts.rendition == size
    assert agreement(photo, SMALL) > 0.99
    colours = photo.pixels.astype(int).mean((0, 1)) - SMALL.astype(int).mean((0, 1))
    assert np.ptp(colours) < 12  # LibRaw makes it brighter, but in no other colour


def test_a_full_sized_preview_is_what_is_judged() -> None:
    shown = scene(1280, 960, seed=9)  # not what the sensor has, so that they differ
    photo = open_photo(dng(LARGE, preview=shown, thumbnail=LARGE[::8, ::8]))
    assert photo.facts.rendition == "embedded preview, 1280 x 960"
    assert (photo.facts.width, photo.facts.height) == (1280, 960)
    assert agreement(photo, shown) > 0.99
    small = open_photo(dng(LARGE, preview=shown, thumbnail=LARGE[::8, ::8]), min_pixels=10_000)
    assert small.pixels.shape == (120, 160, 3)
    assert small.facts.rendition == photo.facts.rendition


@pytest.mark.parametrize("shrink", [2, 4])
def test_a_preview_under_a_megapixel_is_no_stand_in(shrink: int) -> None:
    shown = np.zeros_like(LARGE)[::shrink, ::shrink]
    photo = open_photo(dng(LARGE, preview=shown, thumbnail=LARGE[::8, ::8]))
    assert photo.facts.rendition == "half-size demosaic, 640 x 480"
    assert agreement(photo, LARGE) > 0.99


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, -1), (8, 1)])
def test_a_raw_comes_upright(orientation: int, turns: int) -> None:
    for data, pixels in (
        (dng(SMALL, thumbnail=THUMBNAIL, orientation=orientation), SMALL),
        (dng(LARGE, preview=LARGE, thumbnail=THUMBNAIL, orientation=orientation), LARGE),
    ):
        photo, upright = open_photo(data), np.rot90(pixels, turns)
        assert agreement(photo, upright) > 0.99
        assert (photo.facts.height, photo.facts.width) == upright.shape[:2]
        assert photo.facts.orientation == orientation


def test_a_preview_that_is_upright_already_is_not_turned_again() -> None:
    upright = np.ascontiguousarray(np.rot90(LARGE, -1))
    photo = open_photo(dng(LARGE, preview=upright, thumbnail=THUMBNAIL, orientation=6))
    assert agreement(photo, upright) > 0.99
    assert photo.facts.rendition == "embedded preview, 960 x 1280"
    assert (photo.facts.width, photo.facts.height) == (960, 1280)


def test_what_the_camera_wrote_is_in_the_facts() -> None:
    more = {
        0x829A: (RATIONAL, [1, 250]), 0x829D: (RATIONAL, [28, 10]), 0x8827: (SHORT, [800]),
        0x9003: text("2026:07:14 12:00:00"), 0x920A: (RATIONAL, [85, 1]),
    }  # fmt: skip
    facts = open_photo(dng(SMALL, thumbnail=THUMBNAIL, more=more)).facts
    assert (facts.camera, facts.iso, facts.aperture, facts.focal_length) == ("One", 800, 2.8, 85)
    assert facts.exposure_time == pytest.approx(0.004)
    assert str(facts.taken) == "2026-07-14 12:00:00"


# --- which format --------------------------------------------------------------------------------


def test_tags_tell_a_raw_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "calls itself.jpg"
    path.write_bytes(nef_like(SMALL))
    photo = open_photo(path)
    assert (photo.facts.format, photo.facts.camera) == ("NEF", "NIKON D70")
    assert photo.facts.width > 300
    ordinary = tmp_path / "no raw.dng"
    ordinary.write_bytes(encode(SMALL, "TIFF"))
    assert open_photo(ordinary).facts.format == "TIFF"
    assert np.array_equal(open_photo(ordinary).pixels, SMALL)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\0\0\0\x18ftypcrx \0\0\0\1", "CR3"), (b"FUJIFILMCCD-RAW 0201", "RAF"),
        (b"IIU\0\x18\0\0\0", "RW2"), (b"IIRO\x08\0\0\0", "ORF"), (b"MMOR\0\0\0\x08", "ORF"),
        (b"II\x1a\0\0\0HEAPCCDR", "CRW"), (b"\0MRM\0\1\2\3", "MRW"), (b"FOVb\0\0\2\0", "X3F"),
        (b"II*\0\x10\0\0\0CR\x02\0", "CR2"), (b"II*\0\x08\0\0\0IIII", "IIQ"),
        (b"\xff\xd8\xff\xe0\0\0\0\0CR\x02\0", None), (b"\x89PNG\r\n\x1a\n", None), (b"", None),
        (b"\0\0\0\x18ftypheic", None), (b"II*\0\x08\0\0\0\0\0\0\0", None),
    ],
)  # fmt: skip
def test_first_bytes_tell_a_raw(start: bytes, kind: str | None) -> None:
    assert raw_format(start) == kind
    assert raw_format(start.ljust(4000, b"\0")) == kind


@pytest.mark.parametrize(
    ("maker", "kind"),
    [
        ("NIKON CORPORATION", "NEF"), ("SONY", "ARW"), ("PENTAX Corporation", "PEF"),
        ("SAMSUNG", "SRW"), ("Hasselblad", "3FR"), ("Loupe", "RAW"), ("", "RAW"),
    ],
)  # fmt: skip
def test_a_reduced_first_directory_with_others_below_is_a_raw(maker: str, kind: str) -> None:
    assert raw_format(nef_like(SMALL, maker=maker)) == kind
    first = thumbnail_directory(THUMBNAIL)
    first.tags[0x010F] = text(maker)
    first.below = [jpeg_directory(SMALL)]
    assert raw_format(tiff(first)) == kind
    assert raw_format(tiff(first, order=">")) == kind  # as far as tags tell
    first.tags[0x00FE] = (LONG, [0])  # a picture with smaller copies below it: a pyramid
    assert raw_format(tiff(first)) is None


def test_a_mosaic_in_the_first_directory_is_a_raw() -> None:
    first = raw_directory(SMALL)
    assert first.tags[0x0106] == (SHORT, [CFA])
    assert raw_format(tiff(first)) == "RAW"
    compressed = Directory({0x0103: (SHORT, [34713])})
    assert raw_format(tiff(compressed)) == "RAW"
    assert raw_format(tiff(raw_directory(SMALL), mark=b"CR\x02\0")) == "CR2"


def test_broken_directories_are_no_raw_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = bytearray(tiff(Directory({0x0103: (SHORT, [1])})))
    loop[-4:] = struct.pack("<I", 8)  # the next directory is the first
    many = b"II*\0\x08\0\0\0\xff\xff" + bytes(200)
    for data in (bytes(loop), many, b"II*\0\xff\xff\xff\xff", b"II+\0" + b"\xff" * 40):
        start = time.monotonic()
        assert raw_format(data) is None
        assert time.monotonic() - start < 0.5


def test_other_tiffs_stay_what_they_are() -> None:
    grey = tifffile_bytes(SMALL[..., 0], metadata=None)
    pyramid = io.BytesIO()
    with tifffile.TiffWriter(pyramid) as file:
        file.write(SMALL, subifds=1, photometric="rgb")
        file.write(SMALL[::2, ::2], subfiletype=1, photometric="rgb")
    for data in (grey, pyramid.getvalue(), encode(SMALL, "TIFF", compression="tiff_lzw")):
        assert raw_format(data) is None
        assert open_photo(data).facts.format == "TIFF"


def tifffile_bytes(pixels: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)
    return file.getvalue()


# --- limits, damage, absence ---------------------------------------------------------------------


def test_limits_hold_before_the_sensor_is_decoded() -> None:
    data = dng(SMALL, thumbnail=THUMBNAIL)
    assert code_of(data, Limits(pixels=306 * 204 - 1)) == "too_large"
    assert code_of(data, Limits(file_bytes=1000)) == "too_large"
    assert code_of(data, Limits(seconds=0)) == "too_slow"
    assert open_photo(data, limits=Limits(pixels=306 * 204)).pixels.size


def test_a_header_that_claims_a_huge_sensor_costs_nothing() -> None:
    raw = raw_directory(SMALL)
    for side in (14_000, 60_000, 2**31 - 1):
        raw.tags |= {0x0100: (LONG, [side]), 0x0101: (LONG, [side])}
        first = thumbnail_directory(THUMBNAIL)
        first.below = [raw]
        start = time.monotonic()
        code = code_of(tiff(first))
        assert code in ("too_large", "unsupported", "unreadable", "truncated")
        assert time.monotonic() - start < 5


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_raw_that_ends_too_early_is_an_error(share: float) -> None:
    data = dng(SMALL, thumbnail=THUMBNAIL)
    assert code_of(data[: int(len(data) * share)]) == "truncated"
    assert ends_too_early(data[:-1])
    assert not ends_too_early(data)


def test_damaged_raws_are_errors_or_photos_never_more() -> None:
    """Bytes of headers exchanged at random; LibRaw reads what is left, or refuses."""
    rng = np.random.default_rng(5)
    seeds = [dng(SMALL, thumbnail=THUMBNAIL), dng(SMALL, linear=True), nef_like(SMALL)]
    for k in range(60):
        data = bytearray(seeds[k % 3])
        for at in rng.integers(0, 700, 4):
            data[at] = int(rng.choice([0, 1, 127, 255, 42]))
        with suppress(PhotoError):  # and nothing else
            open_photo(bytes(data), limits=Limits(pixels=2_000_000))


def test_without_the_extra_a_raw_is_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    uninstall(monkeypatch, "rawpy", "no_room")
    for data in (dng(SMALL), nef_like(SMALL), dng(LARGE, preview=LARGE), b"FUJIFILMCCD-RAW 0201"):
        with pytest.raises(PhotoError, match=r"RAW.*pip install 'photoloupe\[raw\]'") as caught:
            open_photo(data)
        assert caught.value.code == "unsupported"
    assert open_photo(encode(SMALL, "TIFF")).facts.format == "TIFF"


# --- in uses -------------------------------------------------------------------------------------


def test_walks_find_raws_by_name_and_by_content(tmp_path: Path) -> None:
    for extension in RAW_EXTENSIONS:
        (tmp_path / f"a{extension.upper()}").write_bytes(b"not yet copied")
    (tmp_path / "fuji without extension").write_bytes(b"FUJIFILMCCD-RAW 0201")
    assert len(list(list_photos([str(tmp_path)]))) == len(RAW_EXTENSIONS) + 1


def test_a_report_of_a_raw_has_the_sensors_size() -> None:
    (report,) = Inspector(only=["aesthetics"]).inspect(dng(SMALL, thumbnail=THUMBNAIL))
    assert (report.format, report.width, report.height) == ("DNG", 306, 204)
    assert report.aesthetics


def test_a_raw_is_never_rewritten(tmp_path: Path) -> None:
    data = dng(SMALL, thumbnail=THUMBNAIL)
    with pytest.raises(PhotoError, match=r"a RAW \(DNG\) is never rewritten") as caught:
        open_stored(data)
    assert caught.value.code == "unwritable"
    (tmp_path / "a.dng").write_bytes(data)
    (row,) = fix_photos([str(tmp_path / "a.dng")], tmp_path / "out")
    assert row.error
    assert (row.error.code, row.copy) == ("unwritable", None)
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "a.dng").read_bytes() == data


def test_a_raw_and_its_jpeg_of_one_name_are_neither_crop_nor_copy(tmp_path: Path) -> None:
    data, copy = dng(LARGE, preview=LARGE, thumbnail=THUMBNAIL), encode(LARGE, "JPEG", quality=90)
    for name, content in (("IMG_1.DNG", data), ("img_1.jpg", copy)):
        (tmp_path / name).write_bytes(content)
    assert list(find_crops(tmp_path)) == []
    (tmp_path / "img_1.jpg").rename(tmp_path / "img_2.jpg")
    assert len(list(find_crops(tmp_path))) == 1
    assert is_raw_with_copy("a/b.nef", "a/B.jpg")
    assert not is_raw_with_copy("a/b.nef", "c/b.jpg")
    assert not is_raw_with_copy("a/b.png", "a/b.jpg")

from __future__ import annotations

import io
import os
import pickle
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from photoloupe.errors import PHOTO_ERROR_CODES, PhotoError
from photoloupe.media.photo import Limits, open_photo
from tests.conftest import encode, scene


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def code_of(source: Any, limits: Limits | None = None) -> str:
    with pytest.raises(PhotoError) as caught:
        open_photo(source, limits=limits or Limits())
    assert caught.value.code in PHOTO_ERROR_CODES
    return caught.value.code


@pytest.mark.parametrize(
    ("kind", "options", "most_error"),
    [
        ("JPEG", {"quality": 95}, 6), ("PNG", {}, 0), ("WEBP", {"lossless": True}, 0),
        ("BMP", {}, 0), ("TIFF", {}, 0), ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("AVIF", {"quality": 95}, 6), ("JPEG2000", {}, 0),
    ],
)  # fmt: skip
def test_each_format_gives_its_pixels(
    kind: str, options: dict[str, Any], most_error: float
) -> None:
    pixels = scene()
    photo = open_photo(encode(pixels, kind, **options))
    assert photo.pixels.dtype == np.uint8
    assert photo.facts.format == kind
    assert (photo.facts.width, photo.facts.height) == (96, 64)
    assert np.abs(photo.pixels.astype(int) - pixels).mean() <= most_error


def test_heic_opens_by_content() -> None:
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(scene())).save(file, quality=95)
    photo = open_photo(file.getvalue())
    assert photo.facts.format == "HEIF"
    assert np.abs(photo.pixels.astype(int) - scene()).mean() < 6


def test_path_bytes_and_file_are_the_same_photo(tmp_path: Path) -> None:
    path = tmp_path / "a jpeg that calls itself.txt"
    path.write_bytes(encode(scene(), "JPEG"))
    photos = [open_photo(path), open_photo(str(path)), open_photo(path.read_bytes())]
    with path.open("rb") as file:
        photos.append(open_photo(file))
    assert len({photo.facts.sha256 for photo in photos}) == 1
    assert all(np.array_equal(photo.pixels, photos[0].pixels) for photo in photos)
    assert [photo.facts.path for photo in photos] == [str(path), str(path), "<bytes>", str(path)]


def test_the_bytes_given_are_decoded_whatever_file_has_their_name(tmp_path: Path) -> None:
    path = tmp_path / "same name.bmp"
    path.write_bytes(saved(Image.new("L", (64, 64), 200), "BMP"))
    file = io.BytesIO(saved(Image.new("L", (64, 64), 10), "BMP"))
    file.name = str(path)
    assert (open_photo(file).pixels == 10).all()


def test_buffers_and_streams_that_give_a_little_at_a_time() -> None:
    data = encode(scene())

    class Slow(io.RawIOBase):
        def __init__(self) -> None:
            self.rest = io.BytesIO(data)

        def read(self, size: int = -1) -> bytes:
            return self.rest.read(min(size, 100))

    for source in (bytearray(data), memoryview(data), Slow()):
        assert np.array_equal(open_photo(source).pixels, scene())  # type: ignore[arg-type]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(orientation: int) -> None:
    upright = Image.fromarray(scene(96, 64))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    for kind in ("PNG", "JPEG", "TIFF", "WEBP"):
        photo = open_photo(saved(stored, kind, exif=exif))
        assert (photo.facts.width, photo.facts.height) == (96, 64)
        assert photo.pixels.shape == (64, 96, 3)
        assert np.abs(photo.pixels.astype(int) - np.asarray(upright)).mean() < 8, kind


def test_display_p3_becomes_srgb() -> None:
    p3 = ImageCms.ImageCmsProfile(io.BytesIO(_p3_profile()))
    srgb = ImageCms.createProfile("sRGB")
    wide = ImageCms.profileToProfile(Image.fromarray(scene()), srgb, p3)
    assert wide is not None
    photo = open_photo(saved(wide, "PNG", icc_profile=p3.tobytes()))
    assert np.abs(np.asarray(wide, int) - scene()).mean() > 2
    assert np.abs(photo.pixels.astype(int) - scene()).mean() < 1


def _p3_profile() -> bytes:
    """A matrix profile with Display P3's primaries (SMPTE EG 432-1, adapted to D50), gamma 2.2."""

    def number(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def xyz(x: float, y: float, z: float) -> bytes:
        return b"XYZ \0\0\0\0" + number(x) + number(y) + number(z)

    text = b"P3 test"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" + bytes(78),
        b"wtpt": xyz(0.9642, 1.0, 0.8249), b"rXYZ": xyz(0.51512, 0.2412, -0.00105),
        b"gXYZ": xyz(0.29198, 0.69225, 0.04189), b"bXYZ": xyz(0.1571, 0.06657, 0.78407),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv\0\0\0\0\0\0\0\1" + b"\x02\x33\0\0"),
    }  # fmt: skip
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(data))
        body += padded
    size = start + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + xyz(0.9642, 1.0, 0.8249)[8:]
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def test_grey_and_transparent_photos_obey_their_profile_too() -> None:
    grey = Image.fromarray(np.full((8, 8), 100, np.uint8))
    wanted = ImageCms.profileToProfile(
        grey.convert("RGB"), io.BytesIO(_p3_profile()), ImageCms.createProfile("sRGB")
    )
    assert wanted is not None
    photo = open_photo(saved(grey, "PNG", icc_profile=_p3_profile()))
    assert np.array_equal(photo.pixels, np.asarray(wanted))


def test_a_broken_profile_changes_nothing() -> None:
    photo = open_photo(saved(Image.fromarray(scene()), "PNG", icc_profile=b"nonsense"))
    assert np.array_equal(photo.pixels, scene())


def test_cmyk_palette_grey_and_one_bit() -> None:
    image = Image.fromarray(scene())
    assert open_photo(saved(image.convert("CMYK"), "JPEG")).pixels.shape == (64, 96, 3)
    grey = open_photo(saved(image.convert("L"), "PNG")).pixels
    assert np.array_equal(grey[..., 0], np.asarray(image.convert("L")))
    palette = image.quantize(16)
    assert np.array_equal(
        open_photo(saved(palette, "PNG")).pixels, np.asarray(palette.convert("RGB"))
    )
    assert set(np.unique(open_photo(saved(image.convert("1"), "PNG")).pixels)) == {0, 255}


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_is_scaled_not_clipped(kind: str) -> None:
    ramp = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    photo = open_photo(saved(Image.fromarray(ramp), kind))
    assert np.abs(photo.pixels[..., 0].ravel().astype(int) - np.arange(256)).max() <= 1


def test_16_bit_transparency_lies_on_white() -> None:
    grey = np.full((8, 8), 1000, np.uint16)
    grey[:, 4:] = 30_000
    photo = open_photo(saved(Image.fromarray(grey), "PNG", transparency=1000))
    assert (photo.pixels[:, :4] == 255).all()
    assert (photo.pixels[:, 4:] == 117).all()


def test_transparency_lies_on_white() -> None:
    rgba = np.zeros((8, 8, 4), np.uint8)
    rgba[:, 4:, 3] = 255
    photo = open_photo(saved(Image.fromarray(rgba), "PNG"))
    assert (photo.pixels[:, :4] == 255).all()
    assert (photo.pixels[:, 4:] == 0).all()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_gives_its_first_frame_and_says_so(kind: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green", "blue")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    photo = open_photo(data)
    assert photo.facts.frames == 3
    assert np.abs(photo.pixels.astype(int) - (255, 0, 0)).max() < 12
    assert code_of(data, Limits(frames=2)) == "too_large"


def test_strips_and_bitmaps_shrink_too() -> None:
    strip = np.zeros((1, 65_000, 3), np.uint8)
    assert open_photo(encode(strip, "JPEG"), min_pixels=1000).pixels.size > 3000
    dots = saved(Image.fromarray(scene(800, 600)).convert("1"), "PNG")
    assert open_photo(dots, min_pixels=200 * 150).pixels.shape == (150, 200, 3)


def test_min_pixels_decodes_the_smallest_that_still_covers() -> None:
    data = encode(scene(800, 600), "JPEG")
    assert open_photo(data, min_pixels=200 * 150).pixels.shape == (150, 200, 3)
    assert open_photo(data, min_pixels=201 * 151).pixels.shape == (300, 400, 3)
    assert open_photo(data).pixels.shape == (600, 800, 3)
    png = open_photo(encode(scene(800, 600)), min_pixels=250 * 180)
    assert png.pixels.shape == (200, 267, 3)
    assert (png.facts.width, png.facts.height) == (800, 600)


def test_lens_and_camera_come_from_exif() -> None:
    exif = Image.Exif()
    exif[0x0110] = "iPhone 12"
    exif.get_ifd(0x8769)[0xA434] = "iPhone 12 front camera 2.71mm f/2.2"
    facts = open_photo(saved(Image.fromarray(scene()), "JPEG", exif=exif)).facts
    assert (facts.camera, facts.lens) == ("iPhone 12", "iPhone 12 front camera 2.71mm f/2.2")


def test_errors_name_the_file_the_code_and_the_limit(tmp_path: Path) -> None:
    pipe, empty, text = tmp_path / "pipe", tmp_path / "empty.jpg", tmp_path / "text.jpg"
    os.mkfifo(pipe)
    empty.touch()
    text.write_text("not a photo")
    assert code_of(tmp_path / "none.jpg") == "not_found"
    assert code_of(tmp_path) == "not_a_file"
    assert code_of(pipe) == "not_a_file"
    assert code_of("nul\0byte.jpg") == "unreadable"
    assert code_of(empty) == "empty"
    assert code_of(text) == "unsupported"
    with pytest.raises(PhotoError, match=r"text\.jpg: content is none of JPEG, PNG"):
        open_photo(text)
    with pytest.raises(PhotoError, match="96 x 64 is over the limit of 1,000 pixels"):
        open_photo(encode(scene()), limits=Limits(pixels=1000))
    with pytest.raises(PhotoError, match="over the limit of 100 file bytes"):
        open_photo(encode(scene()), limits=Limits(file_bytes=100))


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.jpg"
    path.write_bytes(encode(scene(), "JPEG"))

    def refuse(*_: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)  # chmod would not stop root
    assert code_of(path) == "not_permitted"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000"])
def test_every_cut_of_a_file_is_a_photo_or_a_photo_error(kind: str) -> None:
    data = encode(scene(64, 48), kind)
    codes, messages = set(), set[str]()
    for end in range(1, len(data), max(1, len(data) // 40)):
        try:
            open_photo(data[:end])
        except PhotoError as error:
            codes.add(error.code)
            messages.add(error.message)
    assert {message for message in messages if "content is none of" not in message} <= {
        "the file ends too early",
        "the file header is damaged",
        f"the {kind} data is damaged",
        f"this variant of {kind} is not supported",
    }
    assert codes <= {"truncated", "unreadable", "unsupported"}
    assert codes


def test_a_bomb_is_refused_by_its_header() -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100)))
    with pytest.raises(PhotoError, match="60000 x 60000 is over the limit") as caught:
        open_photo(bomb)
    assert caught.value.code == "too_large"


def test_decoding_ends_at_the_deadline() -> None:
    data = encode(scene(1200, 900), "PNG")
    assert code_of(data, Limits(seconds=0)) == "too_slow"


def test_a_photo_error_survives_a_process_boundary() -> None:
    error = pickle.loads(pickle.dumps(PhotoError("empty", "a.jpg", "the file is empty")))
    assert (error.code, error.path, str(error)) == ("empty", "a.jpg", "a.jpg: the file is empty")


def test_what_decoders_say_is_not_shown() -> None:
    """`SyntaxError: unpack_from requires a buffer ...` means nothing to who has a broken photo."""
    broken = encode(scene(), "PNG")[:20] + b"\xff" * 40
    with pytest.raises(PhotoError) as caught:
        open_photo(broken)
    assert str(caught.value) == "<bytes>: the file header is damaged"
    assert caught.value.__cause__ is not None


def test_the_systems_refusal_has_no_error_number(tmp_path: Path) -> None:
    name = str(tmp_path / ("x" * 300))
    with pytest.raises(PhotoError, match="cannot be read: file name too long") as caught:
        open_photo(name)
    assert "[Errno" not in str(caught.value)

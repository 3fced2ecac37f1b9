"""A camera's RAW -> the picture that is judged: its full-sized preview, else a half-size demosaic.

LibRaw reads it, through rawpy (`pip install 'photoloupe[raw]'`). A call into LibRaw cannot be
stopped: `Limits.pixels` is held against the header before anything is allocated, which bounds its
time and memory, `Limits.seconds` between its steps.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from photoloupe.errors import PhotoError
from photoloupe.media.exposure import read_exposure, read_sequence
from photoloupe.media.facts import Facts, orientation_of, read_exif
from photoloupe.media.formats import open_header
from photoloupe.media.limits import DeadlineFile, Limits, check_pixels
from photoloupe.media.raw_formats import TIFF_STARTS, ends_too_early

RAW_EXTRA = "photoloupe[raw]"
LEAST_SHARE = 1 / 4  # of the sensor's pixels: a smaller preview is no stand-in for the photo,
LEAST_PIXELS = 1_000_000  # nor is one with fewer
TIFF_MARKS = {b"II": b"II*\0", b"MM": b"MM\0*"}
FLIPS = {0: 1, 1: 2, 3: 3, 2: 4, 4: 5, 6: 6, 7: 7, 5: 8}  # of LibRaw -> EXIF orientation
HEAD_BYTES = 2**16  # in which a CR3 holds its EXIF


@dataclass(frozen=True)
class RawContent:
    """A RAW file. kind: one of raw_formats.RAW_FORMATS; data: all its bytes."""

    name: str
    kind: str
    data: bytes
    sha256: str


@dataclass(frozen=True)
class _Sensor:
    """What LibRaw reads in the header. size_wh: of the visible sensor, as stored."""

    size_wh: tuple[int, int]
    orientation: int


def open_raw(raw: RawContent, limits: Limits) -> tuple[Image.Image, int, Facts]:
    """The picture to judge, what is to be done to make it upright (EXIF 1 to 8), and its facts.

    A JPEG preview comes with its header parsed and no pixel decoded, so that it can be drafted.
    Raises PhotoError: `unsupported` if rawpy is not installed or LibRaw does not read this RAW;
    TimeoutError past `limits.seconds`; else what a decoder raises.
    """
    deadline = time.monotonic() + limits.seconds
    rawpy = _library(raw)
    if ends_too_early(raw.data):
        raise PhotoError("truncated", raw.name, "the RAW data ends too early")
    with _reading(rawpy, raw) as file:
        sensor = _sensor(file)
        check_pixels((file.sizes.raw_width, file.sizes.raw_height), raw.name, limits)
        preview = _preview(rawpy, file, raw.name, deadline)
        facts = _facts(raw, sensor, preview)
        if preview is not None and _is_full_sized(preview.size, sensor):
            check_pixels(preview.size, raw.name, limits)
            turn = _turn_of_preview(preview, sensor)
            rendition = _size("embedded preview", preview, turn)
            return preview, turn, replace(facts, rendition=rendition)
        _check_time(deadline)
        picture, rendition = _develop(file, sensor)
        _check_time(deadline)
        return picture, 1, replace(facts, rendition=rendition)


def _library(raw: RawContent) -> Any:
    try:
        import rawpy
    except ImportError as error:
        what = f"a RAW photo ({raw.kind}) needs LibRaw: pip install '{RAW_EXTRA}'"
        raise PhotoError("unsupported", raw.name, what) from error
    return rawpy


@contextmanager
def _reading(rawpy: Any, raw: RawContent) -> Iterator[Any]:
    """An open LibRaw file whose header is parsed; its errors as ours."""
    try:
        with rawpy.RawPy() as file:
            file.open_buffer(io.BytesIO(raw.data))
            yield file
    except (rawpy.LibRawFileUnsupportedError, rawpy.NotSupportedError) as error:
        what = f"LibRaw does not read this RAW ({raw.kind})"
        raise PhotoError("unsupported", raw.name, what) from error
    except (rawpy.LibRawTooBigError, rawpy.LibRawMemPoolOverflowError) as error:
        raise PhotoError("too_large", raw.name, "too large to decode") from error
    except rawpy.LibRawIOError as error:
        raise PhotoError("truncated", raw.name, "the RAW data ends too early") from error
    except rawpy.LibRawError as error:
        raise PhotoError("unreadable", raw.name, "the RAW data is damaged") from error


def _check_time(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError


def _sensor(file: Any) -> _Sensor:
    sizes = file.sizes
    return _Sensor((sizes.width, sizes.height), FLIPS.get(sizes.flip, 1))


# --- the embedded preview ------------------------------------------------------------------------


def _preview(rawpy: Any, file: Any, name: str, deadline: float) -> Image.Image | None:
    """The largest picture that the camera has put into the file; None if it has none, or broken."""
    try:
        found = file.extract_thumb()
        if found.format == rawpy.ThumbFormat.JPEG:
            return open_header(DeadlineFile(found.data, deadline), name)
        return Image.fromarray(found.data)
    except (rawpy.LibRawError, rawpy.NotSupportedError, PhotoError):
        return None
    except (SyntaxError, TypeError, ValueError, OSError, IndexError, KeyError):  # a broken header
        return None


def _is_full_sized(size_wh: tuple[int, int], sensor: _Sensor) -> bool:
    pixels = size_wh[0] * size_wh[1]
    return pixels >= max(LEAST_PIXELS, LEAST_SHARE * sensor.size_wh[0] * sensor.size_wh[1])


def _turn_of_preview(preview: Image.Image, sensor: _Sensor) -> int:
    """Some cameras store the preview as the sensor sees it, some upright, some with own EXIF."""
    own = read_exif(preview)
    turn = orientation_of(own) if 0x0112 in own else sensor.orientation
    is_tall = preview.height > preview.width
    if turn >= 5 and is_tall != (sensor.size_wh[1] > sensor.size_wh[0]):
        return 1  # its axes are swapped already
    return turn


def _size(kind: str, picture: Image.Image, turn: int) -> str:
    width, height = picture.size if turn < 5 else picture.size[::-1]
    return f"{kind}, {width} x {height}"


# --- the sensor's values -------------------------------------------------------------------------


def _develop(file: Any, sensor: _Sensor) -> tuple[Image.Image, str]:
    """Upright sRGB by the camera's white balance, half the sensor's sides if it is a mosaic."""
    pixels = file.postprocess(half_size=True, use_camera_wb=True, output_bps=8)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    is_half = max(picture.size) <= 0.75 * max(sensor.size_wh)
    return picture, _size("half-size demosaic" if is_half else "developed", picture, 1)


# --- facts ---------------------------------------------------------------------------------------


def _facts(raw: RawContent, sensor: _Sensor, preview: Image.Image | None) -> Facts:
    exif = _exif(raw.data)
    fields = read_exposure(exif)
    if preview is not None:  # some RAWs have EXIF in the preview alone
        own = {name: value for name, value in fields.items() if value}
        fields = read_exposure(read_exif(preview)) | own
    width, height = sensor.size_wh if sensor.orientation < 5 else sensor.size_wh[::-1]
    return Facts(
        path=raw.name, sha256=raw.sha256, file_bytes=len(raw.data), format=raw.kind,
        width=width, height=height, orientation=sensor.orientation,
        sequence=read_sequence(exif, None), **fields,
    )  # fmt: skip


def _exif(data: bytes) -> Image.Exif:
    """Of a TIFF-like RAW its own directories, of a CR3 its blocks; empty for others."""
    exif = Image.Exif()
    try:
        if data[:4] in TIFF_STARTS:
            exif.load(data)
        elif data[:2] in TIFF_MARKS:  # RW2 and ORF have marks of their own after the byte order
            exif.load(TIFF_MARKS[data[:2]] + data[4:])
        elif data[4:12] == b"ftypcrx ":
            _load_blocks(exif, data[:HEAD_BYTES])
    except Exception:  # the parser raises many kinds over a block that nobody needs
        return Image.Exif()
    return exif


def _load_blocks(exif: Image.Exif, head: bytes) -> None:
    """A CR3's main, camera and GPS tags are TIFF files of their own, in boxes CMT1, CMT2, CMT4."""
    for mark, ifd in ((b"CMT1", None), (b"CMT2", 0x8769), (b"CMT4", 0x8825)):
        at = head.find(mark)
        if at < 4:
            continue
        block = Image.Exif()
        block.load(head[at + 4 : at - 4 + int.from_bytes(head[at - 4 : at])])
        if ifd is None:
            exif.update(block)
        else:
            exif.get_ifd(ifd).update(block)
            exif[ifd] = 0

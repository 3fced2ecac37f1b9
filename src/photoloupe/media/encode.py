"""A stored picture at another size -> the bytes of a file of the same format and quality.

What its file says stays: EXIF (of a TIFF who, when and with what), XMP, ICC profile, comment. What
the new size makes untrue goes: the embedded thumbnail, the size tags, densities of pixels that are
not square.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

from PIL import ExifTags, Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from photoloupe.errors import PhotoError
from photoloupe.media.facts import Facts, read_exif
from photoloupe.media.formats import ANIMATED

LOSSY = 90  # of 100, for formats whose files do not say at what quality they were saved
SIZE_TAGS = (ExifTags.Base.ImageWidth, ExifTags.Base.ImageLength)
CAMERA_SIZE_TAGS = (ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight)
TIFF_TAGS = (
    ExifTags.Base.ImageDescription, ExifTags.Base.Make, ExifTags.Base.Model,
    ExifTags.Base.Software, ExifTags.Base.DateTime, ExifTags.Base.Artist, ExifTags.Base.Copyright,
)  # fmt: skip
XMP_SIZE = rb"(?:exif:Pixel[XY]Dimension|tiff:Image(?:Width|Length))"
XMP_SIZES = re.compile(
    rb"\s" + XMP_SIZE + rb'\s*=\s*(?:"[^"]*"|\'[^\']*\')|<' + XMP_SIZE + rb">[^<]*</[^>]*>"
)


def reencode(image: ImageFile, size_wh: tuple[int, int], facts: Facts, stored: bytes) -> bytes:
    """The picture at another size, as the bytes of a file like the one it came from.

    size_wh: as stored, before EXIF orientation; facts, stored: of the file, and its bytes.

    Lanczos, in the file's own colours. A JPEG keeps its quantisation tables and subsampling, WebP
    its losslessness; lossy WebP, AVIF and HEIF are saved at quality 90. Of a JPEG with further
    pictures (MPO) the first is kept.
    Raises PhotoError `unwritable` for animations, further pages, and what the format cannot hold.
    """
    if facts.frames > 1 and image.format in (*ANIMATED, "TIFF", "HEIF"):
        raise PhotoError("unwritable", facts.path, f"{facts.frames} frames: a copy keeps only one")
    file = io.BytesIO()
    try:
        options = {**_options(image, facts, stored), **_kept(image)}
        resized = _continuous(image).resize(size_wh, Image.Resampling.LANCZOS)
        resized.info = {}  # savers look here for what they are not given
        resized.save(file, facts.format, **options)
    except Exception as error:  # encoders raise many kinds
        why = f"the {facts.format} encoder cannot save it"
        raise PhotoError("unwritable", facts.path, why) from error
    return file.getvalue()


def _continuous(image: Image.Image) -> Image.Image:
    """The picture in a mode whose numbers can be averaged: no palette, no colour that is clear."""
    if image.mode == "PA" or (
        image.mode in ("1", "L", "P", "RGB") and "transparency" in image.info
    ):
        return image.convert("RGBA")
    plain = {"P": "RGB", "1": "L"}.get(image.mode)
    return image.convert(plain) if plain else image


def _options(image: ImageFile, facts: Facts, stored: bytes) -> dict[str, Any]:
    """The encoder's options that save as the file was saved."""
    if facts.format == "JPEG":
        assert isinstance(image, JpegImageFile)
        found: dict[str, Any] = {"qtables": image.quantization, "optimize": True}
        if (sampling := get_sampling(image)) >= 0:
            found["subsampling"] = sampling
        if image.info.get("progressive"):
            found["progressive"] = True
        return found
    if facts.format == "WEBP":
        return {"lossless": True} if _webp_is_lossless(stored) else {"quality": LOSSY}
    if facts.format == "TIFF":
        return {"compression": image.info.get("compression")}
    return {"quality": LOSSY} if facts.format in ("AVIF", "HEIF") else {}


def _webp_is_lossless(stored: bytes) -> bool:
    """Chunk by chunk: the picture's own is `VP8L` where nothing was lost."""
    start = 12
    while len(head := stored[start : start + 8]) == 8:
        if head[:4] in (b"VP8L", b"VP8 "):
            return head[:4] == b"VP8L"
        length = int.from_bytes(head[4:], "little")
        start += 8 + length + length % 2
    return False


def _kept(image: ImageFile) -> dict[str, Any]:
    """Metadata for the copy."""
    found: dict[str, Any] = {"exif": _exif(image), "icc_profile": image.info.get("icc_profile")}
    if comment := image.info.get("comment"):
        found["comment"] = comment
    if isinstance(xmp := image.info.get("xmp"), bytes):
        found["xmp"] = XMP_SIZES.sub(b"", xmp)
    dpi = image.info.get("dpi")
    if dpi and dpi[0] == dpi[1]:
        found["dpi"] = dpi
    return {key: value for key, value in found.items() if value}


def _exif(image: ImageFile) -> bytes | None:
    """EXIF without sizes; the thumbnail's part is not written back. None where it is broken."""
    exif = read_exif(image)
    try:
        if image.format == "TIFF":  # here the tags describe the file's own layout, too
            return _only(exif, TIFF_TAGS)
        for tag in SIZE_TAGS:
            exif.pop(tag, None)
        for tag in CAMERA_SIZE_TAGS:
            exif.get_ifd(ExifTags.IFD.Exif).pop(tag, None)
        x, y = (exif.get(t) for t in (ExifTags.Base.XResolution, ExifTags.Base.YResolution))
        if x != y:
            for tag in (ExifTags.Base.XResolution, ExifTags.Base.YResolution):
                exif.pop(tag, None)
        return exif.tobytes() if len(exif) else None
    except Exception:  # the parser raises many kinds over a block that nobody needs
        return None


def _only(exif: Image.Exif, tags: Iterable[int]) -> bytes | None:
    kept = Image.Exif()
    kept.update({tag: exif[tag] for tag in tags if tag in exif})
    return kept.tobytes() if len(kept) else None

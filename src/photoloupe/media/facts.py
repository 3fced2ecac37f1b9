"""What a file says of itself, before anybody looks at the picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from PIL import ExifTags, Image

from photoloupe.media.exposure import read_exposure, read_sequence, read_tags
from photoloupe.media.frame_hints import Declared, read_declared


@dataclass(frozen=True)
class Facts:
    """width, height: the file's own size in pixels, upright.

    orientation: EXIF 1..8, what is still to be done to the decoded picture;
    frames: of an animation, of which only the first is used; lens, camera: as EXIF names them;
    taken: by the camera's own clock, with its zone only if EXIF has one, never the file's time;
    focal_length: mm; exposure_time: s; aperture: f-number; iso; exposure_bias: EV; gps: does EXIF
    hold a position; sequence: the camera's id of the burst that the photo is of, if it writes one;
    rendition: of a RAW, what its pixels are: "embedded preview, 6048 x 4024"; transparent: is every
    pixel fully transparent;
    luma_table: a JPEG's 64 quantisation steps for brightness, by rows; declared: about the frame.
    """

    path: str
    sha256: str
    file_bytes: int
    format: str
    width: int
    height: int
    orientation: int = 1
    frames: int = 1
    camera: str | None = None
    lens: str | None = None
    taken: datetime | None = None
    focal_length: float | None = None
    exposure_time: float | None = None
    aperture: float | None = None
    iso: int | None = None
    exposure_bias: float | None = None
    gps: bool = False
    sequence: str | None = None
    rendition: str | None = None
    transparent: bool = False
    luma_table: tuple[int, ...] | None = None
    declared: Declared = field(default_factory=Declared)


def read_facts(image: Image.Image, path: str, sha256: str, file_bytes: int) -> Facts:
    """Facts of a file whose header is parsed. Only a PNG is decoded: its EXIF may come last."""
    exif = read_exif(image)
    orientation = orientation_of(exif)
    if image.format == "TIFF":
        orientation = 1  # Pillow turns a TIFF itself, and gives its upright size from the start
    width, height = image.size if orientation < 5 else image.size[::-1]
    return Facts(
        path=path,
        sha256=sha256,
        file_bytes=file_bytes,
        format="JPEG" if image.format == "MPO" else str(image.format),
        width=width,
        height=height,
        orientation=orientation,
        frames=getattr(image, "n_frames", 1),
        luma_table=_luma_table(image),
        declared=read_declared(image, exif, (width, height), turned=orientation >= 5),
        sequence=read_sequence(exif, image.info.get("xmp")),
        **read_exposure(exif),
    )


def _luma_table(image: Image.Image) -> tuple[int, ...] | None:
    table = getattr(image, "quantization", {}).get(0, ())
    return tuple(table) if len(table) == 64 else None


def read_exif(image: Image.Image) -> Image.Exif:
    """The file's EXIF; an empty one if the block is broken, for a photo can do without."""
    try:
        return image.getexif()
    except Exception:  # the parser raises many kinds over a block that nobody needs
        return Image.Exif()


def orientation_of(exif: Image.Exif) -> int:
    """EXIF orientation, 1 to 8; 1 if it is absent or broken."""
    found = read_tags(exif).get(ExifTags.Base.Orientation)
    return found if isinstance(found, int) and 1 <= found <= 8 else 1

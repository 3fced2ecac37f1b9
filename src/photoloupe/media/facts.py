"""What a file says of itself, before anybody looks at the picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from PIL import ExifTags, Image

from photoloupe.media.frame_hints import Declared, read_declared


@dataclass(frozen=True)
class Facts:
    """width, height: the file's own size in pixels, upright.

    orientation: EXIF 1..8, what is still to be done to the decoded picture;
    frames: of an animation, of which only the first is used; lens, camera: as EXIF names them;
    taken: by the camera's own clock, to the second;
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
    luma_table: tuple[int, ...] | None = None
    declared: Declared = field(default_factory=Declared)


def read_facts(image: Image.Image, path: str, sha256: str, file_bytes: int) -> Facts:
    """Facts of a file whose header is parsed. Only a PNG is decoded: its EXIF may come last."""
    exif = read_exif(image)
    tags = _tags(exif)
    said = tags.get(ExifTags.Base.Orientation)
    orientation = said if isinstance(said, int) and 1 <= said <= 8 else 1
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
        camera=_text(tags.get(ExifTags.Base.Model)),
        lens=_text(tags.get(ExifTags.Base.LensModel)),
        taken=_time(tags.get(ExifTags.Base.DateTimeOriginal)),
        luma_table=_luma_table(image),
        declared=read_declared(image, exif, (width, height), turned=orientation >= 5),
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


def _tags(exif: Image.Exif) -> dict[int, object]:
    """Main and camera tags together."""
    try:
        return {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    except Exception:
        return {}


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return "".join(c for c in value if c.isprintable()).strip()[:200] or None


def _time(value: object) -> datetime | None:
    """EXIF writes `2026:07:14 18:03:59`; a camera whose clock is not set writes noughts."""
    try:
        return datetime.strptime(str(value), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None

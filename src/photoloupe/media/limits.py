"""What one photo may cost, and the errors of photos that cost more."""

from __future__ import annotations

from dataclasses import dataclass

from photoloupe.errors import PhotoError


@dataclass(frozen=True)
class Limits:
    """What one photo may cost. The defaults fit any camera and stop decompression bombs.

    seconds: checked whenever a decoder asks for more bytes; WebP, AVIF, HEIF, JPEG 2000 and
    compressed TIFF take theirs at once, so only `pixels` bounds them.
    """

    file_bytes: int = 512 * 2**20
    pixels: int = 200_000_000
    frames: int = 10_000
    seconds: float = 30.0


DEFAULT_LIMITS = Limits()


def too_many_bytes(name: str, most: int) -> PhotoError:
    """The error of a file that is over `Limits.file_bytes`."""
    return PhotoError("too_large", name, f"over the limit of {most:,} file bytes")


def check_pixels(size_wh: tuple[int, int], name: str, limits: Limits) -> None:
    """Raises PhotoError `too_large` for a picture over `Limits.pixels`."""
    width, height = size_wh
    if width * height > limits.pixels:
        raise PhotoError(
            "too_large", name, f"{width} x {height} is over the limit of {limits.pixels:,} pixels"
        )

"""What one photo may cost, and the errors of photos that cost more."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass

from photoloupe.errors import PhotoError


@dataclass(frozen=True)
class Limits:
    """What one photo may cost. The defaults fit any camera and stop decompression bombs.

    seconds: checked whenever a decoder asks for more bytes; WebP, AVIF, HEIF, JPEG 2000 and
    compressed TIFF take theirs at once, so only `pixels` bounds them. Of a RAW it is checked
    between the steps of LibRaw, each of which `pixels` (of the sensor) bounds.
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


class DeadlineFile(io.BytesIO):
    """Bytes that stop flowing at a deadline, which ends any decoder that reads as it goes."""

    def __init__(self, data: bytes, deadline: float) -> None:
        """deadline: by time.monotonic(), in seconds."""
        super().__init__(data)
        self.deadline = deadline

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file. Raises TimeoutError past the deadline."""
        if time.monotonic() > self.deadline:
            raise TimeoutError
        return super().read(size)

"""Pictures that a program holds already: Pillow images and uint8 arrays."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from threading import Lock
from typing import Any

import numpy as np
from PIL import Image

from photoloupe.arrays import Pixels
from photoloupe.errors import PhotoError
from photoloupe.media.facts import Facts, read_facts
from photoloupe.media.limits import Limits, check_pixels

ARRAY, IMAGE = "<array>", "<image>"  # what a picture without a file name is called
# An image that Pillow has not decoded yet breaks if two threads decode it together.
_LOADING = [Lock() for _ in range(64)]


def read_picture(picture: Image.Image | Pixels, limits: Limits) -> tuple[Image.Image, Facts]:
    """A decoded Pillow image, as it is stored, and its facts.

    picture: a Pillow image, or a uint8 array, (H, W, 3) in sRGB or (H, W) grey. Its sha256 is of
    mode, size and pixels, not of a file. Raises PhotoError for another array (`wrong_type`) and a
    picture over `limits.pixels` (`too_large`), else what Pillow raises for a broken image.
    """
    if isinstance(picture, Image.Image):
        name, image, kind = picture_name(picture), picture, picture.format or "image"
    else:
        name, image, kind = ARRAY, _image_of(picture), "array"
    check_pixels(image.size, name, limits)
    with _LOADING[id(image) // 64 % len(_LOADING)]:
        image.load()
    data = image.tobytes()
    facts = read_facts(image, name, _sha256(image, data), len(data))
    return image, replace(facts, format=kind if kind != "MPO" else "JPEG")


def picture_name(picture: Image.Image | Pixels) -> str:
    """The file that Pillow opened the image from, else `<image>`; `<array>` of any shape (...,)."""
    if not isinstance(picture, Image.Image):
        return ARRAY
    return str(getattr(picture, "filename", "") or IMAGE)


def _image_of(array: Any) -> Image.Image:
    shape = array.shape
    if array.dtype != np.uint8 or (shape[2:] not in ((), (3,)) or len(shape) < 2) or 0 in shape:
        what = f"array of {array.dtype} {shape}: not uint8 (H, W, 3) or (H, W)"
        raise PhotoError("wrong_type", ARRAY, what)
    return Image.fromarray(np.ascontiguousarray(array))


def _sha256(image: Image.Image, data: bytes) -> str:
    digest = hashlib.sha256(f"{image.mode} {image.width} x {image.height} ".encode())
    digest.update(data)
    return digest.hexdigest()

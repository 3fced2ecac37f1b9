"""Any Pillow image -> 8-bit sRGB RGB: 16-bit scaled, ICC applied, transparency laid on white."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

SRGB = ImageCms.createProfile("sRGB")
SRGB_NAMES = ("sRGB", "sRGB IEC61966-2.1", "sRGB built-in")  # of profiles that change nothing
PROFILE_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")
STRIP_ROWS = 256


def to_srgb(image: Image.Image, factor: int = 1) -> Image.Image:
    """Convert to mode RGB, first shrinking both sides `factor` times."""
    profile = image.info.get("icc_profile")
    image = _to_8_bit(image)
    if image.mode == "P" or (image.mode in ("1", "L", "RGB") and "transparency" in image.info):
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "1":
        image = image.convert("L")
    if factor > 1:
        image = image.reduce(factor)
    if image.mode in ALPHA:
        image = _on_white(image)
    if profile:
        image = _apply_profile(image, profile)
    return image if image.mode == "RGB" else image.convert("RGB")


def is_transparent(image: Image.Image) -> bool:
    """Is every pixel of a decoded image fully transparent?"""
    if image.mode in ALPHA:
        return bool(image.getchannel(image.getbands()[-1]).getextrema()[1] == 0)
    if image.mode == "P" and "transparency" in image.info:
        return bool(image.convert("RGBA").getchannel("A").getextrema()[1] == 0)
    return False


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Modes with more than 8 bits -> L, scaled by their full range, not clipped.

    32-bit integers are 16-bit samples unless larger values occur; floats span 0..1 unless larger.
    """
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.asarray(image)
    small = np.empty(values.shape, np.uint8)
    full = _full_range(values)
    # In strips: a float64 copy of all would take eight times as much as the result.
    for top in range(0, len(values), STRIP_ROWS):
        strip = np.nan_to_num(values[top : top + STRIP_ROWS].astype(np.float64), posinf=full)
        small[top : top + STRIP_ROWS] = np.clip(np.rint(strip * (255 / full)), 0, 255)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        small[values == transparent] = 255
    return Image.fromarray(small)


def _full_range(values: npt.NDArray[Any]) -> float:
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    top = float(finite.max(initial=0))
    if values.dtype.kind == "f":
        return max(1.0, top)
    return 65535.0 if top <= 65535 else 2.0**31 - 1


def _on_white(image: Image.Image) -> Image.Image:
    mode = "L" if image.mode in ("LA", "La") else "RGB"
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert(mode)


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours as the embedded profile means them; a broken or unfit profile changes nothing."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if ImageCms.getProfileDescription(source).strip() in SRGB_NAMES:
            return image
        mode = PROFILE_MODES.get(source.profile.xcolor_space)
        if image.mode == "L" and mode == "RGB":
            image = image.convert("RGB")
        if image.mode != mode:
            return image
        converted = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted if converted is not None else image

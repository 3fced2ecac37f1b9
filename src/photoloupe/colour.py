"""Any Pillow image -> 8-bit sRGB RGB: 16-bit scaled, ICC applied, transparency laid on white."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

SRGB = ImageCms.createProfile("sRGB")
ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")


def to_srgb(image: Image.Image, factor: int = 1) -> Image.Image:
    """Convert to mode RGB, first shrinking both sides `factor` times."""
    profile = image.info.get("icc_profile")
    image = _to_8_bit(image)
    if image.mode == "P" or (image.mode in ("1", "L", "RGB") and "transparency" in image.info):
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if factor > 1:
        image = image.reduce(factor)
    if image.mode in ALPHA:
        image = _on_white(image)
    if profile:
        image = _apply_profile(image, profile)
    return image if image.mode == "RGB" else image.convert("RGB")


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Modes with more than 8 bits -> L, scaled by their full range, not clipped.

    32-bit integers are 16-bit samples unless larger values occur; floats span 0..1 unless larger.
    """
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.nan_to_num(np.asarray(image, np.float64), posinf=0, neginf=0)
    top = float(values.max(initial=0))
    full = 65535.0 if top <= 65535 else 2.0**31 - 1
    if image.mode == "F":
        full = max(1.0, top)
    return Image.fromarray(np.clip(np.rint(values * (255 / full)), 0, 255).astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours as the embedded profile means them; a broken or unfit profile changes nothing."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        converted = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted if converted is not None else image

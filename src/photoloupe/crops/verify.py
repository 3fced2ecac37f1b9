"""Do the pixels agree? Another photo of the scene fits in places, a crop in every block."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from photoloupe.arrays import Bools, Float32, Pixels
from photoloupe.crops.noise import FINE, expected_noise
from photoloupe.crops.patches import MOST_PIXELS, Patches, pixels_inside
from photoloupe.crops.placement import Placement
from photoloupe.crops.resample import blur, resample, shrink
from photoloupe.crops.tone import fit_tone

FLAT = 1.5  # grey levels: a block with less contrast than this says nothing
CLEAR = 2.0  # nor does one with less contrast than so many times its noise
TONE_NOISE = 0.12  # of a change of tones: it acts on colours, of which grey is only the sum
FITS, ODD = 2.0, 4.0  # times the noise: a block up to the first fits, from the second is covered
LEAST_NCC = 0.5  # a block that correlates less is covered, whatever its noise

Tables = tuple[tuple[int, ...] | None, tuple[int, ...] | None]


@dataclass(frozen=True)
class Agreement:
    """How well a crop fits its region, after one tone curve for all of it.

    fine: NCC, -1 to 1, of the detail finer than about 4 px. residual: what differs, in units of the
    noise that the files' compression explains (1: no more than that); detail: the same of the fine
    detail alone. textured: number of blocks with texture. odd: share of all blocks that
    disagree; between: share that neither disagree nor fit. tone: mean change by the curve, in grey
    levels.
    """

    fine: float
    residual: float
    detail: float
    textured: int
    odd: float
    between: float
    tone: float


@dataclass(frozen=True)
class Blocks:
    """Measures of N square blocks of the crop, (N,) float32 each; `fine` is (3, N).

    ncc: -1 to 1, 0 where crop or region is flat; contrast: standard deviation, grey levels;
    residual: root mean square difference, grey levels; fine: means of the products a * b, a * a,
    b * b of the fine detail.
    """

    ncc: Float32
    contrast: Float32
    residual: Float32
    fine: Float32

    def only(self, kept: Bools) -> Blocks:
        """The blocks where `kept`, (N,) bool, is true."""
        return Blocks(self.ncc[kept], self.contrast[kept], self.residual[kept], self.fine[:, kept])


def measure_agreement(
    patches: Patches, placement: Placement, tables: Tables
) -> tuple[Agreement, Agreement]:
    """Agreement over all of the crop, and over the blocks that nothing seems to cover.

    placement: of `patches.crop` in `patches.region`; tables: luminance quantisation of the crop's
    and the source's file, None where it is no JPEG.
    """
    region = blur(resample(patches.region, placement, patches.crop.shape), 1.0)
    crop = blur(patches.crop, 1.0)
    inside = pixels_inside(patches, placement)
    curve = fit_tone(region, crop, inside)
    tone = curve.change
    blocks = _blocks(crop, curve.apply(region), inside)
    shrinks = (patches.crop_xy[0], patches.source_xy[0])
    noise = np.hypot(expected_noise(blocks.contrast, tables, shrinks), TONE_NOISE * tone)
    textured = blocks.contrast >= np.maximum(FLAT, CLEAR * noise)
    count = max(1, len(textured))
    blocks, noise = blocks.only(textured), noise[textured]
    noises = np.stack([noise, expected_noise(blocks.contrast, tables, shrinks, fine=True)])
    odd = (blocks.residual > ODD * noise) | (blocks.ncc < LEAST_NCC)
    between = ~odd & (blocks.residual > FITS * noise)
    shares = float(odd.sum()) / count, float(between.sum()) / count
    everything = np.ones_like(odd)
    return (
        _summary(blocks, noises, everything, shares, tone),
        _summary(blocks, noises, ~odd, shares, tone),
    )


def _blocks(crop: Float32, region: Float32, inside: Bools) -> Blocks:
    side = block_side(crop.shape)
    a, b = crop - crop.mean(), region - crop.mean()
    fine_a, fine_b = a - blur(a, FINE), b - blur(b, FINE)
    layers = (a, b, a * a, b * b, a * b, fine_a * fine_b, fine_a**2, fine_b**2, inside)
    means = np.stack([_block_means(np.asarray(layer, np.float32), side) for layer in layers])
    means = means[:-1, means[-1] > 0.999]
    mean_a, mean_b, aa, bb, ab, *fine = means
    var_a, var_b = np.maximum(aa - mean_a**2, 0), np.maximum(bb - mean_b**2, 0)
    covariance = ab - mean_a * mean_b
    contrast = np.sqrt(np.maximum(var_a, var_b))
    one_is_flat = np.minimum(var_a, var_b) < 1e-3 * np.maximum(var_a, var_b)
    ncc = np.where(one_is_flat, 0, covariance / np.maximum(np.sqrt(var_a * var_b), 1e-6))
    residual = np.sqrt(np.maximum(aa + bb - 2 * ab, 0))
    return Blocks(ncc, contrast, residual, np.stack(fine))


def block_side(shape_hw: tuple[int, ...]) -> int:
    """Side of a block, 8 to 32 px, for a picture of that shape."""
    return int(np.clip(min(shape_hw) // 6, 8, 32))


def _block_means(image: Float32, side: int) -> Float32:
    """Means over squares of `side`, in a grid centred on the picture, (N,)."""
    rows, columns = image.shape[0] // side, image.shape[1] // side
    top, left = (image.shape[0] - rows * side) // 2, (image.shape[1] - columns * side) // 2
    part = image[top : top + rows * side, left : left + columns * side]
    means = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float32).ravel()


def _summary(
    blocks: Blocks, noises: Float32, kept: Bools, shares: tuple[float, float], tone: float
) -> Agreement:
    if not kept.any():
        return Agreement(0.0, 99.0, 99.0, 0, *shares, tone)
    ab, aa, bb = fine = blocks.fine[:, kept]
    left = np.stack([blocks.residual[kept] ** 2, np.maximum(aa + bb - 2 * ab, 0)])
    residual, detail = np.sqrt((left / noises[:, kept] ** 2).mean(1)).tolist()
    ab, aa, bb = fine.sum(1)
    return Agreement(
        fine=float(ab / max(float(np.sqrt(aa * bb)), 1e-6)),
        residual=residual,
        detail=detail,
        textured=int(kept.sum()),
        odd=shares[0],
        between=shares[1],
        tone=tone,
    )


def count_textured_blocks(grey: Pixels) -> int:
    """Number of blocks of an (H, W) uint8 picture that have enough contrast to be compared."""
    factor = max(1.0, (grey.size / MOST_PIXELS) ** 0.5)
    small = blur(shrink(grey, factor, factor)[0], 1.0)
    side = block_side(small.shape)
    variance = _block_means(small * small, side) - _block_means(small, side) ** 2
    return int((variance >= FLAT**2).sum())

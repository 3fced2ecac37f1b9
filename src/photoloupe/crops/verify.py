"""Do the pixels agree? A photo of the same scene fits here and there, a crop everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from photoloupe.arrays import Bools, Float32, Pixels
from photoloupe.crops.noise import FINE, expected_noise
from photoloupe.crops.patches import MOST_PIXELS, Look, blurred, pixels_inside, resample, shrunk
from photoloupe.crops.placement import Placement
from photoloupe.crops.tone import fit_tone

FLAT = 1.5  # grey levels: a block with less contrast than this says nothing
CLEAR = 2.0  # nor does one with less than so many times its noise
TONE_NOISE = 0.12  # of a change of tones: it acts on colours, of which grey is only the sum
FITS, ODD = 2.0, 4.0  # times the noise: a block up to the first fits, from the second is covered

Tables = tuple[tuple[int, ...] | None, tuple[int, ...] | None]


@dataclass(frozen=True)
class Agreement:
    """How a crop fits the region it is said to come from, after one tone curve for all of it.

    fine: NCC of the detail finer than about 4 px. residual: what is left over, in units of the
    noise that the files' compression explains (1: just that); detail: the same of the fine detail
    alone. textured: number of blocks with texture; odd: share of all blocks that disagree, between:
    that neither do nor fit; tone: mean change of grey levels by the curve.
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
    """Of each block, (N,) float32; ncc is 0 where one side is flat."""

    ncc: Float32
    contrast: Float32
    residual: Float32
    fine: Float32  # (3, N): products of fine detail a*b, a*a, b*b

    def only(self, kept: Bools) -> Blocks:
        return Blocks(self.ncc[kept], self.contrast[kept], self.residual[kept], self.fine[:, kept])


def agreement(look: Look, placement: Placement, tables: Tables) -> tuple[Agreement, Agreement]:
    """Over all of the crop, and over all but the blocks that something seems to cover."""
    seen = blurred(resample(look.region, placement, look.wanted.shape), 1.0)
    wanted = blurred(look.wanted, 1.0)
    inside = pixels_inside(look, placement)
    curve = fit_tone(seen, wanted, inside)
    tone = curve.change
    blocks = _blocks(wanted, curve.apply(seen), inside)
    shrinks = (look.crop_xy[0], look.source_xy[0])
    noise = np.hypot(expected_noise(blocks.contrast, tables, shrinks), TONE_NOISE * tone)
    told = blocks.contrast >= np.maximum(FLAT, CLEAR * noise)
    shares_of = max(1, len(told))
    blocks, noise = blocks.only(told), noise[told]
    noises = np.stack([noise, expected_noise(blocks.contrast, tables, shrinks, fine=True)])
    odd = (blocks.residual > ODD * noise) | (blocks.ncc < 0.5)
    between = ~odd & (blocks.residual > FITS * noise)
    shares = float(odd.sum()) / shares_of, float(between.sum()) / shares_of
    everything = np.ones_like(odd)
    return (
        _summary(blocks, noises, everything, shares, tone),
        _summary(blocks, noises, ~odd, shares, tone),
    )


def _blocks(wanted: Float32, seen: Float32, inside: Bools) -> Blocks:
    side = block_side(wanted.shape)
    a, b = wanted - wanted.mean(), seen - wanted.mean()
    fine_a, fine_b = a - blurred(a, FINE), b - blurred(b, FINE)
    layers = (a, b, a * a, b * b, a * b, fine_a * fine_b, fine_a**2, fine_b**2, inside)
    means = np.stack([_block_means(np.asarray(layer, np.float32), side) for layer in layers])
    means = means[:-1, means[-1] > 0.999]
    mean_a, mean_b, aa, bb, ab, *fine = means
    var_a, var_b = np.maximum(aa - mean_a**2, 0), np.maximum(bb - mean_b**2, 0)
    covariance = ab - mean_a * mean_b
    contrast = np.sqrt(np.maximum(var_a, var_b))
    flat_beside = np.minimum(var_a, var_b) < 1e-3 * np.maximum(var_a, var_b)
    ncc = np.where(flat_beside, 0, covariance / np.maximum(np.sqrt(var_a * var_b), 1e-6))
    residual = np.sqrt(np.maximum(aa + bb - 2 * ab, 0))
    return Blocks(ncc, contrast, residual, np.stack(fine))


def block_side(shape_hw: tuple[int, ...]) -> int:
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


def count_textured(grey: Pixels) -> int:
    """Blocks of a picture that have enough contrast to be compared."""
    shrink = max(1.0, (grey.size / MOST_PIXELS) ** 0.5)
    small = blurred(shrunk(grey, shrink, shrink)[0], 1.0)
    side = block_side(small.shape)
    variance = _block_means(small * small, side) - _block_means(small, side) ** 2
    return int((variance >= FLAT**2).sum())

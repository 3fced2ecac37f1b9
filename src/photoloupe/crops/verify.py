"""Do the pixels agree? A photo of the same scene fits here and there, a crop everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photoloupe.crops.features import Float32
from photoloupe.crops.look import MOST_PIXELS, Look, blurred, resample, shrunk
from photoloupe.crops.noise import expected_noise
from photoloupe.crops.placement import Placement
from photoloupe.views import Pixels

FLAT = 2.5  # grey levels: a block with less contrast than this says nothing
TONES = 16  # knots of the tone curve

Bools = npt.NDArray[np.bool_]
Tables = tuple[tuple[int, ...] | None, tuple[int, ...] | None]


@dataclass(frozen=True)
class Agreement:
    """How a crop fits the region it is said to come from, after one tone curve for all of it.

    Correlations (NCC, -1 to 1): whole: all blocks together; blocks: mean over blocks with texture,
    by contrast; worst: their 10 % quantile; fine: detail finer than about 4 px.
    residual: what is left over, in units of the noise that the files' compression explains (1:
    just that); textured: number of blocks with texture; odd: share of the blocks that disagree;
    tone: mean change of grey levels by the curve.
    """

    whole: float
    blocks: float
    worst: float
    fine: float
    residual: float
    textured: int
    odd: float
    tone: float


@dataclass(frozen=True)
class Blocks:
    """Sums over each block with texture, (N,) float32; rim: lies at the crop's edge."""

    ncc: Float32
    contrast: Float32
    residual: Float32
    fine: Float32  # (3, N): products of fine detail a*b, a*a, b*b


def agreement(look: Look, placement: Placement, tables: Tables) -> tuple[Agreement, Agreement]:
    """Over all of the crop, and over all but the blocks that something seems to cover."""
    seen = blurred(resample(look.region, placement, look.wanted.shape), 1.0)
    wanted = blurred(look.wanted, 1.0)
    inside = _inside(look.region.shape, placement, look.wanted.shape)
    toned, tone = fit_tone(seen, wanted, inside)
    blocks = _blocks(wanted, toned, inside)
    shrinks = (look.crop_xy[0], look.source_xy[0])
    noise = expected_noise(blocks.contrast, tables, shrinks)
    odd = (blocks.residual > 4 * noise) | (blocks.ncc < 0.5)
    share = float(odd.mean()) if len(odd) else 0.0
    return _summary(blocks, noise, ~np.zeros_like(odd), share, tone), _summary(
        blocks, noise, ~odd, share, tone
    )


def _inside(region_hw: tuple[int, ...], p: Placement, shape_hw: tuple[int, ...]) -> Bools:
    """(h, w): which of the crop's pixels the region really shows."""
    v, u = np.indices(shape_hw, np.float32)
    x, y = (row[0] * u + row[1] * v + row[2] for row in p.matrix.astype(np.float32))
    return np.asarray(
        (x > -0.75) & (y > -0.75) & (x < region_hw[1] - 0.25) & (y < region_hw[0] - 0.25)
    )


def fit_tone(seen: Float32, wanted: Float32, inside: Bools) -> tuple[Float32, float]:
    """The monotone curve that carries most of `seen` onto `wanted`: `seen` through it, its size.

    Medians of sixteen equal parts, so that what covers a few pixels does not bend it.
    """
    few = max(1, seen.size // 15_000)
    a, b = seen[inside][::few], wanted[inside][::few]
    order = np.argsort(a, kind="stable")
    parts = [part for part in np.array_split(order, TONES) if len(part)]
    if len(parts) < 2:
        return seen, 0.0
    knots = np.array([np.median(a[part]) for part in parts])
    values = np.maximum.accumulate([np.median(b[part]) for part in parts])
    keep = np.concatenate([[True], np.diff(knots) > 0.5])
    knots, values = knots[keep], values[keep]
    if len(knots) < 2:
        return seen - float(knots[0] - values[0]), float(abs(knots[0] - values[0]))
    low, high = (
        (values[i + 1] - values[i]) / (knots[i + 1] - knots[i]) for i in (0, len(knots) - 2)
    )
    curve = np.interp(seen, knots, values)
    curve += low * np.minimum(seen - knots[0], 0) + high * np.maximum(seen - knots[-1], 0)
    return curve.astype(np.float32), float(np.abs(values - knots).mean())


def _blocks(wanted: Float32, seen: Float32, inside: Bools) -> Blocks:
    side = block_side(wanted.shape)
    a, b = wanted - wanted.mean(), seen - wanted.mean()
    fine_a, fine_b = a - blurred(a, 4.0), b - blurred(b, 4.0)
    layers = (a, b, a * a, b * b, a * b, fine_a * fine_b, fine_a**2, fine_b**2, inside)
    means = np.stack([_block_means(np.asarray(layer, np.float32), side) for layer in layers])
    means = means[:-1, means[-1] > 0.999]
    mean_a, mean_b, aa, bb, ab, *fine = means
    var_a, var_b = np.maximum(aa - mean_a**2, 0), np.maximum(bb - mean_b**2, 0)
    covariance = ab - mean_a * mean_b
    contrast = np.sqrt(np.maximum(var_a, var_b))
    with_texture = contrast >= FLAT
    flat_beside = np.minimum(var_a, var_b) < 1e-3 * np.maximum(var_a, var_b)
    ncc = np.where(flat_beside, 0, covariance / np.maximum(np.sqrt(var_a * var_b), 1e-6))
    residual = np.sqrt(np.maximum(aa + bb - 2 * ab, 0))
    return Blocks(
        ncc[with_texture], contrast[with_texture], residual[with_texture],
        np.stack(fine)[:, with_texture],
    )  # fmt: skip


def block_side(shape_hw: tuple[int, ...]) -> int:
    return int(np.clip(min(shape_hw) // 6, 8, 32))


def _block_means(image: Float32, side: int) -> Float32:
    """Means over squares of `side`, in a grid centred on the picture, (N,)."""
    rows, columns = image.shape[0] // side, image.shape[1] // side
    top, left = (image.shape[0] - rows * side) // 2, (image.shape[1] - columns * side) // 2
    part = image[top : top + rows * side, left : left + columns * side]
    return np.asarray(part.reshape(rows, side, columns, side).mean((1, 3)).ravel(), np.float32)


def _summary(blocks: Blocks, noise: Float32, kept: Bools, odd: float, tone: float) -> Agreement:
    ncc, contrast = blocks.ncc[kept], blocks.contrast[kept]
    if not len(ncc):
        return Agreement(0.0, 0.0, 0.0, 0.0, 99.0, 0, odd, tone)
    ab, aa, bb = blocks.fine[:, kept].sum(1)
    weight = np.minimum(contrast, 25)
    residual = blocks.residual[kept] / noise[kept]
    power = contrast**2
    whole = 1 - (blocks.residual[kept] ** 2).sum() / max(float(power.sum()), 1e-6)
    return Agreement(
        whole=float(whole),
        blocks=float(np.average(ncc, weights=weight)),
        worst=float(np.quantile(ncc, 0.1)),
        fine=float(ab / max(float(np.sqrt(aa * bb)), 1e-6)),
        residual=float(np.sqrt((residual**2).mean())),
        textured=len(ncc),
        odd=odd,
        tone=tone,
    )


def count_textured(grey: Pixels) -> int:
    """Blocks of a picture that have enough contrast to be compared."""
    shrink = max(1.0, (grey.size / MOST_PIXELS) ** 0.5)
    small = blurred(shrunk(grey, shrink, shrink)[0], 1.0)
    side = block_side(small.shape)
    variance = _block_means(small * small, side) - _block_means(small, side) ** 2
    return int((variance >= FLAT**2).sum())

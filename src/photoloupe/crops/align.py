"""Refine a placement on the pixels: scales, shift and turn to a few hundredths of a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from photoloupe.arrays import Float32
from photoloupe.crops.patches import Patches
from photoloupe.crops.placement import Float64, Placement
from photoloupe.crops.resample import blur


class Level(NamedTuple):
    """One resolution of the fit.

    shrink: factor by which both patches are shrunk; rounds: most steps; still: px, a step of less
    has arrived. least: NCC, of pixels weighed by how well they fit, without which it is hopeless.
    Of 2,091 true placements, covered and recoloured ones too, none left the coarse levels below
    .94; of false ones half did.
    """

    shrink: float
    rounds: int
    still: float
    least: float


COARSE = (Level(3.0, 8, 0.15, 0.3), Level(1.0, 8, 0.05, 0.92))
FINE = (Level(1.0, 5, 0.01, 0.6),)
LEAST_SHORT_SIDE = 16  # px: a shrunk picture with less is skipped
MOST_SAMPLES = 80 * 80  # pixels that enter the fit; more gain nothing
EDGE = 2  # px of the crop's rim left out: there its blur lacks neighbours that the source has
LEAST_SAMPLES = 64
REWEIGHTINGS = 3  # times that gain, offset and weights are settled in turns
# How much the scales are held together, as a share of what the pixels say. Free ones hardly, only
# where one is not determined, as along a straight edge; others all but for the rounding of a crop's
# sides.
FREE_EVEN, EVEN, EVENNESS = 3e-4, 1.0, np.array([0.0, 0.0, 1.0, -1.0, 0.0])
FAR = 10.0  # px: a step this long has lost its way
UPRIGHT = 0.003  # radians: less turn than this is none, and is fitted no further


def align(
    patches: Patches, levels: tuple[Level, ...] = COARSE, *, free: bool = True
) -> Placement | None:
    """Gauss-Newton on the five unknowns of a placement, at each level from where it got to.

    Returns the placement of `patches.crop` in `patches.region`; None if the two do not look alike
    at all. free: the crop may be squeezed and turned; else one scale and no turn. Brightness and
    contrast may differ (the crop is modelled as gain * region + offset), and pixels that fit badly
    weigh little.
    """
    here = patches.start if free else _turned_back(patches.start, patches.crop.shape)
    upright = not free or (here.turn == 0 and levels == FINE)
    even = FREE_EVEN if free else EVEN
    for level in levels:
        if level.shrink > 1 and min(patches.crop.shape) / level.shrink < LEAST_SHORT_SIDE:
            continue
        crop, crop_xy = _shrink_soft(patches.crop, level.shrink)
        region, region_xy = _shrink_soft(patches.region, level.shrink)
        start = here.regrid(crop_xy, region_xy)
        fitted = _fit(crop, region, start, level, _Freedom(4 if upright else 5, even))
        if fitted is None:
            return None
        back = (1 / crop_xy[0], 1 / crop_xy[1]), (1 / region_xy[0], 1 / region_xy[1])
        here = fitted.regrid(*back)
        upright = not free or abs(here.turn) < UPRIGHT
        if upright:
            here = _turned_back(here, patches.crop.shape)
    return here


def _shrink_soft(image: Float32, shrink: float) -> tuple[Float32, tuple[float, float]]:
    height, width = image.shape
    if shrink > 1:
        size_wh = (max(1, round(width / shrink)), max(1, round(height / shrink)))
        image = np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), np.float32)
    return blur(image, 0.8), (width / image.shape[1], height / image.shape[0])


def _turned_back(p: Placement, shape_hw: tuple[int, ...]) -> Placement:
    """The same without its turn, about the middle of the crop."""
    u, v = (shape_hw[1] - 1) / 2, (shape_hw[0] - 1) / 2
    x, y = p.matrix @ (u, v, 1.0)
    return Placement(p.scale_x, p.scale_y, float(x) - p.scale_x * u, float(y) - p.scale_y * v)


@dataclass(frozen=True)
class _Freedom:
    """unknowns: 5, or 4 without a turn; even: how much the two scales are held together."""

    unknowns: int
    even: float


@dataclass(frozen=True)
class Samples:
    """N pixels of the crop that enter the fit.

    values: (N,) float32 grey levels; at: (3, N), their u, v and 1; centred: (2, N), u and v from
    `middle`, about which scales and turn change; shape_hw: of the grid that they form.
    """

    values: Float32
    at: Float32
    centred: Float32
    middle: tuple[float, float]
    shape_hw: tuple[int, ...]

    @property
    def reach(self) -> float:
        """How far the outermost pixel lies from the middle, px."""
        return float(self.centred.max())


def _samples(crop: Float32) -> Samples:
    step = max(1, round((crop.size / MOST_SAMPLES) ** 0.5))
    target = crop[EDGE:-EDGE:step, EDGE:-EDGE:step]
    v, u = (axis.ravel().astype(np.float32) * step + EDGE for axis in np.indices(target.shape))
    middle = float(u.mean()), float(v.mean())
    centred = np.stack([u - middle[0], v - middle[1]])
    return Samples(target.ravel(), np.stack([u, v, np.ones_like(u)]), centred, middle, target.shape)


def _fit(
    crop: Float32, region: Float32, start: Placement, level: Level, freedom: _Freedom
) -> Placement | None:
    """The placement with the best correlation met on the way; None if that is hopeless."""
    samples, stack = _samples(crop), _with_slopes(region)
    here, best, best_ncc = start, None, level.least
    for _ in range(level.rounds):
        step = _step(samples, stack, here, freedom)
        if step is None:
            break
        ncc, change = step
        if ncc > best_ncc:
            best, best_ncc = here, ncc
        moved = _changed(here, change, *samples.middle)
        if np.abs(change[:2]).max() > FAR or min(moved.scale_x, moved.scale_y) < 0.02:
            break
        if np.abs(change[:2]).max() + samples.reach * np.abs(change[2:]).max() < level.still:
            return moved if best is here else best
        here = moved
    return best


def _with_slopes(image: Float32) -> Float32:
    """(H, W, 3): grey values, and by how much they grow a pixel to the right and down."""
    across = cv2.Sobel(image, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(image, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return np.dstack([image, across, down]).astype(np.float32)


def _step(
    samples: Samples, stack: Float32, here: Placement, freedom: _Freedom
) -> tuple[float, Float64] | None:
    """The NCC at a placement, and by how much its x, y, two scales and turn should change."""
    m = here.matrix.astype(np.float32)
    x, y = (m @ samples.at).reshape(2, *samples.shape_hw)
    inside = (x >= 0) & (y >= 0) & (x <= stack.shape[1] - 1) & (y <= stack.shape[0] - 1)
    kept = slice(None) if inside.all() else inside.ravel()
    region, dx, dy = cv2.remap(stack, x, y, cv2.INTER_LINEAR).reshape(-1, 3)[kept].T
    if region.size < LEAST_SAMPLES:
        return None
    ncc, gain, rest, weight = _compare(samples.values[kept], region)
    u, v = samples.centred[:, kept]
    along, athwart = m[:, :2] @ samples.centred[:, kept]
    jacobian = gain * np.stack(
        [dx, dy, dx * u, dy * v, dy * along - dx * athwart][: freedom.unknowns]
    )
    weighted = jacobian * weight
    change = np.zeros(5)
    normal, slope = (weighted @ other.T for other in (jacobian, rest))
    change[: freedom.unknowns] = _solve(normal.astype(float), slope.astype(float), here, freedom)
    return ncc, change


def _compare(crop: Float32, region: Float32) -> tuple[float, float, Float32, Float32]:
    """NCC, gain, what gain and offset leave over, and how much each pixel weighs.

    Weights, gain and offset settle in turns, so that what is laid over the crop bends neither.
    """
    weight, share = np.ones_like(crop), 1 / crop.size
    for _ in range(REWEIGHTINGS):
        a = crop - float(weight @ crop) * share
        b = region - float(weight @ region) * share
        weighted = weight * b
        power = float(weighted @ b) + 1e-3
        gain = float(weighted @ a) / power
        rest = a - gain * b
        few = np.abs(rest[::8])
        spread = 2 * float(np.partition(few, few.size // 2)[few.size // 2]) + 0.5  # the median
        ncc = gain * power / (power * (float((weight * a) @ a) + 1e-3)) ** 0.5
        weight = np.asarray(1 / (1 + (rest / spread) ** 2), np.float32)
        share = 1 / float(weight.sum())
    return ncc, gain, rest, weight


def _solve(normal: Float64, slope: Float64, here: Placement, freedom: _Freedom) -> Float64:
    """Least squares, the two scales held together."""
    hold = EVENNESS[: len(slope)]
    even = freedom.even * float(normal[2, 2] + normal[3, 3])
    normal = normal + even * np.outer(hold, hold)
    slope = slope - even * (here.scale_x - here.scale_y) * hold
    ridge = 1e-9 * float(np.trace(normal)) + 1e-12
    return np.asarray(np.linalg.solve(normal + ridge * np.eye(len(slope)), slope), np.float64)


def _changed(p: Placement, change: Float64, u: float, v: float) -> Placement:
    """Move by change[:2], scales by [2:4], turn by [4], all about pixel (u, v) of the crop."""
    x, y = p.matrix @ (u, v, 1.0)
    dx, dy, wider, taller, turned = change.tolist()
    spun = Placement(p.scale_x + wider, p.scale_y + taller, 0.0, 0.0, p.turn + turned)
    from_x, from_y = spun.matrix @ (u, v, 1.0)
    return spun.moved(float(x + dx - from_x), float(y + dy - from_y))

"""Settle a placement on the pixels: scales, shift and turn to a few hundredths of a pixel."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from photoloupe.crops.look import Look, blurred
from photoloupe.crops.placement import Placement
from photoloupe.views import Float32

COARSE = ((3.0, 8), (1.0, 8))  # by what both pictures are shrunk, and rounds at most, in turn
FINE = ((1.0, 5),)
LEAST_SHORT_SIDE = 16  # px: a shrunk picture with less is skipped
MOST_SAMPLES = 112 * 112  # pixels that enter the fit; more gain nothing
EDGE = 2  # px of the crop's rim left out: there its blur lacks neighbours that the source has
LEAST_SAMPLES = 64
# How much the scales are held together, as part of what the pixels say: nothing where both are
# seen, all where one is not, as along a straight edge.
EVEN, EVENNESS = 3e-4, np.array([0.0, 0.0, 1.0, -1.0, 0.0])
STILL = 0.005  # px: a step this short has arrived
FAR = 10.0  # px: a step this long has lost its way
HOPELESS = 0.3  # NCC at the coarsest level: nothing that looks like this gets better
UPRIGHT = 0.003  # radians: less turn than this is none, and is fitted no further


def align(look: Look, levels: tuple[tuple[float, int], ...] = COARSE) -> Placement | None:
    """Gauss-Newton on the five unknowns of a placement, at each level from where it got to.

    Brightness and contrast may differ (the crop is modelled as gain * source + offset), and
    pixels that fit badly weigh little. None if the two do not look alike at all.
    """
    here = look.start
    upright = here.turn == 0 and levels == FINE
    for shrink, rounds in levels:
        if shrink > 1 and min(look.wanted.shape) / shrink < LEAST_SHORT_SIDE:
            continue
        wanted, wanted_xy = _level(look.wanted, shrink)
        region, region_xy = _level(look.region, shrink)
        fitted = _fit(wanted, region, here.regrid(wanted_xy, region_xy), rounds, upright)
        if fitted is None:
            return None
        back = (1 / wanted_xy[0], 1 / wanted_xy[1]), (1 / region_xy[0], 1 / region_xy[1])
        here = fitted.regrid(*back)
        upright = abs(here.turn) < UPRIGHT
        if upright:
            here = _turned_back(here, look.wanted.shape)
    return here


def _level(image: Float32, shrink: float) -> tuple[Float32, tuple[float, float]]:
    height, width = image.shape
    if shrink > 1:
        size_wh = (max(1, round(width / shrink)), max(1, round(height / shrink)))
        image = np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), np.float32)
    return blurred(image, 0.8), (width / image.shape[1], height / image.shape[0])


def _turned_back(p: Placement, shape_hw: tuple[int, ...]) -> Placement:
    """The same without its turn, about the middle of the crop."""
    u, v = (shape_hw[1] - 1) / 2, (shape_hw[0] - 1) / 2
    x, y = p.matrix @ (u, v, 1.0)
    return Placement(p.scale_x, p.scale_y, float(x) - p.scale_x * u, float(y) - p.scale_y * v)


def _fit(
    wanted: Float32, region: Float32, start: Placement, rounds: int, upright: bool
) -> Placement | None:
    """The placement with the best correlation met on the way; None if that is hopeless."""
    stack = _with_slopes(region)
    step = max(1, round((wanted.size / MOST_SAMPLES) ** 0.5))
    target = wanted[EDGE:-EDGE:step, EDGE:-EDGE:step]
    v, u = (axis.astype(np.float32) * step + EDGE for axis in np.indices(target.shape))
    best, best_ncc = None, HOPELESS
    for here, ncc in _steps(stack, target, u, v, start, rounds, upright):
        if ncc > best_ncc:
            best, best_ncc = here, ncc
    return best


def _with_slopes(image: Float32) -> Float32:
    """(H, W, 3): grey values, and by how much they grow a pixel to the right and down."""
    across = cv2.Sobel(image, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(image, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return np.dstack([image, across, down]).astype(np.float32)


def _steps(
    stack: Float32, target: Float32, u: Float32, v: Float32, start: Placement, rounds: int,
    upright: bool,
) -> Iterator[tuple[Placement, float]]:  # fmt: skip
    """Placements met, each with its NCC."""
    here, unknowns = start, 4 if upright else 5
    middle = float(u.mean()), float(v.mean())  # turn and scale about it: better conditioned
    reach = max(float(u[-1, -1] - u[0, 0]), float(v[-1, -1] - v[0, 0])) / 2
    grid = np.stack([u.ravel(), v.ravel(), np.ones(u.size, np.float32)])
    centred = grid[:2] - np.array(middle, np.float32)[:, None]
    for _ in range(rounds):
        m = here.matrix.astype(np.float32)
        x, y = (m @ grid).reshape(2, *target.shape)
        inside = (x >= 0) & (y >= 0) & (x <= stack.shape[1] - 1) & (y <= stack.shape[0] - 1)
        kept = slice(None) if inside.all() else inside.ravel()
        seen, dx, dy = cv2.remap(stack, x, y, cv2.INTER_LINEAR).reshape(-1, 3)[kept].T
        if seen.size < LEAST_SAMPLES:
            return
        wanted = target.ravel()[kept]
        seen, wanted = seen - seen.mean(), wanted - wanted.mean()
        power = float(seen @ seen) + 1e-3
        yield here, float(seen @ wanted) / (power * (float(wanted @ wanted) + 1e-3)) ** 0.5
        gain = (float(wanted @ wanted) / power) ** 0.5
        rest = wanted - gain * seen
        weight = 1 / (1 + (rest / (3 * np.median(np.abs(rest[::8])) + 0.5)) ** 2)
        cu, cv = centred[:, kept]
        along, athwart = m[:, :2] @ centred[:, kept]
        columns = [dx, dy, dx * cu, dy * cv, dy * along - dx * athwart][:unknowns]
        jacobian = gain * np.stack(columns)
        weighted = jacobian * weight
        normal, slope = weighted @ jacobian.T, weighted @ rest
        even = EVEN * float(normal[2, 2] + normal[3, 3]) * EVENNESS[:unknowns]
        normal = normal + np.outer(even, EVENNESS[:unknowns])
        slope = slope - even * (here.scale_x - here.scale_y)
        change = np.zeros(5)
        change[:unknowns] = np.linalg.lstsq(normal, slope, rcond=1e-9)[0]
        if np.abs(change[:2]).max() > FAR:
            return
        here = _changed(here, change, *middle)
        if min(here.scale_x, here.scale_y) < 0.02:
            return
        if np.abs(change * (1, 1, reach, reach, reach)).max() < STILL:
            return


def _changed(p: Placement, change: np.ndarray, u: float, v: float) -> Placement:  # type: ignore[type-arg]
    """Move by change[:2], scales by [2:4], turn by [4], all about pixel (u, v) of the crop."""
    x, y = p.matrix @ (u, v, 1.0)
    dx, dy, wider, taller, turned = change.tolist()
    spun = Placement(p.scale_x + wider, p.scale_y + taller, 0.0, 0.0, p.turn + turned)
    from_x, from_y = spun.matrix @ (u, v, 1.0)
    return spun.moved(float(x + dx - from_x), float(y + dy - from_y))

"""Settle a placement on the pixels: scales, shift and turn to a few hundredths of a pixel."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from photoloupe.crops.features import Float32
from photoloupe.crops.look import Look, blurred, correlation
from photoloupe.crops.placement import Placement

LEVELS = ((4.0, 8), (2.0, 4), (1.0, 4))  # by what both pictures are shrunk, rounds at most
LEAST_SHORT_SIDE = 20  # px: a level with less is skipped
MOST_SAMPLES = 112 * 112  # pixels that enter the fit; more gain nothing
EDGE = 2  # px of the crop's rim left out: there its blur lacks neighbours that the source has
FAR = 10.0  # px: a step this long has lost its way
HOPELESS = 0.3  # NCC at the coarsest level: nothing that looks like this gets better
UPRIGHT = 0.003  # radians: less turn than this is none, and is fitted no further


def align(look: Look) -> Placement | None:
    """Gauss-Newton from coarse to fine on the five unknowns of a placement.

    Brightness and contrast may differ (the crop is modelled as gain * source + offset), and
    pixels that fit badly weigh little. None if the two do not look alike at all.
    """
    here, upright = look.start, False
    for shrink, rounds in LEVELS:
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
    here = start
    unknowns = 4 if upright else 5
    middle_u, middle_v = float(u.mean()), float(v.mean())
    length = max(target.shape) * 0.5 * max(1.0, float(u[0, 1] - u[0, 0]))
    for _ in range(rounds):
        m = here.matrix.astype(np.float32)
        x, y = (row[0] * u + row[1] * v + row[2] for row in m)
        inside = (x >= 0) & (y >= 0) & (x <= stack.shape[1] - 1) & (y <= stack.shape[0] - 1)
        if inside.sum() < 64:
            return
        seen, dx, dy = cv2.remap(stack, x, y, cv2.INTER_LINEAR)[inside].T
        wanted = target[inside]
        yield here, correlation(wanted, seen)
        gain = wanted.std() / (seen.std() + 1e-6)
        rest = (wanted - wanted.mean()) - gain * (seen - seen.mean())
        weight = 1 / (1 + (rest / (3 * np.median(np.abs(rest)) + 0.5)) ** 2)
        cu, cv = u[inside] - middle_u, v[inside] - middle_v  # about the middle: better conditioned
        along, athwart = m[0, 0] * cu + m[0, 1] * cv, m[1, 0] * cu + m[1, 1] * cv
        columns = [dx, dy, dx * cu, dy * cv, dy * along - dx * athwart][:unknowns]
        jacobian = gain * np.stack(columns, 1)
        weighted = jacobian * weight[:, None]
        change = np.zeros(5)
        change[:unknowns] = np.linalg.lstsq(weighted.T @ jacobian, weighted.T @ rest, rcond=1e-9)[0]
        if np.abs(change[:2]).max() > FAR:
            return
        here = _changed(here, change, middle_u, middle_v)
        if min(here.scale_x, here.scale_y) < 0.02:
            return
        if np.abs(change * (1, 1, length, length, length)).max() < 0.003:
            return


def _changed(p: Placement, change: np.ndarray, u: float, v: float) -> Placement:  # type: ignore[type-arg]
    """Move by change[:2], scales by [2:4], turn by [4], all about pixel (u, v) of the crop."""
    x, y = p.matrix @ (u, v, 1.0)
    dx, dy, wider, taller, turned = change.tolist()
    spun = Placement(p.scale_x + wider, p.scale_y + taller, 0.0, 0.0, p.turn + turned)
    from_x, from_y = spun.matrix @ (u, v, 1.0)
    return spun.moved(float(x + dx - from_x), float(y + dy - from_y))

"""Which pairs of points agree on one scale and shift: shared by one pair of photos and by search.

One pair of local features already fixes scale and shift, since a feature has a size. That scale is
rough, so the tolerance grows with the distance from the feature.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from photoloupe.arrays import Bools, Float32, Floats

MOST_TURN = 12.0  # degrees between the two features of a pair: more is no upright crop
ROUGH = 0.12  # share by which a scale may be off that one feature's size gives
SAME_SCALE = 0.35  # difference of the natural logarithms of two scales that agree


def turn_between(a: Float32, b: Float32) -> Float32:
    """Absolute difference of angles, (N,) degrees each -> (N,) degrees, 0 to 180."""
    return np.asarray(np.abs((a - b + 180) % 360 - 180))


def agreeing(
    a: Float32, b: Float32, scale: Float32, seeds: npt.NDArray[np.intp], slack: Floats | float
) -> Bools:
    """(S, N) bool: does pair n lie where the scale and shift of pair seeds[s] put it?

    a, b: (N, 2) px, the pairs' points in photo A and photo B; scale: (N,) size in B over size in A;
    seeds: (S,) indices of pairs; slack: px of B, or (S, N), by which any point may be off.
    """
    seed_scale = scale[seeds, None]
    apart = a[None] - a[seeds, None]
    error = np.abs(seed_scale[..., None] * apart - (b[None] - b[seeds, None])).max(2)
    near = error < slack + ROUGH * seed_scale * np.abs(apart).max(2)
    return np.asarray(near & (np.abs(np.log(scale[None] / seed_scale)) < SAME_SCALE))

"""How far two true copies may differ: the noise that their own JPEG tables predict."""

from __future__ import annotations

import numpy as np

from photoloupe.arrays import Float32

FLOOR = 0.7  # grey levels: rounding and resampling, which leave their trace in every copy
FINE = 4.0  # px of the patches: sigma of the blur that detail is finer than
SHARE = 0.04  # of a block's contrast: interpolation blurs fine detail a little

_V, _U = np.indices((8, 8)).reshape(2, 64)
_FREQUENCY = np.hypot(_U, _V) / 16  # cycles a pixel of each DCT coefficient
# Natural pictures hold power that falls with the square of frequency (Field 1987, fig. 6).
_POWER = np.where(_FREQUENCY > 0, 1 / np.maximum(_FREQUENCY, 1e-9) ** 2, 0)
_POWER = _POWER / _POWER.sum() * 64


def expected_noise(
    contrasts: Float32,
    tables: tuple[tuple[int, ...] | None, ...],
    shrinks: tuple[float, ...],
    *,
    fine: bool = False,
) -> Float32:
    """(N,) grey levels, one a block, that compression leaves between a crop and its region.

    contrasts: (N,) grey levels, standard deviation of each block. tables: luminance quantisation
    of each file, 64 steps by rows, None if not a JPEG; shrinks: its pixels a pixel of the patches.
    fine: only the noise that is left once a blur of FINE px is subtracted.

    A coefficient quantised by q is off by at most q/2, evenly spread: variance q^2 / 12, but no
    more than the power it had; shrinking and the patches' blur (sigma 1) take the fine ones away.
    """
    variance = FLOOR**2 / (2 if fine else 1) + (SHARE * contrasts) ** 2
    power = contrasts[:, None] ** 2 * _POWER
    for table, shrink in zip(tables, shrinks, strict=True):
        if table is not None:
            steps = np.minimum(np.square(np.asarray(table, np.float64)) / 12, power)
            wave = (2 * np.pi * _FREQUENCY * shrink) ** 2
            kept = np.exp(-wave) * ((1 - np.exp(-wave * FINE**2 / 2)) ** 2 if fine else 1)
            variance = variance + (steps * kept).sum(1) / 64
    return np.asarray(np.sqrt(variance), np.float32)

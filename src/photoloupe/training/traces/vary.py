"""Changes to readings that leave the answer as it is: made while training, for next to nothing."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from photoloupe.training.traces.read import LINE, MAP

SPREADS = (0.5, 1.0, 0.5)  # of brightness, of blur or sharpening, of their curvature
RHYTHM_SPREAD = 0.3


def vary(maps: Tensor, lines: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Maps (B, 4, 33, 33) and lines (B, 2, 5, 129) as after other contrast, blur and sharpening.

    A filter that is alike in all directions multiplies power by a function of the radius alone:
    in log power it adds c0 + c1 r^2 + c2 r^4. What is left to learn from is what differs by axis.
    """
    count = len(maps)
    luma, chroma = torch.randn(2, count, 3, generator=generator) * torch.tensor(SPREADS)
    radius = _radius(MAP)
    along = torch.linspace(0, 1, LINE).square() / 2
    tilt = torch.stack([_tilt(luma, radius), _tilt(chroma, radius)], 1)
    maps = maps + tilt.repeat_interleave(2, 1)
    shift = torch.randn(count, 1, 3, 1, generator=generator) * RHYTHM_SPREAD
    detail = lines[:, :, :2] + _tilt(luma, along)[:, None, None]
    return maps, torch.cat([detail, lines[:, :, 2:] + shift], 2)


def _radius(side: int) -> Tensor:
    """(side, side) squared frequency, 1 in the far corner."""
    ramp = torch.linspace(0, 1, side).square()
    return (ramp[:, None] + ramp[None]) / 2


def _tilt(factors: Tensor, radius: Tensor) -> Tensor:
    """(B, 3) factors and (...) squared radius -> (B, ...)."""
    parts = torch.stack([torch.ones_like(radius), radius, radius.square()])
    return cast(Tensor, torch.tensordot(factors, parts, dims=1))

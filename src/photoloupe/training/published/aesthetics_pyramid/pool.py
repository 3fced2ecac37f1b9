"""Spatial pyramid pooling (He et al. 2014) over the part of a canvas that is picture.

Level n divides the picture, whatever its shape, into n x n equal bins and pools each: every picture
gives the same count of numbers, and these say where in it something is.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def overlaps(length: Tensor, cells: int, bins: int) -> Tensor:
    """(B,) lengths of pictures in cells -> (B, bins, cells): how much of each cell is in each bin.

    Bin k of a picture of length L spans k L / bins to (k + 1) L / bins, so a cell may lie in two
    bins in part, and what lies beyond L is in none. A row of a bin sums to L / bins.
    """
    edge = torch.arange(bins + 1, device=length.device) * (length / bins)[:, None]
    cell = torch.arange(cells, device=length.device)
    ends = torch.minimum(edge[:, 1:, None], cell + 1)
    return (ends - torch.maximum(edge[:, :-1, None], cell)).clamp(min=0)


def pool_bins(features: Tensor, valid_hw: Tensor, bins: int, kind: str, stride: int = 32) -> Tensor:
    """(B, C, h, w) -> (B, C, bins, bins): the "max" or the "average" of each bin.

    valid_hw: (B, 2) picture height and width in input pixels, of which a cell spans `stride`.
    """
    height, width = features.shape[-2:]
    rows = overlaps(valid_hw[:, 0] / stride, height, bins)
    cols = overlaps(valid_hw[:, 1] / stride, width, bins)
    if kind == "average":
        rows, cols = rows / rows.sum(2, keepdim=True), cols / cols.sum(2, keepdim=True)
        return rows[:, None] @ features @ cols[:, None].transpose(2, 3)
    return _most(_most(features, rows).transpose(2, 3), cols).transpose(2, 3)


def _most(features: Tensor, shares: Tensor) -> Tensor:
    """(B, C, h, w) and (B, bins, h) -> (B, C, bins, w): the maximum over each bin's cells.

    A cell of which less than a thousandth is in a bin is there by rounding.
    """
    outside = (shares < 1e-3)[:, None, :, :, None]
    found = [
        features.masked_fill(outside[:, :, k], float("-inf")).amax(2)
        for k in range(shares.shape[1])
    ]
    return torch.stack(found, 2)


def pool_pyramid(
    features: Tensor, valid_hw: Tensor, levels: Sequence[int], kind: str, stride: int = 32
) -> Tensor:
    """(B, C, h, w) -> (B, C * sum of n^2 over levels): all bins, coarse level first."""
    pooled = [pool_bins(features, valid_hw, n, kind, stride).flatten(1) for n in levels]
    return torch.cat(pooled, 1)

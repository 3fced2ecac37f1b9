"""Features of a padded canvas -> one vector of the picture in it."""

from __future__ import annotations

import torch
from torch import Tensor


def pool_valid(features: Tensor, valid_hw: Tensor, stride: int = 32) -> Tensor:
    """Average (B, C, h, w) features over the cells that hold picture, not padding -> (B, C).

    valid_hw: (B, 2) picture height and width in input pixels, of which a cell spans `stride`; a
    cell that the picture covers in part counts in part, so padding never changes the average's
    weight.
    """
    height, width = features.shape[-2:]
    rows = (valid_hw[:, :1] / stride - torch.arange(height, device=features.device)).clamp(0, 1)
    cols = (valid_hw[:, 1:] / stride - torch.arange(width, device=features.device)).clamp(0, 1)
    weight = (rows[:, :, None] * cols[:, None, :]).flatten(1)
    # A product reads the features once; multiplying and adding up would read them three times.
    total = features.flatten(2) @ weight[:, :, None]
    return total[..., 0] / weight.sum(1, keepdim=True)

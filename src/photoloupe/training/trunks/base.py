"""What a net of views needs of its trunk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from torch import Tensor, nn


def scaled(channels: int, width: float) -> int:
    """A channel count `width` times as wide, in eights."""
    return max(8, round(channels * width / 8) * 8)


class Trunk(nn.Module, ABC):
    """(B, 3, H, W) in [-1, 1], sides multiples of 32 -> (B, channels, H/32, W/32).

    middle_channels, middle_stride: of the features before the last part, which find pictures that
    look alike better: docs/concepts/catalog.md.
    """

    channels: int
    middle_channels: int
    middle_stride: int
    last_bias: str  # name of the last parameter, which tells the trunks' files apart
    published_channels: int

    @abstractmethod
    def __init__(self, width: float = 1.0) -> None:
        """Random weights; width: times the published channel counts."""
        super().__init__()

    @abstractmethod
    def middle(self, x: Tensor) -> Tensor:
        """(B, middle_channels, H / middle_stride, W / middle_stride)."""

    @abstractmethod
    def top(self, middle: Tensor) -> Tensor:
        """What the last part makes of `middle`."""

    @abstractmethod
    def freeze(self, blocks: int) -> None:
        """Leave the stem and so many blocks as they are loaded; with 0 blocks nothing."""

    @abstractmethod
    def load_published(self, path: Path) -> None:
        """Load the published weights; ModelError if the file is absent or holds others."""

    def finish(self, pooled: Tensor) -> Tensor:
        """(B, channels) averages over the picture -> what heads are given."""
        return pooled

    def forward(self, x: Tensor) -> Tensor:
        return self.top(self.middle(x))

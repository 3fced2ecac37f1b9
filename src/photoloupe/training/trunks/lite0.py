"""EfficientNet-Lite0 as a trunk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from pickle import UnpicklingError
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photoloupe.errors import ModelError
from photoloupe.training.trunks.base import Trunk, scaled

# EfficientNet-Lite0: (repeats, kernel, stride, expand ratio, output channels) a stage.
# Source: Tan and Le 2019, table 1 (B0), without squeeze-and-excitation and with ReLU6,
# as in TensorFlow's efficientnet-lite.
LITE0_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class SameConv(nn.Conv2d):
    """Convolution with TensorFlow's SAME padding, right for every input of even size.

    At stride 2 the larger half of the padding lies right and below.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) of even sides -> (B, C, H / stride, W / stride)."""
        total = self.kernel_size[0] - self.stride[0]
        if total > 0:
            near, far = total // 2, total - total // 2
            x = F.pad(x, (near, far, near, far))
        return super().forward(x)


class InvertedBlock(nn.Module):
    """Inverted residual block (Sandler et al. 2018): expand, depthwise, project."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expand: int) -> None:
        super().__init__()
        inner = inputs * expand
        if expand != 1:
            self._expand_conv = SameConv(inputs, inner, 1)
        self._depthwise_conv = SameConv(inner, inner, kernel, stride, groups=inner)
        self._project_conv = SameConv(inner, outputs, 1)
        self.expands, self.skips = expand != 1, stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H / stride, W / stride)."""
        y = F.relu6(self._expand_conv(x)) if self.expands else x
        y = cast(Tensor, self._project_conv(F.relu6(self._depthwise_conv(y))))
        return y + x if self.skips else y


class Lite0(Trunk):
    """EfficientNet-Lite0 without its classifier: (B, 3, H, W) in [-1, 1] -> (B, C, H/32, W/32).

    Batch normalisation is folded into the convolutions: three tasks with different image
    statistics share the trunk, so statistics of a training batch would mislead. `width` scales
    every channel count; 1.0 is the published net (C = 1280).
    """

    middle_stride = 32
    last_bias, published_channels = "_conv_head.bias", 1280

    def __init__(self, width: float = 1.0) -> None:
        super().__init__(width)
        channels = [scaled(count, width) for count in (32, 1280)]
        self._conv_stem = SameConv(3, channels[0], 3, 2)
        blocks, inputs = [], channels[0]
        for repeats, kernel, stride, expand, outputs in LITE0_STAGES:
            self.middle_channels, wide = inputs, scaled(outputs, width)
            for repeat in range(repeats):
                blocks.append(
                    InvertedBlock(inputs, wide, kernel, stride if repeat == 0 else 1, expand)
                )
                inputs = wide
        self._blocks = nn.Sequential(*blocks)
        self._conv_head = SameConv(inputs, channels[1], 1)
        self.channels = channels[1]

    def middle(self, x: Tensor) -> Tensor:
        return cast(Tensor, self._blocks[:-1](F.relu6(self._conv_stem(x))))

    def top(self, middle: Tensor) -> Tensor:
        return F.relu6(self._conv_head(self._blocks[-1](middle)))

    def freeze(self, blocks: int) -> None:
        """Leave the stem and the first `blocks` blocks as they are loaded; with 0 nothing."""
        if blocks:
            self._conv_stem.requires_grad_(False)
            self._blocks[:blocks].requires_grad_(False)

    def load_published(self, path: Path) -> None:
        """Weights of ImageNet, without the classifier (`_fc`). Raises ModelError."""
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            self.load_state_dict(_fold(state, dict(self.named_parameters())))
        except (OSError, RuntimeError, KeyError, UnpicklingError) as error:
            raise ModelError(f"{path}: not EfficientNet-Lite0 weights ({error})") from error


# The batch norm that follows each convolution in the published file.
NORM_AFTER = {
    "_conv_stem": "_bn0", "_conv_head": "_bn1", "_depthwise_conv": "_bn1", "_project_conv": "_bn2",
    "_expand_conv": "_bn0",
}  # fmt: skip


def _fold(state: dict[str, Tensor], wanted: Iterable[str]) -> dict[str, Tensor]:
    """Published parameters -> this net's: w' = w g / sd, b' = beta - mean g / sd, eps 1e-3."""
    folded = {}
    for conv in (name.removesuffix(".weight") for name in wanted if name.endswith(".weight")):
        last = conv.rpartition(".")[2]
        norm = conv.removesuffix(last) + NORM_AFTER[last]
        scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + 1e-3).sqrt()
        folded[f"{conv}.weight"] = state[f"{conv}.weight"] * scale[:, None, None, None]
        folded[f"{conv}.bias"] = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    return folded

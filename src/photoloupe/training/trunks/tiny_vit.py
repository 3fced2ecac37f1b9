"""TinyViT-5M as a trunk: convolutions first, then attention inside the picture.

Source: Wu et al. 2022, "TinyViT: Fast Pretraining Distillation for Small Vision Transformers",
section 4.1 and table 1; batch norms are folded into the convolutions before them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from photoloupe.errors import ModelError
from photoloupe.training.trunks.base import Trunk, scaled

# (blocks, channels, reach of a bias in cells, farthest cell looked at) of the three stages with
# attention. The published net attends inside windows of 7 x 7 at stride 8; a neighbourhood of its
# own around every cell needs no padding and no window's edge, and gives nearly the same features.
STAGES = ((2, 128, 7, 4), (6, 160, 14, None), (2, 320, 7, None))
HEAD = 32  # channels of one head of attention
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as it was trained


class Inverted(nn.Module):
    """Inverted residual block (Sandler et al. 2018) with GELU, four times as wide inside."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = 4 * channels
        self.expand = nn.Conv2d(channels, inner, 1)
        self.depthwise = nn.Conv2d(inner, inner, 3, 1, 1, groups=inner)
        self.project = nn.Conv2d(inner, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return F.gelu(x + self.project(F.gelu(self.depthwise(F.gelu(self.expand(x))))))


class Merge(nn.Module):
    """Halves the resolution: (B, C, h, w) -> (B, C', h / 2, w / 2), rounded up."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.expand = nn.Conv2d(inputs, outputs, 1)
        self.depthwise = nn.Conv2d(outputs, outputs, 3, 2, 1, groups=outputs)
        self.project = nn.Conv2d(outputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H / 2, W / 2), rounded up."""
        return cast(Tensor, self.project(F.gelu(self.depthwise(F.gelu(self.expand(x))))))


class Dense(nn.Module):
    """A linear layer whose weight is (inputs, outputs): an ONNX file keeps it under its name."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.kaiming_uniform_(self.weight.T, a=5**0.5)

    def forward(self, x: Tensor) -> Tensor:
        """(..., I) -> (..., O)."""
        return x @ self.weight + self.bias


class Attention(nn.Module):
    """Every cell asks the others; how far away one is has a bias of its own, by rows and columns.

    Beyond the published reach the bias is that of the farthest cell.
    """

    def __init__(self, channels: int, reach: int, farthest: int | None) -> None:
        super().__init__()
        self.count, self.farthest = max(1, channels // HEAD), farthest
        self.norm = nn.LayerNorm(channels)
        self.qkv, self.project = Dense(channels, 3 * channels), Dense(channels, channels)
        # A row a distance: ONNX Runtime gathers rows several times faster than single numbers.
        self.reach, self.bias = reach, nn.Parameter(torch.zeros(reach * reach, self.count))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        batch, channels, height, width = x.shape
        cells = self.norm(x.flatten(2).transpose(1, 2))
        asked = self.qkv(cells).view(batch, height * width, self.count, 3, -1)
        q, k, v = asked.permute(3, 0, 2, 1, 4)
        near = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + self._bias(height, width)
        mixed = (near.softmax(-1) @ v).transpose(1, 2).reshape(batch, height * width, channels)
        return cast(Tensor, self.project(mixed)).transpose(1, 2).reshape(x.shape)

    def _bias(self, height: int, width: int) -> Tensor:
        """(1, heads, h w, h w), to be added before the softmax."""
        down, right = (_apart(side, self.bias.device) for side in (height, width))
        most = self.reach - 1
        place = down.clamp(max=most)[:, None, :, None] * self.reach + right.clamp(max=most)[:, None]
        cells = height * width
        bias = self.bias.index_select(0, place.flatten()).T.reshape(1, self.count, cells, cells)
        if self.farthest is None:
            return bias
        far = (down > self.farthest)[:, None, :, None] | (right > self.farthest)[:, None]
        return bias.masked_fill(far.reshape(cells, cells), -1e4)


def _apart(count: int, device: torch.device) -> Tensor:
    """(count, count): how far two places lie apart."""
    place = torch.arange(count, device=device)
    return (place[:, None] - place).abs()


class AttentionBlock(nn.Module):
    """Attention, a convolution by channel, then two layers on every cell alone."""

    def __init__(self, channels: int, reach: int, farthest: int | None) -> None:
        super().__init__()
        self.attention = Attention(channels, reach, farthest)
        self.local = nn.Conv2d(channels, channels, 3, 1, 1, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.expand = Dense(channels, 4 * channels)
        self.project = Dense(4 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        x = self.local(x + self.attention(x))
        cells = self.norm(x.flatten(2).transpose(1, 2))
        cells = self.project(F.gelu(self.expand(cells)))
        return cast(Tensor, x + cells.transpose(1, 2).reshape(x.shape))


class TinyViT(Trunk):
    """TinyViT-5M without its classifier; `width` scales every channel count, 1.0 is published."""

    middle_stride = 16
    last_bias, published_channels = "trunk.norm.bias", 320

    def __init__(self, width: float = 1.0) -> None:
        super().__init__(width)
        wide = [scaled(count, width) for count in (64, *(stage[1] for stage in STAGES))]
        stem = nn.Conv2d(3, wide[0] // 2, 3, 2, 1), nn.Conv2d(wide[0] // 2, wide[0], 3, 2, 1)
        self.stem = nn.Sequential(stem[0], nn.GELU(), stem[1], *(Inverted(wide[0]) for _ in "ab"))
        stages = []
        for inputs, outputs, (count, _, reach, far) in zip(wide, wide[1:], STAGES, strict=False):
            blocks = (AttentionBlock(outputs, reach, far) for _ in range(count))
            stages.append(nn.Sequential(Merge(inputs, outputs), *blocks))
        self.stages = nn.Sequential(*stages)
        self.norm = nn.LayerNorm(wide[-1])
        self.middle_channels, self.channels = wide[-2:]

    def middle(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, C, H / 16, W / 16)."""
        return cast(Tensor, self.stages[1](self.stages[0](self.stem(x))))

    def top(self, middle: Tensor) -> Tensor:
        """(B, C, H / 16, W / 16) -> (B, C, H / 32, W / 32)."""
        return cast(Tensor, self.stages[2](middle))

    def finish(self, pooled: Tensor) -> Tensor:
        """(B, C) averages, normalised."""
        return cast(Tensor, self.norm(pooled))

    def freeze(self, blocks: int) -> None:
        """What halves the resolution counts as a block."""
        staged = (part for stage in self.stages.children() for part in stage.children())
        parts = [*list(self.stem.children())[3:], *staged]
        for part in [self.stem[:3], *parts[:blocks]] if blocks else []:
            part.requires_grad_(False)

    def load_published(self, path: Path) -> None:
        """Weights of ImageNet-22k, without the classifier: an ONNX file. Raises ModelError."""
        try:
            tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
            self.load_state_dict(_renamed(self, tensors))
        except (OSError, RuntimeError, KeyError, StopIteration, DecodeError) as error:
            raise ModelError(f"{path}: not TinyViT-5M weights ({error!r})") from error
        self._take_centred()

    def _take_centred(self) -> None:
        """Fold ImageNet's levels into the first convolution, which is given [-1, 1]."""
        mean, std = torch.tensor(MEAN)[:, None, None], torch.tensor(STD)[:, None, None]
        first = cast(nn.Conv2d, self.stem[0])
        assert first.bias is not None
        with torch.no_grad():
            first.bias += (first.weight * ((0.5 - mean) / std)).sum((1, 2, 3))
            first.weight *= 0.5 / std


# Names of a block's parameters in the published file; weights of layers have only a number there.
NAMED = {
    "attention.bias": "attn.attention_biases",
    "attention.norm.weight": "attn.norm.weight", "attention.norm.bias": "attn.norm.bias",
    "attention.qkv.bias": "attn.qkv.bias", "attention.project.bias": "attn.proj.bias",
    "norm.weight": "mlp.norm.weight", "norm.bias": "mlp.norm.bias",
    "expand.bias": "mlp.fc1.bias", "project.bias": "mlp.fc2.bias",
}  # fmt: skip


def _renamed(net: TinyViT, tensors: dict[str, Any]) -> dict[str, Tensor]:
    """Published parameters by this net's names: both have their layers in the same order."""
    found = {f"norm.{kind}": tensors[f"head.norm.{kind}"] for kind in ("weight", "bias")}
    convs = (value for name, value in tensors.items() if "::Conv_" in name)
    products = (value for name, value in tensors.items() if "::MatMul_" in name)
    for name, part in net.named_modules():
        if isinstance(part, nn.Conv2d):
            found[f"{name}.weight"], found[f"{name}.bias"] = next(convs), next(convs)
        elif isinstance(part, Dense):
            found[f"{name}.weight"] = next(products)
    for stage, parts in enumerate(net.stages):
        for place in range(1, len(list(parts.children()))):
            mine, theirs = f"stages.{stage}.{place}", f"stages.{stage + 1}.blocks.{place - 1}"
            found |= {
                f"{mine}.{own}": tensors[f"{theirs}.{other}"].T for own, other in NAMED.items()
            }
    return {name: torch.from_numpy(value.copy()) for name, value in found.items()}

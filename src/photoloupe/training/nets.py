"""The net of a "views" recipe: it takes a batch of views and returns raw outputs by name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, cast

import torch
from google.protobuf.message import DecodeError
from torch import Tensor, nn
from torch.nn import functional as F

from photoloupe.errors import ModelError
from photoloupe.tasks import squish
from photoloupe.training.fit import Net
from photoloupe.training.losses import LOSSES
from photoloupe.training.recipe import ViewsRecipe
from photoloupe.training.stored import read_exported

TEACHER = "teacher"
HEAD_SIZES = {"squish": len(squish.BINS), "selfie": 1, "aesthetics": 10}

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
        total = self.kernel_size[0] - self.stride[0]
        if total > 0:
            near, far = total // 2, total - total // 2
            x = F.pad(x, (near, far, near, far))
        return super().forward(x)


class Block(nn.Module):
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
        y = F.relu6(self._expand_conv(x)) if self.expands else x
        y = cast(Tensor, self._project_conv(F.relu6(self._depthwise_conv(y))))
        return y + x if self.skips else y


class Lite0(nn.Module):
    """EfficientNet-Lite0 without its classifier: (B, 3, H, W) in [-1, 1] -> (B, C, H/32, W/32).

    Batch normalisation is folded into the convolutions: three tasks with different image
    statistics share the trunk, so statistics of a training batch would mislead. `width` scales
    every channel count; 1.0 is the published net (C = 1280).
    """

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        channels = [max(8, round(c * width / 8) * 8) for c in (32, 1280)]
        self._conv_stem = SameConv(3, channels[0], 3, 2)
        blocks, inputs = [], channels[0]
        for repeats, kernel, stride, expand, outputs in LITE0_STAGES:
            self.middle_channels, wide = inputs, max(8, round(outputs * width / 8) * 8)
            for repeat in range(repeats):
                blocks.append(Block(inputs, wide, kernel, stride if repeat == 0 else 1, expand))
                inputs = wide
        self._blocks = nn.Sequential(*blocks)
        self._conv_head = SameConv(inputs, channels[1], 1)
        self.channels = channels[1]

    def middle(self, x: Tensor) -> Tensor:
        """(B, C', H/32, W/32): what the last block and `_conv_head` make the features of."""
        return cast(Tensor, self._blocks[:-1](F.relu6(self._conv_stem(x))))

    def top(self, middle: Tensor) -> Tensor:
        return F.relu6(self._conv_head(self._blocks[-1](middle)))

    def forward(self, x: Tensor) -> Tensor:
        return self.top(self.middle(x))

    def load_published(self, path: Path) -> None:
        """Load the ImageNet weights file; its classifier (`_fc`) is dropped.

        Raises ModelError if the file is absent or holds other parameters.
        """
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


class ManyHeads(Net):
    """One trunk, one linear head a task.

    forward(pixels (B, H, W, 3) uint8, valid_hw (B, 2) float32) -> (B, head size) logits, in the
    order of `heads`, and a (B, middle channels) embedding. Normalisation is inside, so a saved
    model needs no preprocessing notes.
    """

    trunk: Lite0

    def __init__(
        self, trunk: Lite0, heads: dict[str, int], dropout: float = 0.2, taught: int = 0
    ) -> None:
        """taught: numbers in a teacher's features; the head that learns them gives no output."""
        super().__init__()
        self.trunk, self.answers = trunk, tuple(heads)
        self.dropout = nn.Dropout(dropout)
        if taught:
            heads = {**heads, TEACHER: taught}
        self.heads = nn.ModuleDict({k: nn.Linear(trunk.channels, n) for k, n in heads.items()})

    def go_on_from(self, path: Path) -> None:
        """Take trunk and heads of a model's ONNX file; ModelError if it has others."""
        try:
            stored = read_exported(path)
            wanted = [name for name in self.state_dict() if not name.startswith("heads.teacher")]
            self.load_state_dict({name: stored[name] for name in wanted}, strict=False)
        except (OSError, KeyError, RuntimeError, DecodeError) as error:
            raise ModelError(f"{path}: not a model of this shape ({error})") from error

    def middle(self, pixels: Tensor) -> Tensor:
        return self.trunk.middle(pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0)

    def pooled(self, pixels: Tensor, valid_hw: Tensor) -> Tensor:
        return pool_valid(self.trunk.top(self.middle(pixels)), valid_hw)

    def forward(self, pixels: Tensor, valid_hw: Tensor) -> tuple[Tensor, ...]:
        middle = self.middle(pixels)
        pooled = pool_valid(self.trunk.top(middle), valid_hw)
        # The features one block earlier find pictures that look alike better: docs/catalog.md.
        return *(self.heads[task](pooled) for task in self.answers), pool_valid(middle, valid_hw)

    def task_logits(self, task: str, pixels: Tensor, valid_hw: Tensor) -> Tensor:
        """Logits of one head, with dropout while training."""
        return cast(Tensor, self.heads[task](self.dropout(self.pooled(pixels, valid_hw))))

    def losses(self, batches: dict[str, Any]) -> dict[str, Tensor]:
        """Each task's loss on its own batch."""
        found = self._taught(*batches[TEACHER]) if TEACHER in batches else {}
        for task in self.answers:
            canvas, valid_hw, target, weight = batches[task]
            logits = self.task_logits(task, canvas, valid_hw).float()
            found[task] = (LOSSES[task](logits, target) * weight).sum() / weight.sum()
        return found

    def _taught(
        self, canvas: Tensor, valid_hw: Tensor, features: Tensor, ratings: Tensor
    ) -> dict[str, Tensor]:
        """`teacher`: one less the cosine to its features; `taught`: the loss on its ratings."""
        pooled = self.dropout(self.pooled(canvas, valid_hw))
        near = F.cosine_similarity(self.heads[TEACHER](pooled).float(), features)
        rated = LOSSES["aesthetics"](self.heads["aesthetics"](pooled).float(), ratings)
        return {"teacher": (1 - near).mean(), "taught": rated.mean()}


def make_net(recipe: ViewsRecipe, weights: Path | None = None, taught: int = 0) -> ManyHeads:
    """The recipe's net, going on from `weights`: a published trunk, or a model's ONNX file.

    Random without. taught: as `ManyHeads` takes it.
    """
    trunk = Lite0(recipe.trunk.width)
    goes_on = weights is not None and weights.suffix == ".onnx"
    if weights is not None and not goes_on:
        trunk.load_published(weights)
    if recipe.trunk.freeze_blocks:
        trunk._conv_stem.requires_grad_(False)
        trunk._blocks[: recipe.trunk.freeze_blocks].requires_grad_(False)
    heads = {task: HEAD_SIZES[task] for task in recipe.tasks}
    net = ManyHeads(trunk, heads, recipe.trunk.dropout, taught)
    if weights is not None and goes_on:
        net.go_on_from(weights)
    return net

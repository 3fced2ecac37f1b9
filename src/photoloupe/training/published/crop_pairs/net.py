"""The six-channel net: a ResNet that sees two pictures at once, and three heads on it.

judge = load_pair_net("runs/crop_resnet_pair")
probability, swapped, corner_xy = judge(first, second)    # (H, W, 3) uint8 RGB each
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import ResNetConfig, ResNetModel

from photoloupe.arrays import Pixels
from photoloupe.errors import ModelError
from photoloupe.training.engine.fit import Net
from photoloupe.training.engine.run_note import load_note
from photoloupe.training.published.crop_pairs.data import six_channels
from photoloupe.training.published.crop_pairs.recipe import ResNetSection
from photoloupe.training.published.run_folder import load_net, load_trunk

HEADS = {"pair": 1, "swapped": 1, "corner": 2}
HEAD_CHANNELS = 32
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as its ResNets were fed
SHAPE = "layer_type", "depths", "embedding_size", "hidden_sizes"
AT_ONCE = 32  # pairs


class PairNet(Net):
    """forward(pixels (B, side, side, 6) uint8) -> (B, 4) logits: pair, swapped, x, y.

    A head keeps the places of the trunk's feature map: averaged over the picture, as ResNet's own
    classifier has it, the features could not say where a corner is.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, trunk: ResNetModel, channels: int, side: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.heads = nn.ModuleDict(
            {
                name: nn.Sequential(
                    nn.Conv2d(channels, HEAD_CHANNELS, 1),
                    nn.ReLU(),
                    nn.Flatten(),
                    nn.Linear(HEAD_CHANNELS * (side // 32) ** 2, outputs),
                )
                for name, outputs in HEADS.items()
            }
        )
        self.register_buffer("mean", torch.tensor(MEAN * 2) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(STD * 2) * 255, persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        x = ((pixels - self.mean) / self.std).permute(0, 3, 1, 2)
        features = self.trunk(x).last_hidden_state
        return torch.cat([head(features) for head in self.heads.values()], 1)

    def losses(self, batches: dict[str, Any]) -> dict[str, Tensor]:
        """Cross-entropy for both questions, mean absolute error for the corner.

        Of a pair that is none, there is nothing to be swapped and no corner: only `pair` counts.
        """
        pixels, target = batches["pairs"]
        logits = self(pixels).float()
        paired = target[:, 0]
        count = paired.sum().clamp(min=1)
        swapped = F.binary_cross_entropy_with_logits(logits[:, 1], target[:, 1], reduction="none")
        corner = (logits[:, 2:].sigmoid() - target[:, 2:]).abs().mean(1)
        return {
            "pair": F.binary_cross_entropy_with_logits(logits[:, 0], paired),
            "swapped": (swapped * paired).sum() / count,
            "corner": (corner * paired).sum() / count,
        }


def widen(conv: nn.Conv2d) -> nn.Conv2d:
    """The same convolution for two pictures: shown one picture twice, it answers as before."""
    wide = nn.Conv2d(
        2 * conv.in_channels, conv.out_channels, cast(Any, conv.kernel_size),
        cast(Any, conv.stride), cast(Any, conv.padding), bias=conv.bias is not None,
    )  # fmt: skip
    with torch.no_grad():
        wide.weight.copy_(torch.cat([conv.weight, conv.weight], 1) / 2)
        if conv.bias is not None and wide.bias is not None:
            wide.bias.copy_(conv.bias)
    return wide


def make_pair_net(shape: ResNetSection, side: int, weights: str | None = None) -> PairNet:
    """weights: folder or hub name of a three-channel ResNet of that shape; None: random ones."""
    config = ResNetConfig(
        layer_type=shape.layer, depths=list(shape.depths), embedding_size=shape.stem_width,
        hidden_sizes=list(shape.widths),
    )  # fmt: skip
    trunk = ResNetModel(config)
    if weights is not None:
        trunk = load_trunk(ResNetModel, weights, config, SHAPE)
    stem = trunk.embedder.embedder
    stem.convolution = widen(stem.convolution)
    trunk.embedder.num_channels = trunk.config.num_channels = 6
    return PairNet(trunk, shape.widths[-1], side)


class PairAnswer(NamedTuple):
    """pair, swapped: probabilities; corner_xy: of the crop, as shares of its photo's sides."""

    pair: float
    swapped: float
    corner_xy: tuple[float, float]


class PairJudge:
    """A trained net that takes pictures of any size: judge(first, second) -> PairAnswer."""

    def __init__(self, net: PairNet, side: int) -> None:
        self.net, self.side = net.eval(), side

    def __call__(self, first: Pixels, second: Pixels) -> PairAnswer:
        return self.answers([(first, second)])[0]

    @torch.no_grad()
    def answers(self, pairs: Sequence[tuple[Pixels, Pixels]]) -> list[PairAnswer]:
        found = []
        for start in range(0, len(pairs), AT_ONCE):
            shown = [six_channels(*pair, self.side) for pair in pairs[start : start + AT_ONCE]]
            logits = self.net(torch.from_numpy(np.stack(shown)))
            found += [PairAnswer(p, s, (x, y)) for p, s, x, y in logits.sigmoid().tolist()]
        return found


def load_pair_net(folder: str | Path) -> PairJudge:
    """The net that `photoloupe train` left in a run folder; ModelError if there is none."""
    note = load_note(Path(folder))
    try:
        net = make_pair_net(ResNetSection.model_validate(note["trunk"]), note["side"])
    except (KeyError, ValueError) as error:
        raise ModelError(f"{folder}: not the run of a pairs recipe ({error})") from error
    load_net(net, Path(folder))
    return PairJudge(net, note["side"])

"""The padded net: an EfficientNet that sees a photo in a black square and says two ratios.

judge = load_padded_net("runs/squish_efficientnet_b4")
width_ratio, height_ratio = judge(pixels)    # (H, W, 3) uint8 RGB
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import EfficientNetConfig, EfficientNetModel

from photoloupe.arrays import Floats, Pixels
from photoloupe.errors import ModelError
from photoloupe.training.engine.fit import Net
from photoloupe.training.engine.run_note import load_note
from photoloupe.training.published.run_folder import load_net, load_trunk
from photoloupe.training.published.squish_padded.data import pad
from photoloupe.training.published.squish_padded.recipe import EfficientNetSection

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as the trunk was fed
SHAPE = "width_coefficient", "depth_coefficient", "hidden_dim"
LEAST = 0.02  # a ratio below this, or none at all, is taken for this much
AT_ONCE = 32  # photos


class PaddedNet(Net):
    """forward(pixels (B, side, side, 3) uint8) -> (B, 2): width ratio, height ratio.

    Nothing keeps an answer in (0, 1] or makes one of the two 1: the last layer is linear.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, trunk: EfficientNetModel, shape: EfficientNetSection) -> None:
        super().__init__()
        self.trunk = trunk
        answer = nn.Sequential(
            nn.Dropout(shape.dropout),
            nn.Linear(trunk.config.hidden_dim, shape.hidden),
            nn.ReLU(),
            nn.Linear(shape.hidden, 2),
        )
        self.heads = nn.ModuleDict({"squish": answer})
        self.register_buffer("mean", torch.tensor(MEAN) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(STD) * 255, persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        x = ((pixels - self.mean) / self.std).permute(0, 3, 1, 2)
        features = self.trunk(x).last_hidden_state.mean((2, 3))
        return cast(Tensor, self.heads["squish"](features))

    def losses(self, batches: dict[str, Any]) -> dict[str, Tensor]:
        """Mean squared error of both ratios."""
        pixels, target = batches["squish"]
        return {"squish": F.mse_loss(self(pixels).float(), target)}


def make_padded_net(shape: EfficientNetSection, weights: str | None = None) -> PaddedNet:
    """weights: folder or hub name of an EfficientNet of that shape; None: random ones."""
    config = EfficientNetConfig(
        width_coefficient=shape.width,
        depth_coefficient=shape.depth,
        hidden_dim=_round_to_8(1280 * shape.width),
    )
    trunk = EfficientNetModel(config)
    if weights is None:
        _start(trunk)
    else:
        trunk = load_trunk(EfficientNetModel, weights, config, SHAPE)
    for part in trunk.modules():
        if isinstance(part, nn.BatchNorm2d):
            # The configuration has TensorFlow's 0.99, how much is kept; torch would take it for
            # how much is replaced, so the statistics would be those of the last batch.
            part.momentum = 0.1
    return PaddedNet(trunk, shape)


def _start(trunk: nn.Module) -> None:
    """As EfficientNets start: He's initialisation (2015), and batch norms that change nothing.

    transformers draws the latter's scales around 0, with a deviation of 0.02: every block then
    makes the picture some fifty times fainter, and what reaches the end is the same for all.
    """
    for part in trunk.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.reset_parameters()
        elif isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out")
            if part.bias is not None:
                nn.init.zeros_(part.bias)


def _round_to_8(channels: float) -> int:
    """As EfficientNet rounds channels: to a multiple of 8, no more than a tenth down."""
    near = max(8, int(channels + 4) // 8 * 8)
    return near + 8 if near < 0.9 * channels else near


class PaddedJudge:
    """A trained net that takes pictures of any size: judge(pixels) -> (width, height ratio)."""

    def __init__(self, net: PaddedNet, side: int) -> None:
        self.net, self.side = net.eval(), side

    def __call__(self, pixels: Pixels) -> tuple[float, float]:
        width, height = self.answers([pixels])[0]
        return float(width), float(height)

    @torch.no_grad()
    def answers(self, pictures: Sequence[Pixels]) -> Floats:
        """(n, 2) float32: what the net says, whatever it is."""
        found = [np.empty((0, 2), np.float32)]
        for start in range(0, len(pictures), AT_ONCE):
            shown = [pad(pixels, self.side) for pixels in pictures[start : start + AT_ONCE]]
            found.append(self.net(torch.from_numpy(np.stack(shown))).numpy())
        return np.concatenate(found)


def log_ratios(answers: Floats) -> Floats:
    """(n, 2) raw answers -> (n,) log ratios t, as tasks/squish.py has them."""
    inside = np.log(np.clip(answers, LEAST, 1))
    return np.asarray(inside[:, 0] - inside[:, 1])


def load_padded_net(folder: str | Path) -> PaddedJudge:
    """The net that `photoloupe train` left in a run folder; ModelError if there is none."""
    note = load_note(Path(folder))
    try:
        net = make_padded_net(EfficientNetSection.model_validate(note["trunk"]))
        side = int(note["side"])
    except (KeyError, ValueError) as error:
        raise ModelError(f"{folder}: not the run of a padded recipe ({error})") from error
    load_net(net, Path(folder))
    return PaddedJudge(net, side)

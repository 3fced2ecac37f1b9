"""The classes net: a frozen ConvNeXt that sees a photo squashed to a small square.

judge = load_class_net("runs/selfie_convnext_tiny")
judge(pixels)    # (H, W, 3) uint8 RGB -> {"selfie": 0.97, "nonselfie": 0.03}
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import ConvNextConfig, ConvNextModel

from photoloupe.arrays import Floats, Pixels
from photoloupe.errors import ModelError
from photoloupe.training.engine.fit import Net
from photoloupe.training.engine.run_note import load_note
from photoloupe.training.published.run_folder import load_net, load_trunk
from photoloupe.training.published.selfie_squashed.data import squash
from photoloupe.training.published.selfie_squashed.recipe import ConvNeXtSection

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as the trunk was fed
SHAPE = "depths", "hidden_sizes"
AT_ONCE = 64  # photos


class ClassNet(Net):
    """forward(pixels (B, side, side, 3) uint8) -> (B, classes) logits."""

    mean: Tensor
    std: Tensor

    def __init__(self, trunk: ConvNextModel, classes: int) -> None:
        super().__init__()
        self.trunk = trunk
        width = cast(list[int], trunk.config.hidden_sizes)[-1]
        self.heads = nn.ModuleDict({"classes": nn.Linear(width, classes)})
        self.register_buffer("mean", torch.tensor(MEAN) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(STD) * 255, persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        x = ((pixels - self.mean) / self.std).permute(0, 3, 1, 2)
        return cast(Tensor, self.heads["classes"](self.trunk(x).pooler_output))

    def losses(self, batches: dict[str, Any]) -> dict[str, Tensor]:
        """Cross-entropy."""
        pixels, target = batches["classes"]
        return {"classes": F.cross_entropy(self(pixels).float(), target)}


def make_class_net(shape: ConvNeXtSection, classes: int, weights: str | None = None) -> ClassNet:
    """weights: folder or hub name of a ConvNeXt of that shape; None: random ones."""
    config = ConvNextConfig(depths=list(shape.depths), hidden_sizes=list(shape.widths))
    trunk = ConvNextModel(config)
    if weights is not None:
        trunk = load_trunk(ConvNextModel, weights, config, SHAPE)
    return ClassNet(trunk, classes)


class ClassJudge:
    """A trained net that takes pictures of any size: judge(pixels) -> probability a class."""

    def __init__(self, net: nn.Module, side: int, classes: Sequence[str]) -> None:
        self.net, self.side, self.classes = net.eval(), side, tuple(classes)

    def __call__(self, pixels: Pixels) -> dict[str, float]:
        found = self.answers([pixels])[0]
        return {name: float(p) for name, p in zip(self.classes, found, strict=True)}

    @torch.no_grad()
    def answers(self, pictures: Sequence[Pixels]) -> Floats:
        """(n, classes) float32 probabilities."""
        found = [np.empty((0, len(self.classes)), np.float32)]
        for start in range(0, len(pictures), AT_ONCE):
            shown = [squash(pixels, self.side) for pixels in pictures[start : start + AT_ONCE]]
            found.append(self.net(torch.from_numpy(np.stack(shown))).softmax(1).numpy())
        return np.concatenate(found)


def load_class_net(folder: str | Path) -> ClassJudge:
    """The net that `photoloupe train` left in a run folder; ModelError if there is none."""
    note = load_note(Path(folder))
    try:
        shape, classes = ConvNeXtSection.model_validate(note["trunk"]), list(note["classes"])
        net, side = make_class_net(shape, len(classes)), int(note["side"])
    except (KeyError, ValueError) as error:
        raise ModelError(f"{folder}: not the run of a classes recipe ({error})") from error
    load_net(net, Path(folder))
    return ClassJudge(net, side, classes)

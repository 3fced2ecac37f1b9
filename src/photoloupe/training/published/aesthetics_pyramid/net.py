"""The pyramid net: a trunk on the complete picture, bins of it side by side, a dense head."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModel

from photoloupe.errors import ModelError
from photoloupe.models.view import STRIDE
from photoloupe.training.engine.fit import Net
from photoloupe.training.engine.losses import LOSSES
from photoloupe.training.published.aesthetics_pyramid.pool import pool_pyramid
from photoloupe.training.published.aesthetics_pyramid.recipe import AestheticsPyramidRecipe
from photoloupe.training.trunks.lite0 import Lite0

OUTPUTS = {"aesthetics": 10, "good": 1}


class PyramidNet(Net):
    """forward(pixels (B, H, W, 3) uint8, valid_hw (B, 2)) -> (B, 10) logits, (B, 1) logit of good.

    What the picture does not cover is grey, which the trunk sees as zeros; no bin holds any of it.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, trunk: nn.Module, channels: int, recipe: AestheticsPyramidRecipe) -> None:
        super().__init__()
        self.trunk, self.recipe = trunk, recipe
        inputs = channels * sum(n * n for n in recipe.levels)
        dense = nn.Sequential(
            nn.Dropout(recipe.trunk.dropout), nn.Linear(inputs, recipe.hidden), nn.ReLU(),
            nn.Dropout(recipe.trunk.dropout),
        )  # fmt: skip
        answers = {name: nn.Linear(recipe.hidden, size) for name, size in OUTPUTS.items()}
        self.heads = nn.ModuleDict({"dense": dense, **answers})
        self.register_buffer("mean", torch.tensor(recipe.trunk.mean) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(recipe.trunk.std) * 255, persistent=False)

    def forward(self, pixels: Tensor, valid_hw: Tensor) -> tuple[Tensor, ...]:
        x = ((pixels - self.mean) / self.std).permute(0, 3, 1, 2)
        features = self.trunk(x)
        features = getattr(features, "last_hidden_state", features)
        pooled = pool_pyramid(features, valid_hw, self.recipe.levels, self.recipe.pool)
        dense = self.heads["dense"](pooled)
        return tuple(self.heads[name](dense) for name in OUTPUTS)

    def losses(self, batches: dict[str, Any]) -> dict[str, Tensor]:
        canvas, valid_hw, target, mean = batches["rated"]
        logits, good = (answer.float() for answer in self(canvas, valid_hw))
        truth = (mean > self.recipe.good_above).float()
        return {
            "aesthetics": LOSSES["aesthetics"](logits, target).mean(),
            "good": F.binary_cross_entropy_with_logits(good[:, 0], truth),
        }


def make_pyramid_net(recipe: AestheticsPyramidRecipe, weights: Path | None) -> PyramidNet:
    """weights: the file of Lite0's weights, or the folder of a net of transformers."""
    if recipe.trunk.net == "transformers":
        return PyramidNet(*_from_folder(weights), recipe)
    trunk = Lite0(recipe.trunk.width)
    if weights is not None:
        trunk.load_published(weights)
    if recipe.trunk.freeze_blocks:
        trunk._conv_stem.requires_grad_(False)
        trunk._blocks[: recipe.trunk.freeze_blocks].requires_grad_(False)
    return PyramidNet(trunk, trunk.channels, recipe)


def _from_folder(weights: Path | None) -> tuple[nn.Module, int]:
    """(trunk, its channels); ModelError unless it makes a map of one cell for 32 x 32 pixels."""
    if weights is None:
        raise ModelError("a trunk of transformers comes from a folder or hub name: --weights")
    try:
        trunk = cast(nn.Module, AutoModel.from_pretrained(weights.as_posix()))
    except (OSError, ValueError, RuntimeError) as error:
        why = str(error).partition("\n")[0]  # transformers goes on for a page
        raise ModelError(f"{weights}: no net can be loaded ({why})") from error
    try:
        with torch.no_grad():
            found = trunk.eval()(torch.zeros(1, 3, 2 * STRIDE, 3 * STRIDE)).last_hidden_state
    except (AttributeError, ValueError, RuntimeError, TypeError) as error:
        raise ModelError(f"{weights}: takes no picture of any shape ({error})") from error
    if found.ndim != 4 or found.shape[2:] != (2, 3):
        raise ModelError(
            f"{weights}: makes {tuple(found.shape)} of 64 x 96 pixels, not (1, C, 2, 3)"
        )
    _hold_statistics(trunk)
    return trunk, int(found.shape[1])


def _hold_statistics(trunk: nn.Module) -> None:
    """Batch norms stay as they were taught: the grey around small pictures would mislead them."""
    for part in trunk.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()
            part.train = lambda mode=True, part=part: part  # type: ignore[method-assign, misc]

"""The trace net: the readings of read.py in, 35 logits of the log ratio t out."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photoloupe.questions import squish
from photoloupe.training.engine.figures import Array
from photoloupe.training.engine.fit import Net
from photoloupe.training.engine.recipe import TracesRecipe
from photoloupe.training.traces.read import LINE, LINES, MAP, MAPS

SCALED_ON = 20000  # samples that the mean and deviation are taken over
NOISE = 0.2  # added to standardised readings while training
LEAST_SPREAD = 0.05  # added to a deviation, so that a dead frequency is not blown up


class Standard(nn.Module):
    """(B, *shape) readings minus their mean over their deviation, at every frequency."""

    mean: Tensor
    scale: Tensor

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("scale", torch.ones(shape))

    def set_from(self, readings: Array) -> None:
        """readings: (N, *shape), both ways round."""
        self.mean.copy_(torch.from_numpy(readings.mean(0)))
        self.scale.copy_(torch.from_numpy(1 / (readings.std(0) + LEAST_SPREAD)))

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) * self.scale


class Reader(nn.Module):
    """Standardised maps (B, 4, 33, 33) and lines (B, 2, 5, 129) -> (B, 256) features.

    One matrix reads the lines along x and those along y.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.of_maps = nn.Linear(MAPS * MAP * MAP, width)
        self.of_lines = nn.Linear(LINES * LINE, width // 2)
        self.judge = nn.Sequential(
            nn.BatchNorm1d(2 * width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(2 * width, width),
            nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, 256), nn.ReLU(),
        )  # fmt: skip

    def forward(self, maps: Tensor, lines: Tensor) -> Tensor:
        axes = [self.of_lines(lines[:, axis].flatten(1)) for axis in (0, 1)]
        return cast(Tensor, self.judge(torch.cat([self.of_maps(maps.flatten(1)), *axes], 1)))


class TraceNet(Net):
    """forward(maps (B, 4, 33, 33), lines (B, 2, 5, 129)) float32 -> (B, 35) logits.

    A photo with x and y exchanged has to give the mirror image of the answer, so the net looks at
    the readings both ways and averages: the symmetry holds exactly, whatever was learnt.
    """

    def __init__(self, width: int = 512, dropout: float = 0.3) -> None:
        super().__init__()
        self.standard_maps = Standard((MAPS, MAP, MAP))
        self.standard_lines = Standard((LINES, LINE))
        self.trunk = Reader(width, dropout)
        self.heads = nn.ModuleDict({"squish": nn.Linear(256, len(squish.BINS))})

    def one_way(self, maps: Tensor, lines: Tensor) -> Tensor:
        features = self.trunk(self.standard_maps(maps), self.standard_lines(lines))
        return cast(Tensor, self.heads["squish"](features))

    def forward(self, maps: Tensor, lines: Tensor) -> Tensor:
        there = self.one_way(maps, lines)
        back = self.one_way(maps.transpose(2, 3), lines.flip(1))
        return (there + back.flip(1)) / 2

    def losses(self, batches: dict[str, Any]) -> dict[str, Tensor]:
        """Weighted cross-entropy, one way: the batches come either way round."""
        maps, lines, target, weight = batches["traces"]
        maps, lines = self.standard_maps(maps), self.standard_lines(lines)
        maps, lines = (x + NOISE * torch.randn_like(x) for x in (maps, lines))
        logs = F.log_softmax(self.heads["squish"](self.trunk(maps, lines)), 1)
        return {"traces": -((target * logs).sum(1) * weight).mean()}


def make_trace_net(recipe: TracesRecipe, maps: Array, lines: Array) -> TraceNet:
    """A net of random weights that knows the spread of the readings."""
    net = TraceNet(recipe.width, recipe.dropout)
    maps, lines = maps[:SCALED_ON].astype(np.float32), lines[:SCALED_ON].astype(np.float32)
    net.standard_maps.set_from(np.concatenate([maps, maps.transpose(0, 1, 3, 2)]))
    net.standard_lines.set_from(lines.reshape(-1, LINES, LINE))
    return net

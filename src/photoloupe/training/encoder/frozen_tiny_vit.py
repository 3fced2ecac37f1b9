"""TinyViT-5M as published, at a photo's own shape: an ONNX graph of features and embedding."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photoloupe.errors import ModelError
from photoloupe.models.view import MOST_PATCHES, PATCH
from photoloupe.training.encoder.tower import EMBEDDING
from photoloupe.training.engine.export import round_to_half, store_as_half, write_program
from photoloupe.training.trunks.tiny_vit import TinyViT

EMBEDDING_SIZE = 512  # of every catalog
MOST_PHOTOS = 4096  # in a batch


class FrozenTinyViT(nn.Module):
    """Averages over the picture of what each stage gives, the last first.

    The last ones know what is shown, the first ones how it was taken.
    """

    def __init__(self, trunk: TinyViT) -> None:
        super().__init__()
        self.trunk = trunk

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(B, H, W, 3) uint8, sides multiples of 16 -> features (B, 672), embedding (B, 512).

        The embedding is the last averages at length 1, then zeros.
        """
        stages = [self.trunk.stem(pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0)]
        for stage in self.trunk.stages:
            stages.append(stage(stages[-1]))
        means = [stage.mean((2, 3)) for stage in stages]
        means[-1] = self.trunk.finish(means[-1])
        unit = F.normalize(means[-1])
        embedding = F.pad(unit, (0, EMBEDDING_SIZE - unit.shape[1]))
        return torch.cat(means[::-1], 1), embedding


def export_tiny_vit(weights: Path | None, path: Path) -> onnx.ModelProto:
    """Write it to `path` with float16 weights, and load it. Raises ModelError without weights."""
    if weights is None:
        raise ModelError("needs --weights: TinyViT-5M as an ONNX file")
    trunk = TinyViT()
    trunk.load_published(weights)
    net = FrozenTinyViT(trunk).eval()
    round_to_half(net)
    sides = {
        axis: PATCH * torch.export.Dim(name, min=2, max=MOST_PATCHES)
        for axis, name in ((1, "h"), (2, "w"))
    }
    program = torch.onnx.export(
        net,
        (torch.zeros((2, 144, 192, 3), dtype=torch.uint8),),
        dynamo=True,
        input_names=["pixels"],
        output_names=["features", EMBEDDING],
        dynamic_shapes=({0: torch.export.Dim("batch", max=MOST_PHOTOS), **sides},),
        verbose=False,
    )
    write_program(program, path, store_as_half)
    return onnx.load(path)

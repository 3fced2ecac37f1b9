"""The selfie net of a shipped model, made again from its ONNX file's parameters."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from photoloupe.cards import Card
from photoloupe.errors import ModelError
from photoloupe.training.nets import Lite0, pool_valid
from photoloupe.training.stored import read_exported


class SelfieNet(nn.Module):
    """forward(pixels (B, H, W, 3) uint8, valid_hw (B, 2) float32) -> (B, 1) log odds."""

    def __init__(self, trunk: Lite0) -> None:
        super().__init__()
        self.trunk, self.selfie = trunk, nn.Linear(trunk.channels, 1)

    def forward(self, pixels: Tensor, valid_hw: Tensor) -> Tensor:
        features = self.trunk(pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0)
        return cast(Tensor, self.selfie(pool_valid(features, valid_hw)))


def load_shipped(card: Card) -> SelfieNet:
    """Raises ModelError if the file is altered, or its trunk is no EfficientNet-Lite0."""
    path = card.folder / card.file
    card.model_bytes  # noqa: B018 (checks that the file is the card's)
    stored = read_exported(path)
    try:
        top = next(value for name, value in stored.items() if name.endswith("_conv_head.bias"))
        net = SelfieNet(Lite0(len(top) / 1280))
        state = {name: _of(stored, name) for name in net.state_dict()}
        net.load_state_dict(state)
    except (StopIteration, KeyError, RuntimeError) as error:
        raise ModelError(f"{path}: holds no EfficientNet-Lite0 ({error!r}); try onnx") from error
    return net.eval()


def _of(stored: dict[str, Tensor], name: str) -> Tensor:
    """The parameter so called in the file, under whatever part of a larger net it lies."""
    return next(value for key, value in stored.items() if key.endswith(f".{name}"))

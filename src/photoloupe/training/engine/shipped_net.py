"""The selfie net of a shipped model, made again from its ONNX file's parameters."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from photoloupe.errors import ModelError
from photoloupe.models.card import Card
from photoloupe.training.engine.onnx_weights import read_exported
from photoloupe.training.trunks import TRUNKS, Trunk, pool_valid


class SelfieNet(nn.Module):
    """forward(pixels (B, H, W, 3) uint8, valid_hw (B, 2) float32) -> (B, 1) log odds."""

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self.trunk, self.selfie = trunk, nn.Linear(trunk.channels, 1)

    def forward(self, pixels: Tensor, valid_hw: Tensor) -> Tensor:
        """See the class for shapes."""
        features = self.trunk(pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0)
        return cast(Tensor, self.selfie(self.trunk.finish(pool_valid(features, valid_hw))))


def load_shipped(card: Card) -> SelfieNet:
    """Raises ModelError if the file is altered, or its trunk is none that is known."""
    path = card.folder / card.file
    card.model_bytes  # noqa: B018 (checks that the file is the card's)
    stored = read_exported(path)
    try:
        net = SelfieNet(_random_trunk(stored))
        state = {name: _of(stored, name) for name in net.state_dict()}
        net.load_state_dict(state)
    except (StopIteration, KeyError, RuntimeError) as error:
        raise ModelError(f"{path}: holds no trunk that is known ({error!r}); try onnx") from error
    return net.eval()


def _random_trunk(stored: dict[str, Tensor]) -> Trunk:
    ends = ((name, kind) for name in stored for kind in TRUNKS.values())
    name, kind = next((name, kind) for name, kind in ends if name.endswith(kind.last_bias))
    return kind(len(stored[name]) / kind.published_channels)


def _of(stored: dict[str, Tensor], name: str) -> Tensor:
    """The parameter so called in the file, under whatever part of a larger net it lies."""
    return next(value for key, value in stored.items() if f".{key}".endswith(f".{name}"))

"""The damage net: a frozen trunk, read at every depth, and a small head that sees damage.

Statistics of the early layers go straight to the head: blur, noise and wrong exposure are
visible there and are averaged away in the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import torch
from google.protobuf.message import DecodeError
from torch import Tensor, nn
from torch.nn import functional as F

from photoloupe.errors import ModelError
from photoloupe.models.card import EMBEDDING
from photoloupe.training.damage.recipe import DamageRecipe
from photoloupe.training.engine.fit import Net
from photoloupe.training.engine.losses import aesthetics_loss
from photoloupe.training.engine.onnx_weights import read_exported
from photoloupe.training.trunks import pool_valid
from photoloupe.training.trunks.lite0 import InvertedBlock, Lite0

RATINGS = 10
NONE: Mapping[str, int] = MappingProxyType({})


class DepthReader(nn.Module):
    """A Lite0 that is never trained, read at every depth.

    forward(pixels (B, H, W, 3) uint8, valid_hw (B, 2) float32) -> (B, F): the pooled last features,
    then mean and log standard deviation of each channel after the stem and after every block that
    ends a resolution.
    """

    def __init__(self, trunk: Lite0) -> None:
        super().__init__()
        self.trunk, self.channels = trunk, trunk.channels
        self.requires_grad_(False)

    def forward(self, pixels: Tensor, valid_hw: Tensor) -> Tensor:
        return self.read(pixels, valid_hw)[0]

    def read(self, pixels: Tensor, valid_hw: Tensor) -> tuple[Tensor, Tensor]:
        """As `forward`, and the (B, middle channels) embedding of ManyHeads."""
        x = F.relu6(self.trunk._conv_stem(pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0))
        stride, found = 2, [spread(x, valid_hw, 2)]
        blocks = [block for block in self.trunk._blocks if isinstance(block, InvertedBlock)]
        strides = [block._depthwise_conv.stride[0] for block in blocks]
        for block, own, following in zip(blocks, strides, [*strides[1:], 2], strict=True):
            middle, x, stride = x, block(x), stride * own
            if following == 2:
                found.append(spread(x, valid_hw, stride))
        last = F.relu6(self.trunk._conv_head(x))
        read = torch.cat([pool_valid(last, valid_hw, stride), *found], 1)
        return read, pool_valid(middle, valid_hw)


def spread(features: Tensor, valid_hw: Tensor, stride: int) -> Tensor:
    """(B, C, h, w) -> (B, 2C): mean and log standard deviation over the cells of the picture."""
    mean = pool_valid(features, valid_hw, stride)
    variance = (pool_valid(features * features, valid_hw, stride) - mean**2).clamp_min(0)
    return torch.cat([mean, 0.5 * steady_log(variance.double() + 1e-4)], 1)


def steady_log(x: Tensor) -> Tensor:
    """ln of float64 values (...,), as float32.

    In float32 its last bit would change with a photo's position in a batch: a vector's odd end is
    computed by other code than the rest.
    """
    return torch.log(x).float()


class DamageHead(nn.Module):
    """What the trunk read -> (B, 1) damage, at least 0. `shift` and `scale` level the reading."""

    shift: Tensor
    scale: Tensor

    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("shift", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))
        self.dropout = nn.Dropout(dropout)
        self.direct, self.inner = nn.Linear(width, 1), nn.Linear(width, hidden)
        self.outer = nn.Linear(hidden, 1)
        nn.init.zeros_(self.direct.weight)
        nn.init.constant_(self.direct.bias, -3.0)  # at first next to no damage is seen

    def forward(self, read: Tensor) -> Tensor:
        """(B, F) as the trunk read it -> (B, 1)."""
        level = self.dropout(((read - self.shift) * self.scale).clamp(-5, 5))
        hidden = self.dropout(F.relu(self.inner(level)))
        return steady_log(1 + (self.direct(level) + self.outer(hidden)).double().exp())  # softplus


class DamageNet(Net):
    """forward(pixels (B, H, W, 3) uint8, valid_hw (B, 2) float32) -> what `outputs` names.

    Logits of the `others`, heads of other questions that stay as they are; (B, 10) logits of
    aesthetics; (B, middle channels) embedding. Two heads are trained on a trunk that stays: one
    rates what is shown, beginning as the trunk's own; the damage d of the other tilts that rating,
    logit k becomes logit k - d (k - 5.5), so more damage is a lower score.
    """

    trunk: DepthReader

    def __init__(
        self,
        trunk: Lite0,
        hidden: int,
        dropout: float,
        others: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        self.trunk = DepthReader(trunk)
        heads = {name: nn.Linear(trunk.channels, size) for name, size in others.items()}
        self.others = nn.ModuleDict(heads).requires_grad_(False)
        self.shown = nn.Linear(trunk.channels, RATINGS)
        with torch.no_grad():
            grey = torch.zeros(1, 32, 32, 3, dtype=torch.uint8), torch.full((1, 2), 32.0)
            width = self.trunk(*grey).shape[1]
        self.damage = DamageHead(width, hidden, dropout)
        self.heads = nn.ModuleDict({"damage": self.damage, "shown": self.shown})
        self.register_buffer("tilt", torch.arange(RATINGS) - (RATINGS - 1) / 2)

    @property
    def outputs(self) -> list[str]:
        return [*self.others, "aesthetics", EMBEDDING]

    def forward(self, pixels: Tensor, valid_hw: Tensor) -> tuple[Tensor, ...]:
        """See the class for shapes."""
        read, embedding = self.trunk.read(pixels, valid_hw)
        others = (head(read[:, : self.trunk.channels]) for head in self.others.values())
        return *others, self.logits(read), embedding

    def logits(self, read: Tensor) -> Tensor:
        """(B, 10) logits."""
        shown: Tensor = self.shown(read[:, : self.trunk.channels])
        return cast(Tensor, shown - self.damage(read) * cast(Tensor, self.tilt))

    def level(self, read: Tensor) -> None:
        """Take what the trunk read in all training views, (N, F), as the zero and unit.

        In half precision, as they will be stored.
        """
        self.damage.shift.copy_(read.mean(0).half())
        self.damage.scale.copy_((1 / (read.std(0) + 1e-2)).half())

    def losses(self, batches: dict[str, Any]) -> dict[str, Tensor]:
        """Losses of one batch, scalars.

        order: of a copy that is not far enough below its photo; rated: of an undamaged photo that
        is rated wrongly.
        """
        read, whole, rating, order = batches["photos"]
        logits = self.logits(read)
        rated = aesthetics_loss(logits[whole], rating).mean()
        return {"order": order_loss(mean_rating(logits), order), "rated": rated}


def mean_rating(logits: Tensor) -> Tensor:
    """(B, 10) logits -> (B,) scores from 1 to 10, as questions.aesthetics.decode gives them."""
    return logits.softmax(1) @ torch.arange(1.0, RATINGS + 1, device=logits.device)


def order_loss(score: Tensor, order: Tensor) -> Tensor:
    """Mean hinge over pairs; order (P, 3): index of the better, of the worse, least gap."""
    better, worse = score[order[:, 0].long()], score[order[:, 1].long()]
    return F.relu(order[:, 2] - (better - worse)).sum() / max(1, len(order))


def make_damage_net(recipe: DamageRecipe, weights: Path | None = None) -> DamageNet:
    """The recipe's net: trunk and rating out of a model's ONNX file if given, else random.

    Raises ModelError if the file has no trunk of the recipe's shape.
    """
    trunk = Lite0(recipe.trunk.width)
    if weights is None:
        return DamageNet(trunk, recipe.hidden, recipe.trunk.dropout).eval()
    try:
        stored = read_exported(weights)
        sizes = {name: len(stored[f"heads.{name}.bias"]) for name in _heads(stored)}
        shown = {name: size for name, size in sizes.items() if name != "aesthetics"}
        net = DamageNet(trunk, recipe.hidden, recipe.trunk.dropout, shown)
        parts = {"trunk.": net.trunk.trunk, "heads.aesthetics.": net.shown}
        parts |= {f"heads.{name}.": head for name, head in net.others.items()}
        for prefix, part in parts.items():
            names = [name for name, _ in part.named_parameters()]
            part.load_state_dict({name: stored[prefix + name] for name in names})
    except (OSError, KeyError, RuntimeError, DecodeError) as error:
        raise ModelError(f"{weights}: holds no trunk of this shape ({error})") from error
    return net.eval()


def _heads(stored: dict[str, Tensor]) -> list[str]:
    return [name.split(".")[1] for name in stored if name.startswith("heads.") and "bias" in name]

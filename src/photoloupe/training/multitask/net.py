"""The net of a multitask recipe: it takes a batch of views and returns raw outputs by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from google.protobuf.message import DecodeError
from torch import Tensor, nn
from torch.nn import functional as F

from photoloupe.errors import ModelError
from photoloupe.questions.registry import QUESTIONS
from photoloupe.training.engine.fit import Net
from photoloupe.training.engine.losses import LOSSES
from photoloupe.training.engine.onnx_weights import read_exported
from photoloupe.training.multitask.recipe import MultitaskRecipe
from photoloupe.training.trunks import Trunk, make_trunk, pool_valid

TEACHER = "teacher"


class ManyHeads(Net):
    """One trunk, one linear head a task.

    forward(pixels (B, H, W, 3) uint8, valid_hw (B, 2) float32) -> (B, head size) logits, in the
    order of `heads`, and a (B, middle channels) embedding. Normalisation is inside, so a saved
    model needs no preprocessing notes.
    """

    trunk: Trunk

    def __init__(
        self, trunk: Trunk, heads: dict[str, int], dropout: float = 0.2, taught: int = 0
    ) -> None:
        """taught: numbers in a teacher's features; the head that learns them gives no output."""
        super().__init__()
        self.trunk, self.answers = trunk, tuple(heads)
        self.dropout = nn.Dropout(dropout)
        if taught:
            heads = {**heads, TEACHER: taught}
        self.heads = nn.ModuleDict({k: nn.Linear(trunk.channels, n) for k, n in heads.items()})

    def go_on_from(self, path: Path) -> None:
        """Take trunk and heads of a model's ONNX file. Raises ModelError if it has others."""
        try:
            stored = read_exported(path)
            wanted = [name for name in self.state_dict() if not name.startswith("heads.teacher")]
            self.load_state_dict({name: stored[name] for name in wanted}, strict=False)
        except (OSError, KeyError, RuntimeError, DecodeError) as error:
            raise ModelError(f"{path}: not a model of this shape ({error})") from error

    def middle(self, pixels: Tensor) -> Tensor:
        """The trunk's features before its last part: (B, C, h, w)."""
        return self.trunk.middle(pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0)

    def pooled(self, pixels: Tensor, valid_hw: Tensor) -> Tensor:
        """What the heads are given: (B, C)."""
        return self._features(self.middle(pixels), valid_hw)

    def _features(self, middle: Tensor, valid_hw: Tensor) -> Tensor:
        return self.trunk.finish(pool_valid(self.trunk.top(middle), valid_hw))

    def forward(self, pixels: Tensor, valid_hw: Tensor) -> tuple[Tensor, ...]:
        """See the class for shapes."""
        middle = self.middle(pixels)
        pooled = self._features(middle, valid_hw)
        embedding = pool_valid(middle, valid_hw, self.trunk.middle_stride)
        return *(self.heads[task](pooled) for task in self.answers), embedding

    def task_logits(self, task: str, pixels: Tensor, valid_hw: Tensor) -> Tensor:
        """(B, head size) logits of one head, with dropout while training."""
        return cast(Tensor, self.heads[task](self.dropout(self.pooled(pixels, valid_hw))))

    def losses(self, batches: dict[str, Any]) -> dict[str, Tensor]:
        """Each task's loss on its own batch, a scalar, and the teacher's two."""
        found = self._taught(*batches[TEACHER]) if TEACHER in batches else {}
        for task in self.answers:
            canvas, valid_hw, target, weight = batches[task]
            loss = LOSSES[QUESTIONS[task].loss]
            logits = self.task_logits(task, canvas, valid_hw).float()
            found[task] = (loss(logits, target) * weight).sum() / weight.sum()
        return found

    def _taught(
        self, canvas: Tensor, valid_hw: Tensor, features: Tensor, ratings: Tensor
    ) -> dict[str, Tensor]:
        """`teacher`: one less the cosine to its features; `taught`: the loss on its ratings."""
        pooled = self.dropout(self.pooled(canvas, valid_hw))
        near = F.cosine_similarity(self.heads[TEACHER](pooled).float(), features)
        rated = LOSSES["aesthetics"](self.heads["aesthetics"](pooled).float(), ratings)
        return {"teacher": (1 - near).mean(), "taught": rated.mean()}


def make_net(recipe: MultitaskRecipe, weights: Path | None = None, taught: int = 0) -> ManyHeads:
    """The recipe's net, going on from `weights`: a published trunk, or a model's ONNX file.

    Random without. taught: as `ManyHeads` takes it.
    """
    trunk = make_trunk(recipe.trunk.net, recipe.trunk.width)
    goes_on = weights is not None and _has_heads(weights)
    if weights is not None and not goes_on:
        trunk.load_published(weights)
    trunk.freeze(recipe.trunk.freeze_blocks)
    heads = {task: QUESTIONS[task].outputs for task in recipe.tasks}
    net = ManyHeads(trunk, heads, recipe.trunk.dropout, taught)
    if weights is not None and goes_on:
        net.go_on_from(weights)
    return net


def _has_heads(path: Path) -> bool:
    """Is it a model's ONNX file? A published trunk has no heads; it may be ONNX too."""
    if path.suffix != ".onnx":
        return False
    try:
        return any(name.startswith("heads.") for name in read_exported(path))
    except (OSError, DecodeError) as error:
        raise ModelError(f"{path}: not a model of this shape ({error})") from error

"""Training in stages: each has its own optimiser, and a step makes one loss small."""

from __future__ import annotations

from typing import Any, cast

import torch
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor

from photoloupe.training.engine.fit import Net, TrainingSteps
from photoloupe.training.published.aesthetics_prompts.recipe import AestheticsPromptsRecipe

OPTIMISERS = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam, "sgd": torch.optim.SGD}


class StagedSteps(TrainingSteps):
    """One step, of the stage that it is in: that stage's optimiser, its loss of this epoch alone.

    Every stage's optimiser is there from the start, so that a checkpoint holds all of them; one
    that has not begun has nothing to remember.
    """

    def __init__(self, net: Net, recipe: AestheticsPromptsRecipe) -> None:
        super().__init__(net, recipe)
        self.staged, self.automatic_optimization = recipe.fit, False

    def configure_optimizers(self) -> Any:
        learnt = [p for p in self.net.parameters() if p.requires_grad]
        """One optimiser a stage, in order."""
        return [OPTIMISERS[s.optimiser](learnt, lr=s.rate) for s in self.staged.stages]

    def training_step(self, batches: dict[str, Any], _: int) -> Tensor:
        """One step of the stage that it is in; returns the loss that it makes small."""
        stage, name = self.staged.at(self.global_step)
        optimisers = cast(list[LightningOptimizer], self.optimizers(use_pl_optimizer=True))
        losses = self.net.losses(batches)
        self.log_dict({f"loss/{key}": loss for key, loss in losses.items()}, prog_bar=True)
        optimisers[stage].zero_grad()
        self.manual_backward(losses[name])
        optimisers[stage].step()
        return losses[name]

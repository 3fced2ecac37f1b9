"""The training run of any recipe: its net, its batches, a folder for what comes out."""

from __future__ import annotations

import logging
import math
import sys
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import CombinedLoader
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from photoloupe.training.engine.run_note import claim
from photoloupe.training.engine.sections import FitSection, FittedRecipe

Data = Mapping[str, IterableDataset[Any]]  # endless batches, one stream or several


class Net(nn.Module, ABC):
    """What can be trained: a trunk, loaded or random, and new heads on it."""

    trunk: nn.Module
    heads: nn.ModuleDict

    @abstractmethod
    def losses(self, batches: dict[str, Any]) -> dict[str, Tensor]:
        """Losses by name, a scalar each, of one batch of every stream."""


AnyNet = TypeVar("AnyNet", bound=Net)


def rate_share(fit: FitSection, step: int) -> float:
    """The share of the top rate, 0 to 1, at `step` (from 0): warm-up, then a cosine or drops."""
    if step < fit.warmup_steps:
        return (step + 1) / fit.warmup_steps
    if fit.drop_steps:
        return float(0.1 ** (step // fit.drop_steps))
    done = (step - fit.warmup_steps) / max(1, fit.steps - fit.warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


class TrainingSteps(lightning.LightningModule):
    """One step: a batch of every stream through the net, weighted losses added."""

    def __init__(self, net: Net, recipe: FittedRecipe) -> None:
        super().__init__()
        self.net, self.recipe = net, recipe
        self.trunk_parameters = [p for p in net.trunk.parameters() if p.requires_grad]

    def on_train_batch_start(self, *_: Any) -> None:
        """Hold the trunk, its batch statistics too, while the heads are trained alone."""
        learns = self.global_step >= self.recipe.fit.heads_only_steps
        self.net.trunk.train(learns)
        for parameter in self.trunk_parameters:
            parameter.requires_grad_(learns)

    def training_step(self, batches: dict[str, Any], _: int) -> Tensor:
        """The weighted sum of the net's losses, a scalar; each is logged as `loss/<name>`."""
        total = torch.zeros((), device=self.device)
        for name, loss in self.net.losses(batches).items():
            self.log(f"loss/{name}", loss, prog_bar=True)
            total = total + self.recipe.loss_weights[name] * loss
        return total

    def configure_optimizers(self) -> Any:
        """AdamW with a rate for the trunk and one for the heads, both by `rate_share`."""
        fit = self.recipe.fit
        optimiser = torch.optim.AdamW(
            [
                {"params": self.trunk_parameters, "lr": fit.trunk_rate},
                {"params": self.net.heads.parameters(), "lr": fit.head_rate},
            ],
            weight_decay=fit.weight_decay,
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate_share(fit, step))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def fit(
    recipe: FittedRecipe,
    make_net: Callable[[], AnyNet],
    make_data: Callable[[int], Data],
    out: Path,
    workers: int,
    *,
    make_steps: Callable[..., lightning.LightningModule] = TrainingSteps,
) -> AnyNet:
    """Train, or go on from the newest checkpoint in `out`; return the net, ready to be used.

    make_data: steps already done -> the streams from there on; make_steps: what one step does, by
    default a step of all weighted losses (see TrainingSteps); workers: loader processes a stream.
    Raises RecipeError if `out` holds the run of another recipe, ModelError for unfit weights.
    """
    claim(out, recipe)
    lightning.seed_everything(recipe.fit.seed, workers=True, verbose=False)
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # it advertises
    newest = out / "checkpoints" / "last.ckpt"
    resumes = newest.is_file()
    done = torch.load(newest, weights_only=True)["global_step"] if resumes else 0
    net = make_net().train()
    loaders = {
        name: DataLoader(stream, batch_size=None, num_workers=workers)
        for name, stream in make_data(done).items()
    }
    with warnings.catch_warnings():
        # A checkpoint is to hold what a step made, not what it began with.
        warnings.filterwarnings("ignore", "Using ModelCheckpoint with manual optimization")
        _trainer(recipe, out).fit(
            make_steps(net, recipe),
            CombinedLoader(loaders, "min_size"),
            ckpt_path=newest if resumes else None,
            weights_only=True,
        )
    return net.eval()


def _trainer(recipe: FittedRecipe, out: Path) -> lightning.Trainer:
    every = recipe.fit.checkpoint_steps
    return lightning.Trainer(
        accelerator="auto",
        devices=1,
        precision=recipe.fit.precision,
        max_steps=recipe.fit.steps,
        logger=TensorBoardLogger(out, name="", version="log"),
        callbacks=[ModelCheckpoint(out / "checkpoints", save_last=True, every_n_train_steps=every)],
        log_every_n_steps=min(10, every),
        enable_model_summary=False,
        enable_progress_bar=sys.stdout.isatty(),
    )

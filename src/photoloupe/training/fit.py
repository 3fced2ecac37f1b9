"""The training run: a recipe, a folder of data, a folder for what comes out."""

from __future__ import annotations

import logging
import math
import sys
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import CombinedLoader
from torch import Tensor
from torch.utils.data import DataLoader

from photoloupe.errors import RecipeError
from photoloupe.tasks import squish
from photoloupe.training.data import Batch, Batches, Table
from photoloupe.training.losses import LOSSES
from photoloupe.training.nets import Lite0, ManyHeads
from photoloupe.training.recipe import Recipe

SHAPES_RUN = {"view_pixels", "trunk", "fit", "tasks"}  # the keys that a checkpoint depends on
HEAD_SIZES = {"squish": len(squish.BINS), "selfie": 1, "aesthetics": 10}


def make_net(recipe: Recipe, weights: Path | None = None) -> ManyHeads:
    """The recipe's net, from published weights if a file is given, else from random ones."""
    trunk = Lite0(recipe.trunk.width)
    if weights is not None:
        trunk.load_published(weights)
    heads = {task: HEAD_SIZES[task] for task in recipe.tasks}
    return ManyHeads(trunk, heads, recipe.trunk.dropout)


class Fit(lightning.LightningModule):
    """One step: a batch of every task through the same trunk, weighted losses added."""

    def __init__(self, net: ManyHeads, recipe: Recipe) -> None:
        super().__init__()
        self.net, self.recipe = net, recipe
        if recipe.trunk.freeze_blocks:
            net.trunk._conv_stem.requires_grad_(False)
            net.trunk._blocks[: recipe.trunk.freeze_blocks].requires_grad_(False)

    def training_step(self, batches: dict[str, Batch], _: int) -> Tensor:
        total = torch.zeros((), device=self.device)
        for task, (canvas, valid_hw, target, weight) in batches.items():
            logits = self.net.task_logits(task, canvas, valid_hw).float()
            loss = (LOSSES[task](logits, target) * weight).sum() / weight.sum()
            self.log(f"loss/{task}", loss, prog_bar=True)
            total = total + self.recipe.tasks[task].weight * loss
        return total

    def configure_optimizers(self) -> Any:
        fit = self.recipe.fit
        optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in self.net.trunk.parameters() if p.requires_grad],
                 "lr": fit.trunk_rate},
                {"params": self.net.heads.parameters(), "lr": fit.head_rate},
            ],
            weight_decay=fit.weight_decay,
        )  # fmt: skip

        def rate(step: int) -> float:
            if step < fit.warmup_steps:
                return (step + 1) / fit.warmup_steps
            done = (step - fit.warmup_steps) / max(1, fit.steps - fit.warmup_steps)
            return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def fit(
    recipe: Recipe, tables: dict[str, Table], out: Path, weights: Path | None, workers: int
) -> ManyHeads:
    """Train, or go on from the newest checkpoint in `out`; return the net, ready to export.

    Raises RecipeError if `out` holds the run of another recipe, ModelError for unfit weights.
    """
    _claim(out, recipe)
    lightning.seed_everything(recipe.fit.seed, workers=True, verbose=False)
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # it advertises
    checkpoints = out / "checkpoints"
    newest = checkpoints / "last.ckpt"
    resumes = newest.is_file()
    done = torch.load(newest, weights_only=True)["global_step"] if resumes else 0
    module = Fit(make_net(recipe, weights), recipe)
    loaders = {
        name: DataLoader(
            Batches(name, task, tables[name].train, recipe.view_pixels, recipe.fit.seed + done),
            batch_size=None,
            num_workers=workers,
        )
        for name, task in recipe.tasks.items()
    }
    trainer = lightning.Trainer(
        accelerator="auto",
        devices=1,
        precision="bf16-mixed",
        max_steps=recipe.fit.steps,
        logger=TensorBoardLogger(out, name="", version="log"),
        callbacks=[
            ModelCheckpoint(
                checkpoints, save_last=True, every_n_train_steps=recipe.fit.checkpoint_steps
            )
        ],
        log_every_n_steps=10,
        enable_model_summary=False,
        enable_progress_bar=sys.stdout.isatty(),
    )
    trainer.fit(
        module,
        CombinedLoader(loaders, "min_size"),
        ckpt_path=newest if resumes else None,
        weights_only=True,
    )
    return module.net.eval()


def _claim(out: Path, recipe: Recipe) -> None:
    """Note in `out` whose run it holds; checkpoints of another recipe must not be gone on from."""
    note, text = out / "recipe.json", recipe.model_dump_json(indent=1, include=SHAPES_RUN)
    if note.is_file() and note.read_text(encoding="utf-8") != text:
        raise RecipeError(f"{out}: holds a run of another recipe, or of this one before a change")
    note.write_text(text, encoding="utf-8")

"""A "classes" recipe, from photos to a net in a run folder, its figures and two pictures."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from photoloupe.figures import figure, share
from photoloupe.training.engine.figures import auc, balanced_accuracy
from photoloupe.training.engine.fit import Data, fit
from photoloupe.training.engine.tables import Row
from photoloupe.training.published.run_folder import (
    FILE,
    in_words,
    save_net,
    write_metrics,
)
from photoloupe.training.published.selfie_squashed.data import (
    ClassBatches,
    batches_an_epoch,
    load_small,
    load_splits,
)
from photoloupe.training.published.selfie_squashed.net import ClassJudge, make_class_net
from photoloupe.training.published.selfie_squashed.pictures import draw_dataset, draw_predictions
from photoloupe.training.published.selfie_squashed.recipe import SelfieSquashedRecipe


def run(
    recipe: SelfieSquashedRecipe,
    *,
    path: Path,
    data: Path,
    out: Path,
    weights: Path | None,
    workers: int,
) -> str:
    """Leaves `net.pt`, `metrics.json` and two PNGs in `out`; returns the figures in words."""
    splits = load_splits(recipe, path, data)
    steps = recipe.epochs * batches_an_epoch(recipe, splits["train"])
    held = recipe.fit.model_copy(update={"steps": steps, "heads_only_steps": steps})
    recipe = recipe.model_copy(update={"fit": held})
    out.mkdir(parents=True, exist_ok=True)
    draw_dataset(splits["train"], recipe).save(out / "dataset.png")
    name = weights.as_posix() if weights else None
    net = fit(
        recipe,
        lambda: make_class_net(recipe.trunk, len(recipe.classes), name),
        partial(_data, recipe, splits["train"]),
        out,
        workers,
    )
    save_net(net, out)
    judge = ClassJudge(net, recipe.side, recipe.classes)
    asked = splits["test"] or splits["val"] or splits["train"]
    draw_predictions(asked, recipe, judge).save(out / "predictions.png")
    figures = {"selfie": measure(judge, splits)}
    write_metrics(recipe, path, out / FILE, figures)
    return in_words(recipe.name, figures)


def _data(recipe: SelfieSquashedRecipe, rows: list[Row], done: int) -> Data:
    return {"classes": ClassBatches(recipe, rows, done)}


def measure(judge: ClassJudge, splits: dict[str, list[Row]]) -> list[dict[str, Any]]:
    """Accuracy of every split that has photos, and next to it what guessing the commoner gives."""
    found = []
    for split, rows in splits.items():
        if not rows:
            continue
        answers = judge.answers([load_small(row, judge.side) for row in rows])
        truth = np.array([judge.classes.index(row["class"]) for row in rows])
        groups = np.array([row["group"] for row in rows])
        right, common = answers.argmax(1) == truth, np.bincount(truth).argmax()
        found += [
            figure(f"accuracy, {split}", share, right, groups=groups),
            figure(f"  baseline: the commoner class, {split}", share, truth == common,
                   groups=groups),
            figure(f"balanced accuracy, {split}", balanced_accuracy, answers.argmax(1), truth,
                   groups=groups),
            figure(f"ROC AUC, {split}", auc, answers[:, 0], 1 - truth, groups=groups),
        ]  # fmt: skip
    return found

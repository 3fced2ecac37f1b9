"""A "prompts" recipe, from rated photos to a model with its card."""

from __future__ import annotations

from functools import partial
from math import ceil
from pathlib import Path

from photoloupe.training.engine.fit import Data, fit
from photoloupe.training.published.aesthetics_prompts.net import ExportedPrompts, make_prompts_net
from photoloupe.training.published.aesthetics_prompts.recipe import AestheticsPromptsRecipe
from photoloupe.training.published.aesthetics_prompts.stages import StagedSteps
from photoloupe.training.published.rated_export import write_rated
from photoloupe.training.published.rated_photos import (
    RatedBatches,
    RatedTable,
    load_rated,
)


def run(
    recipe: AestheticsPromptsRecipe,
    *,
    path: Path,
    data: Path,
    out: Path,
    weights: Path | None,
    workers: int,
) -> str:
    """Leaves `<name>.onnx` and `<name>.json` in `out`; returns the card in words."""
    table = load_rated(recipe.rated, data)
    steps = recipe.fit.of_epochs(ceil(len(table.train) / recipe.batch))
    recipe = recipe.model_copy(update={"fit": steps})
    out.mkdir(parents=True, exist_ok=True)
    net = fit(
        recipe,
        lambda: make_prompts_net(recipe, weights),
        partial(_data, recipe, table),
        out,
        workers,
        make_steps=StagedSteps,
    )
    return write_rated(
        recipe, ExportedPrompts(net), ("aesthetics",), table, path=path, out=out
    ).in_words()


def _data(recipe: AestheticsPromptsRecipe, table: RatedTable, done: int) -> Data:
    return {
        "rated": RatedBatches(
            table, recipe.rated, batch=recipe.batch, view_pixels=recipe.view_pixels,
            seed=recipe.fit.seed, done=done,
        )
    }  # fmt: skip

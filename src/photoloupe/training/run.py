"""A recipe of any kind, from data to what it makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from photoloupe.training.damage.run import run_damage
from photoloupe.training.encoder.run import run_encoder
from photoloupe.training.engine.recipe import (
    ClassesRecipe,
    DamageRecipe,
    EncoderRecipe,
    HeadRecipe,
    PaddedRecipe,
    PairsRecipe,
    PromptsRecipe,
    PyramidRecipe,
    TracesRecipe,
    ViewsRecipe,
    load_recipe,
)
from photoloupe.training.head.run import run_head
from photoloupe.training.multitask.run import run_views
from photoloupe.training.published.aesthetics_prompts.run import run_prompts
from photoloupe.training.published.aesthetics_pyramid.run import run_pyramid
from photoloupe.training.published.crop_pairs.run import run_pairs
from photoloupe.training.published.selfie_squashed.run import run_classes
from photoloupe.training.published.squish_padded.run import run_padded
from photoloupe.training.traces.run import run_traces

RUNS: dict[type, Callable[..., str]] = {
    ViewsRecipe: run_views,
    PairsRecipe: run_pairs,
    PaddedRecipe: run_padded,
    DamageRecipe: run_damage,
    PyramidRecipe: run_pyramid,
    PromptsRecipe: run_prompts,
    ClassesRecipe: run_classes,
}


def run_recipe(
    path: Path,
    data: Path,
    out: Path,
    *,
    weights: Path | None = None,
    workers: int = 1,
    quick: bool = False,
) -> str:
    """Train and measure into the folder `out`; returns the figures, in words.

    Goes on from the newest checkpoint in `out`. Raises RecipeError or ModelError.
    """
    recipe = load_recipe(path, quick)
    if isinstance(recipe, TracesRecipe):
        return run_traces(recipe, path=path, data=data, out=out, workers=workers)
    if isinstance(recipe, HeadRecipe):
        return run_head(recipe, path=path, data=data, out=out, weights=weights)
    if isinstance(recipe, EncoderRecipe):
        return run_encoder(recipe, path=path, data=data, out=out, weights=weights)
    run = RUNS[type(recipe)]
    return run(recipe, path=path, data=data, out=out, weights=weights, workers=workers)

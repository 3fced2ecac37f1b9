"""A recipe of any kind, from data to what it makes."""

from __future__ import annotations

from pathlib import Path

from photoloupe.training.damage.run import run_damage
from photoloupe.training.padded.run import run_padded
from photoloupe.training.pairs.run import run_pairs
from photoloupe.training.prompts.run import run_prompts
from photoloupe.training.pyramid.run import run_pyramid
from photoloupe.training.recipe import (
    DamageRecipe,
    PairsRecipe,
    PromptsRecipe,
    PyramidRecipe,
    TracesRecipe,
    ViewsRecipe,
    load_recipe,
)
from photoloupe.training.traces.run import run_traces
from photoloupe.training.views import run_views


def run_recipe(  # noqa: PLR0911 (one for each kind)
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
    if isinstance(recipe, ViewsRecipe):
        return run_views(recipe, path=path, data=data, out=out, weights=weights, workers=workers)
    if isinstance(recipe, TracesRecipe):
        return run_traces(recipe, path=path, data=data, out=out, workers=workers)
    if isinstance(recipe, PairsRecipe):
        return run_pairs(recipe, path=path, data=data, out=out, weights=weights, workers=workers)
    if isinstance(recipe, DamageRecipe):
        return run_damage(recipe, path=path, data=data, out=out, weights=weights, workers=workers)
    if isinstance(recipe, PyramidRecipe):
        return run_pyramid(recipe, path=path, data=data, out=out, weights=weights, workers=workers)
    if isinstance(recipe, PromptsRecipe):
        return run_prompts(recipe, path=path, data=data, out=out, weights=weights, workers=workers)
    return run_padded(recipe, path=path, data=data, out=out, weights=weights, workers=workers)

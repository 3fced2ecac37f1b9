"""A recipe of any kind, from data to what it makes."""

from __future__ import annotations

from pathlib import Path

from photoloupe.training.kinds import run_of
from photoloupe.training.recipes import load_recipe


def run_recipe(
    path: Path,
    data: Path,
    out: Path,
    *,
    weights: Path | None = None,
    workers: int = 1,
    quick: bool = False,
) -> str:
    """Train and measure into the folder `out`; returns the figures as text.

    path: of the recipe; data: folder of its tables; weights: what training begins from, None for
    random weights; workers: loader processes for each stream of batches. Resumes from the
    newest checkpoint in `out`.
    Raises RecipeError, ModelError, or ImportError without what photoloupe[train] installs.
    """
    recipe = load_recipe(path, quick)
    run = run_of(recipe.kind)
    return run(recipe, path=path, data=data, out=out, weights=weights, workers=workers)

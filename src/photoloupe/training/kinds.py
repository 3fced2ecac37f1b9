"""Every kind of recipe, by name: the folder whose `recipe.Recipe` checks it and `run.run` makes it.

A new kind is a folder and a line here. Kinds are imported when a recipe of theirs is read, so none
costs the others anything, and what only one of them needs may be absent.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from photoloupe.errors import RecipeError
from photoloupe.training.engine.sections import BaseRecipe

KINDS = {
    "multitask": "photoloupe.training.multitask",
    "damage": "photoloupe.training.damage",
    "encoder": "photoloupe.training.encoder",
    "squish_padded": "photoloupe.training.published.squish_padded",
    "selfie_squashed": "photoloupe.training.published.selfie_squashed",
    "crop_pairs": "photoloupe.training.published.crop_pairs",
    "aesthetics_pyramid": "photoloupe.training.published.aesthetics_pyramid",
    "aesthetics_prompts": "photoloupe.training.published.aesthetics_prompts",
}


class Run(Protocol):
    """Train and measure into the folder `out`; returns the figures as text."""

    def __call__(
        self,
        recipe: Any,
        *,
        path: Path,
        data: Path,
        out: Path,
        weights: Path | None,
        workers: int,
    ) -> str:
        """path: of the recipe's file; data: folder of its tables; workers: loader processes."""


def recipe_type(kind: str) -> type[BaseRecipe]:
    """The pydantic model of a kind's recipes. Raises as `part_of` does."""
    found: type[BaseRecipe] = part_of(kind, "recipe").Recipe
    return found


def run_of(kind: str) -> Run:
    """What makes a recipe of this kind. Raises as `part_of` does."""
    found: Run = part_of(kind, "run").run
    return found


def part_of(kind: str, part: str) -> Any:
    """A module of a kind's folder, such as "recipe", "run" or "export".

    Raises RecipeError for an unknown kind, or one without that part; ImportError for a library that
    is not installed.
    """
    if kind not in KINDS:
        raise RecipeError(f"kind: should be one of {', '.join(KINDS)}")
    name = f"{KINDS[kind]}.{part}"
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name:
            raise RecipeError(f"kind {kind}: has no {part}") from error
        why = f"training needs {error.name}: pip install 'photoloupe[train]'"
        raise ImportError(why) from error

"""Recipes: one TOML file a model that can be trained; its `kind` decides which keys it has."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from photoloupe.errors import RecipeError, system_reason
from photoloupe.training.engine.sections import BaseRecipe
from photoloupe.training.kinds import KINDS, recipe_type


def load_recipe(path: str | Path, quick: bool = False) -> BaseRecipe:
    """Read and check a recipe; `quick` lays its [quick] table over the rest.

    Raises RecipeError that names the file and the key: for an unknown kind it lists all, and a key
    that the kind does not have is an error. ImportError without what photoloupe[train] installs.
    """
    try:
        values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        changes = values.pop("quick", {})
        if values.get("kind") not in KINDS:
            raise RecipeError(f"{path}: kind: should be one of {', '.join(KINDS)}")
        checked = recipe_type(values["kind"])
        return checked.model_validate(_over(values, changes) if quick else values)
    except ValidationError as error:
        raise RecipeError(f"{path}: {_first_mistake(error)}") from error
    except OSError as error:
        raise RecipeError(f"{path}: not a readable recipe: {system_reason(error)}") from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path}: not a readable recipe: not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}: not a readable recipe: {error}") from error


def _first_mistake(error: ValidationError) -> str:
    """The key, with dots, and what is wrong with it."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")  # pydantic's, before our own text
    return ": ".join(filter(None, (key, message)))


def _over(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = {**values, **changes}
    both = [key for key in changes if isinstance(changes[key], dict) and key in values]
    return merged | {key: _over(values[key], changes[key]) for key in both}

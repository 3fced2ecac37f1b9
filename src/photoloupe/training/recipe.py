"""Recipes: one TOML file a model that can be trained. An unknown key is an error."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from photoloupe.errors import RecipeError

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


TaskName = Annotated[str, Field(pattern="^(squish|selfie|aesthetics)$")]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrunkRecipe(Section):
    """EfficientNet-Lite0 `width` times as wide, its stem and first blocks left as published."""

    width: Positive = 1.0
    freeze_blocks: Annotated[int, Field(ge=0, le=16)] = 0
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2


class FitRecipe(Section):
    """AdamW, linear warm-up, then a cosine down to zero; rates are those at the top."""

    steps: Count
    seed: int = 0
    head_rate: Positive = 1e-3
    trunk_rate: Positive = 3e-4
    weight_decay: Annotated[float, Field(ge=0)] = 0.02
    warmup_steps: Annotated[int, Field(ge=0)] = 100
    checkpoint_steps: Count = 100


class TaskRecipe(Section):
    """One task's table and its share of the training.

    hold_out: values of `source_column` that training never sees; batch: photos a step;
    weight: of its loss; negatives: a task whose photos serve this one as examples of "no";
    most_aspect: frames are drawn from 1 / most_aspect to most_aspect;
    group_column, group_pattern: rows whose match is the same show one person or theme, and
    count as one when a figure's interval is drawn.
    """

    csv: str
    batch: Count
    weight: Positive = 1.0
    negatives: TaskName | None = None
    source_column: str = "source"
    hold_out: tuple[str, ...] = ()
    hold_out_splits: tuple[str, ...] = ()
    most_aspect: Annotated[float, Field(ge=1)] = 3.0
    group_column: str = "file"
    group_pattern: str = ".+"


class Recipe(Section):
    """The whole file. Sources and notes go into the card."""

    name: str
    view_pixels: Count
    licence: str
    trunk: TrunkRecipe = TrunkRecipe()
    fit: FitRecipe
    tasks: dict[TaskName, TaskRecipe]
    sources: tuple[str, ...]
    notes: tuple[str, ...] = ()


def load_recipe(path: str | Path, quick: bool = False) -> Recipe:
    """Read and check a recipe. `quick` lays its [quick] table over the rest.

    Raises RecipeError that names the file and the key.
    """
    try:
        values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        changes = values.pop("quick", {})
        return Recipe.model_validate(_over(values, changes) if quick else values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RecipeError(f"{path}: {key}: {first['msg']}") from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not a readable recipe ({error})") from error


def _over(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = {**values, **changes}
    both = [key for key in changes if isinstance(changes[key], dict) and key in values]
    return merged | {key: _over(values[key], changes[key]) for key in both}

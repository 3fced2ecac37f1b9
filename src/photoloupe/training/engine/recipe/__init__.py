"""Recipes: one TOML file a model that can be trained. An unknown key is an error.

A recipe's `kind` says what its net is shown: "views" of whole photos, "pairs" of photos, photos
"padded" to a square or squashed to one ("classes"), the "traces" that resampling leaves, photos
beside copies with "damage", rated photos pooled in a "pyramid" or beside "prompts", what a
trained trunk and a face finder read, for a "head", or what a published "encoder" sees.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from photoloupe.errors import RecipeError
from photoloupe.training.engine.recipe.base import FitRecipe as FitRecipe
from photoloupe.training.engine.recipe.base import Recipe as Recipe
from photoloupe.training.engine.recipe.base import TableRecipe as TableRecipe
from photoloupe.training.engine.recipe.base import TrunkRecipe as TrunkRecipe
from photoloupe.training.engine.recipe.classes import ClassesRecipe as ClassesRecipe
from photoloupe.training.engine.recipe.classes import ConvNeXtRecipe as ConvNeXtRecipe
from photoloupe.training.engine.recipe.damage import DamageRecipe as DamageRecipe
from photoloupe.training.engine.recipe.encoder import EncoderRecipe as EncoderRecipe
from photoloupe.training.engine.recipe.head import HeadRecipe as HeadRecipe
from photoloupe.training.engine.recipe.padded import EfficientNetRecipe as EfficientNetRecipe
from photoloupe.training.engine.recipe.padded import MadeSquishes as MadeSquishes
from photoloupe.training.engine.recipe.padded import PaddedRecipe as PaddedRecipe
from photoloupe.training.engine.recipe.pairs import MadePairs as MadePairs
from photoloupe.training.engine.recipe.pairs import PairsRecipe as PairsRecipe
from photoloupe.training.engine.recipe.pairs import ResNetRecipe as ResNetRecipe
from photoloupe.training.engine.recipe.prompts import PromptsRecipe as PromptsRecipe
from photoloupe.training.engine.recipe.prompts import StagedFit as StagedFit
from photoloupe.training.engine.recipe.pyramid import PyramidRecipe as PyramidRecipe
from photoloupe.training.engine.recipe.rated import RatedRecipe as RatedRecipe
from photoloupe.training.engine.recipe.traces import TracesRecipe as TracesRecipe
from photoloupe.training.engine.recipe.views import TaskName as TaskName
from photoloupe.training.engine.recipe.views import TaskRecipe as TaskRecipe
from photoloupe.training.engine.recipe.views import TeacherRecipe as TeacherRecipe
from photoloupe.training.engine.recipe.views import ViewsRecipe as ViewsRecipe
from photoloupe.training.engine.recipe.views import ViewsTrunk as ViewsTrunk

AnyRecipe = (
    ViewsRecipe
    | PairsRecipe
    | PaddedRecipe
    | TracesRecipe
    | DamageRecipe
    | PyramidRecipe
    | PromptsRecipe
    | ClassesRecipe
    | HeadRecipe
    | EncoderRecipe
)
KINDS: dict[str, type[AnyRecipe]] = {
    "views": ViewsRecipe,
    "pairs": PairsRecipe,
    "padded": PaddedRecipe,
    "traces": TracesRecipe,
    "damage": DamageRecipe,
    "pyramid": PyramidRecipe,
    "prompts": PromptsRecipe,
    "classes": ClassesRecipe,
    "head": HeadRecipe,
    "encoder": EncoderRecipe,
}


def load_recipe(path: str | Path, quick: bool = False) -> AnyRecipe:
    """Read and check a recipe. `quick` lays its [quick] table over the rest.

    Raises RecipeError that names the file and the key.
    """
    try:
        values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        changes = values.pop("quick", {})
        if values.get("kind") not in KINDS:
            raise RecipeError(f"{path}: kind: should be one of {', '.join(KINDS)}")
        return KINDS[values["kind"]].model_validate(_over(values, changes) if quick else values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        words = first["msg"].removeprefix("Value error, ")  # pydantic's, before what we say
        raise RecipeError(": ".join([str(path), *filter(None, (key, words))])) from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not a readable recipe ({error})") from error


def _over(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = {**values, **changes}
    both = [key for key in changes if isinstance(changes[key], dict) and key in values]
    return merged | {key: _over(values[key], changes[key]) for key in both}

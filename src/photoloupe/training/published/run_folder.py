"""What the recipes of published systems share: a trunk from a folder or hub, a run folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import nn

from photoloupe.errors import ModelError
from photoloupe.training.engine.figures import Figures
from photoloupe.training.engine.sections import FittedRecipe

FiguresByQuestion = dict[str, Figures]
FILE = "net.pt"


def load_trunk(kind: Any, weights: str, config: Any, shape: Sequence[str]) -> Any:
    """A transformers model of class `kind`, out of a folder or by its hub name.

    shape: the keys in which its configuration must agree with `config`, which is the recipe's.
    Raises ModelError where nothing is, or another net, or one of another shape.
    """
    name = kind.__name__.removesuffix("Model")
    try:
        trunk, notes = kind.from_pretrained(weights, output_loading_info=True)
    except (OSError, ValueError, RuntimeError) as error:
        why = str(error).partition("\n")[0]  # transformers goes on for a page
        raise ModelError(f"{weights}: no {name} can be loaded ({why})") from error
    for key in shape:
        wanted, found = getattr(config, key), getattr(trunk.config, key)
        if wanted != found:
            raise ModelError(f"{weights}: its {key} is {found}, the recipe says {wanted}")
    if notes["missing_keys"]:
        raise ModelError(f"{weights}: not the weights of a {name}")
    return trunk


def save_net(net: nn.Module, folder: Path) -> None:
    torch.save(net.state_dict(), folder / FILE)


def load_net(net: nn.Module, folder: Path) -> None:
    """Give `net` the parameters that `save_net` wrote; ModelError if they are not its own."""
    try:
        state = torch.load(folder / FILE, map_location="cpu", weights_only=True)
        net.load_state_dict(state)
    except (OSError, KeyError, ValueError, RuntimeError, UnpicklingError) as error:
        raise ModelError(f"{folder}: not the run of this recipe ({error})") from error


def write_metrics(
    recipe: FittedRecipe, path: Path, model: Path, figures: FiguresByQuestion
) -> None:
    """`metrics.json` next to the model, laid out as a card; it is none, for it is not served."""
    recipe_path = (Path("recipes") / path.name).as_posix()
    card = {
        "name": recipe.name,
        "file": model.name,
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "licence": recipe.licence,
        "sources": recipe.sources,
        "recipe": recipe_path,
        "command": f"photoloupe train {recipe_path} --data DATA --weights WEIGHTS --out RUN",
        "metrics": figures,
        "notes": recipe.notes,
    }
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (model.parent / "metrics.json").write_text(text, encoding="utf-8")


def in_words(name: str, figures: FiguresByQuestion) -> str:
    lines = [name]
    for question, found in figures.items():
        lines.append(f"  {question}")
        lines += [f"    {figure['name']:<44} {figure['text']}" for figure in found]
    return "\n".join(lines)

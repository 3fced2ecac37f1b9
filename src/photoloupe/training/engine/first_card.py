"""The card of a model that was just written, before anything is measured."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from photoloupe.models.card import Card
from photoloupe.training.engine.sections import NamedRecipe


def first_card(
    recipe: NamedRecipe, questions: Iterable[str], *, view_pixels: int, path: Path, out: Path
) -> Card:
    """A card of `<name>.onnx` in the folder `out`, its thresholds at one half, without figures.

    questions: that the model answers; view_pixels: area of a view; path: of the recipe's file.
    """
    file = f"{recipe.name}.onnx"
    shown = Path("recipes") / path.name
    return Card(
        name=recipe.name,
        file=file,
        sha256=hashlib.sha256((out / file).read_bytes()).hexdigest(),
        view_pixels=view_pixels,
        tasks={t: {} if t == "aesthetics" else {"threshold": 0.5} for t in questions},
        licence=recipe.licence,
        sources=list(recipe.sources),
        recipe=str(shown),
        command=f"photoloupe train {shown} --data DATA --weights WEIGHTS --out RUN",
        metrics={},
        notes=list(recipe.notes),
        folder=out,
    )

"""A net that rates photos -> its ONNX file, its figures on unseen photos, its card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from torch import nn

from photoloupe.errors import RecipeError
from photoloupe.figures import Figure
from photoloupe.inspector import Inspector
from photoloupe.models.card import Card, save_card
from photoloupe.training.engine.export import export_onnx, round_to_half
from photoloupe.training.engine.first_card import first_card
from photoloupe.training.published.rated_photos import RatedTable
from photoloupe.training.published.rated_section import RatedRecipe
from photoloupe.uses.evaluate import ask, rating_figures
from photoloupe.uses.ratings import Rated

More = Callable[[Card, Sequence[Rated]], list[Figure]]


def write_rated(
    recipe: RatedRecipe,
    net: nn.Module,
    outputs: Sequence[str],
    table: RatedTable,
    *,
    path: Path,
    out: Path,
    more: More = lambda card, unseen: [],
) -> Card:
    """Leaves `<name>.onnx` and `<name>.json` in `out`.

    net: forward(pixels, valid_hw) -> `outputs`, "aesthetics" among them; more: further figures
    on the test's photos that are no near-duplicates of what was learnt from.
    """
    round_to_half(net)
    export_onnx(net, out / f"{recipe.name}.onnx", outputs)
    card = first_card(recipe, ["aesthetics"], view_pixels=recipe.view_pixels, path=path, out=out)
    unseen = table.unseen()
    if not unseen:
        raise RecipeError("every photo of the test is a near-duplicate of one that was learnt from")
    answers = ask(Inspector([card]), unseen, table.folder, group=recipe.rated.group_column or None)
    figures = rating_figures(answers, table.train_mean) + more(card, unseen)
    card = replace(card, metrics={"aesthetics": figures})
    save_card(card)
    return card

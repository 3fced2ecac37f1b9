"""A "pairs" recipe, from photos to a net in a run folder and its figures."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from photoloupe.training.engine.duplicates import unlike
from photoloupe.training.engine.fit import Data, fit
from photoloupe.training.engine.tables import Row, load_table
from photoloupe.training.published.crop_pairs.data import PairBatches
from photoloupe.training.published.crop_pairs.evaluate import evaluate
from photoloupe.training.published.crop_pairs.net import PairJudge, make_pair_net
from photoloupe.training.published.crop_pairs.recipe import CropPairsRecipe
from photoloupe.training.published.run_folder import (
    FILE,
    in_words,
    save_net,
    write_metrics,
)


def run(
    recipe: CropPairsRecipe,
    *,
    path: Path,
    data: Path,
    out: Path,
    weights: Path | None,
    workers: int,
) -> str:
    """Leaves `net.pt` and `metrics.json` in `out`; returns the figures in words."""
    table = load_table(recipe.photos, data)
    out.mkdir(parents=True, exist_ok=True)
    name = weights.as_posix() if weights else None
    net = fit(
        recipe,
        lambda: make_pair_net(recipe.trunk, recipe.side, name),
        partial(_data, recipe, table.train),
        out,
        workers,
    )
    save_net(net, out)
    test = unlike(table.test, table.train)
    figures = evaluate(PairJudge(net, recipe.side), recipe, test, table.train)
    write_metrics(recipe, path, out / FILE, figures)
    return in_words(recipe.name, figures)


def _data(recipe: CropPairsRecipe, rows: list[Row], done: int) -> Data:
    return {"pairs": PairBatches(recipe, rows, done)}

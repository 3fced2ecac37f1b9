"""A "pairs" recipe, from photos to a net in a run folder and its figures."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import Path

from photoloupe.training.data import Row, load_table
from photoloupe.training.duplicates import unlike
from photoloupe.training.fit import Data, fit
from photoloupe.training.pairs.data import PairBatches
from photoloupe.training.pairs.evaluate import Figures, evaluate
from photoloupe.training.pairs.net import FILE, PairJudge, make_pair_net, save_pair_net
from photoloupe.training.recipe import PairsRecipe


def run_pairs(
    recipe: PairsRecipe, *, path: Path, data: Path, out: Path, weights: Path | None, workers: int
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
    save_pair_net(net, out)
    test = unlike(table.test, table.train)
    figures = evaluate(PairJudge(net, recipe.side), recipe, test, table.train)
    _write(recipe, path, out, figures)
    return in_words(recipe.name, figures)


def _data(recipe: PairsRecipe, rows: list[Row], done: int) -> Data:
    return {"pairs": PairBatches(recipe, rows, done)}


def _write(recipe: PairsRecipe, path: Path, out: Path, figures: Figures) -> None:
    """`metrics.json`, laid out as a card; it is none, for there is no task to serve."""
    recipe_path = (Path("recipes") / path.name).as_posix()
    card = {
        "name": recipe.name,
        "file": FILE,
        "sha256": hashlib.sha256((out / FILE).read_bytes()).hexdigest(),
        "licence": recipe.licence,
        "sources": recipe.sources,
        "recipe": recipe_path,
        "command": f"photoloupe train {recipe_path} --data DATA --weights RESNET --out RUN",
        "metrics": figures,
        "notes": recipe.notes,
    }
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (out / "metrics.json").write_text(text, encoding="utf-8")


def in_words(name: str, figures: Figures) -> str:
    lines = [name]
    for question, found in figures.items():
        lines.append(f"  {question}")
        lines += [f"    {figure['name']:<44} {figure['text']}" for figure in found]
    return "\n".join(lines)

"""A "padded" recipe, from photos to a net in a run folder, its figures and two pictures."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from photoloupe.training.engine.duplicates import unlike
from photoloupe.training.engine.fit import Data, fit
from photoloupe.training.engine.tables import Row, load_table
from photoloupe.training.published.run_folder import (
    FILE,
    in_words,
    save_net,
    write_metrics,
)
from photoloupe.training.published.squish_padded.data import PaddedBatches
from photoloupe.training.published.squish_padded.evaluate import evaluate, test_samples
from photoloupe.training.published.squish_padded.net import PaddedJudge, make_padded_net
from photoloupe.training.published.squish_padded.pictures import (
    draw_answers,
    draw_stages,
)
from photoloupe.training.published.squish_padded.recipe import SquishPaddedRecipe


def run(
    recipe: SquishPaddedRecipe,
    *,
    path: Path,
    data: Path,
    out: Path,
    weights: Path | None,
    workers: int,
) -> str:
    """Leaves `net.pt`, `metrics.json` and two PNGs in `out`; returns the figures in words."""
    table = load_table(recipe.photos, data)
    out.mkdir(parents=True, exist_ok=True)
    name = weights.as_posix() if weights else None
    net = fit(
        recipe,
        lambda: make_padded_net(recipe.trunk, name),
        partial(_data, recipe, table.train),
        out,
        workers,
    )
    save_net(net, out)
    judge = PaddedJudge(net, recipe.side)
    samples, photo = test_samples(unlike(table.test, table.train), recipe)
    draw_stages(samples, recipe.side).save(out / "stages.png")
    draw_answers(samples, judge).save(out / "answers.png")
    figures = evaluate(judge, samples, photo)
    write_metrics(recipe, path, out / FILE, figures)
    return in_words(recipe.name, figures)


def _data(recipe: SquishPaddedRecipe, rows: list[Row], done: int) -> Data:
    return {"squish": PaddedBatches(recipe, rows, done)}

"""A "traces" recipe, from photos to a model with its figures: bank, fit, export, measure."""

from __future__ import annotations

from pathlib import Path

from photoloupe.errors import RecipeError
from photoloupe.training.engine.duplicates import unlike
from photoloupe.training.engine.export import round_to_half
from photoloupe.training.engine.fit import fit
from photoloupe.training.engine.recipe import TracesRecipe
from photoloupe.training.engine.tables import load_table
from photoloupe.training.published.run_folder import in_words, write_metrics
from photoloupe.training.traces.bank import BankBatches, make_bank
from photoloupe.training.traces.export import export_traces
from photoloupe.training.traces.measure import Judge, measure, set_threshold
from photoloupe.training.traces.net import make_trace_net


def run_traces(recipe: TracesRecipe, *, path: Path, data: Path, out: Path, workers: int) -> str:
    """Leaves `<name>.onnx` and `metrics.json` in `out`; returns the figures in words."""
    table = load_table(recipe.photos, data)
    if not table.tune:
        raise RecipeError("traces: no photo is left to set the threshold with")
    rows = table.train + [row for more in recipe.more for row in load_table(more, data).train]
    bank = make_bank(rows, recipe, out / "bank")
    net = fit(
        recipe,
        lambda: make_trace_net(recipe, bank.maps, bank.lines),
        lambda done: {"traces": BankBatches(bank, recipe.batch, [recipe.fit.seed, done])},
        out,
        workers,
    )
    round_to_half(net)
    model = out / f"{recipe.name}.onnx"
    export_traces(net, model)
    judge = Judge(model, 0.5)
    judge.threshold = set_threshold(judge, table.tune, recipe.copies)
    figures = measure(judge, unlike(table.test, rows), recipe.copies)
    write_metrics(recipe, path, model, figures, options="")
    return in_words(recipe.name, figures)

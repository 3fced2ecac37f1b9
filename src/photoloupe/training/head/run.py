"""A head recipe, from a trained model and labelled photos to the model with another head."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from photoloupe.arrays import Array
from photoloupe.errors import ModelError
from photoloupe.models.card import load_card, save_card
from photoloupe.questions.selfie import FACES as PREFIX
from photoloupe.training.engine.regression import Linear
from photoloupe.training.head.evaluate import evaluate
from photoloupe.training.head.photos import labelled_rows
from photoloupe.training.head.read import NAMES, FeatureReader, write_layer
from photoloupe.training.head.recipe import HeadRecipe
from photoloupe.training.head.weigh import LabelledPhotos, calibrate, learn, unseen_answers


def run(
    recipe: HeadRecipe,
    *,
    path: Path,
    data: Path,
    out: Path,
    weights: Path | None,
    workers: int,
) -> str:
    """Leaves the model `weights` with a refitted selfie head in `out`, and a card of that alone.

    Returns the card as text. workers: not used, two threads read. See kinds.Run. Raises ModelError
    without `weights`, or if it has no selfie head.
    """
    del workers
    if weights is None:
        raise ModelError(f"{path}: needs --weights: an ONNX file with its card in the same folder")
    card = load_card(weights.with_suffix(".json"))
    rows = labelled_rows(recipe, path, data)
    reader = FeatureReader(weights, card.view_pixels)
    read = reader.read_copies(rows, recipe.copies, recipe.seed)
    taught = np.array([row["kind"] not in recipe.left_out for row in rows])
    sample = LabelledPhotos(rows, read, taught)
    unseen = unseen_answers(sample, recipe, sample.column("family"))
    head, centre = final_head(sample, recipe, unseen)
    out.mkdir(parents=True, exist_ok=True)
    count = read.features.shape[2]
    bias = head.bias + centre
    model = write_layer(reader.model, head.weight[:count], bias).SerializeToString()
    (out / card.file).write_bytes(model)
    card = replace(
        card,
        folder=out,
        sha256=hashlib.sha256(model).hexdigest(),
        tasks={"selfie": _settings(recipe, head.weight[count:], centre)},
        metrics={"selfie": evaluate(sample, recipe, unseen)},
        embedding=0,
        sources=[*card.sources, *recipe.sources],
        notes=list(recipe.notes),
        command=f"{card.command.partition('; then')[0]}; then {_command(path)}",
    )
    save_card(card)
    return card.in_words()


def final_head(sample: LabelledPhotos, recipe: HeadRecipe, unseen: Array) -> tuple[Linear, float]:
    """The head of all taught photos, and its faces' mean log odds.

    unseen: (N, C) log odds of heads that did not have the photo's source, to calibrate it.
    """
    everything, answers = np.arange(len(sample.rows)), unseen[sample.taught]
    label, source = sample.label[sample.taught], sample.column("source")[sample.taught]
    line = calibrate(answers, label, source)
    head, scale = learn(sample, recipe, everything), float(line.weight[0])
    head = Linear(head.weight * scale, head.bias * scale + line.bias)
    faces = sample.read.faces[sample.taught] @ head.weight[-len(NAMES) :]
    means = [faces[label == side].mean() for side in (0, 1)]
    return head, float(np.mean(means))


def _settings(recipe: HeadRecipe, weight: Array, centre: float) -> dict[str, float]:
    """Faces' weights, so shifted that 0 lies in the middle between the two classes."""
    values = dict(zip(NAMES, (float(w) for w in weight), strict=True))
    values["none"] -= centre
    values["any"] -= centre
    named = {PREFIX + name: round(value, 5) for name, value in values.items()}
    return {"threshold": recipe.threshold, **named}


def _command(path: Path) -> str:
    recipe = (Path("recipes") / path.name).as_posix()
    return f"photoloupe train {recipe} --data DATA --weights MODEL.onnx --out RUN"

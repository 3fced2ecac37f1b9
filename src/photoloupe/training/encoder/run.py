"""An encoder recipe, from published weights, ratings and labels to one model with its card."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random

import onnx
import onnxruntime

from photoloupe.models.card import Card, save_card
from photoloupe.models.session import session_options
from photoloupe.models.view import PATCH, make_view
from photoloupe.questions.selfie import FACES, probability
from photoloupe.questions.selfie_faces import MEASURES
from photoloupe.training.encoder.clip_weights import load_clip
from photoloupe.training.encoder.data import EncoderData, load_data
from photoloupe.training.encoder.evaluate import (
    Features,
    evaluate_rating,
    evaluate_selfie_head,
    selfie_answers,
)
from photoloupe.training.encoder.features import FeatureStore
from photoloupe.training.encoder.head_graph import AESTHETICS, SELFIE, make_heads
from photoloupe.training.encoder.ratings import RatingLearner, as_stored
from photoloupe.training.encoder.recipe import EncoderRecipe
from photoloupe.training.encoder.selfies import final_head, sample_of, thresholds
from photoloupe.training.encoder.smoothing import Smoothing, measure
from photoloupe.training.encoder.tower import make_tower
from photoloupe.training.engine.figures import Figures
from photoloupe.training.engine.first_card import first_card
from photoloupe.training.engine.regression import Linear
from photoloupe.training.engine.tables import Row, load_pixels

TRUNKS = {"clip_vit": "clip_vit_b16.onnx", "tiny_vit": "tiny_vit_5m.onnx"}


def run(
    recipe: EncoderRecipe,
    *,
    path: Path,
    data: Path,
    out: Path,
    weights: Path | None,
    workers: int,
) -> str:
    """Leaves the encoder, `<name>.onnx` with its heads, and `<name>.json` in `out`.

    Returns the card as text. See kinds.Run.

    The encoder and its features are kept in `out`, so that a run that was stopped is resumed.
    workers: not used, every core reads. Raises ModelError for other weights than the recipe needs.
    """
    del workers
    photos = load_data(recipe, path, data)
    out.mkdir(parents=True, exist_ok=True)
    encoder = _encoder(recipe, photos, weights, out / TRUNKS[recipe.encoder])
    views = photos.views()
    store = FeatureStore(encoder, recipe.patches, out / "features.npz")
    read = store.read(views, photos.photos)
    features = dict(zip(views, read, strict=True))
    learner = RatingLearner(photos, features, recipe.rating)
    rating, rated = evaluate_rating(recipe, photos, features, learner)
    selfie, settings, called = _selfie(recipe, photos, features)
    heads = make_heads(encoder.graph.output[0].name, as_stored(rating), selfie)
    (out / f"{recipe.name}.onnx").write_bytes(heads.SerializeToString())
    card = replace(
        _card(recipe, encoder, path, out),
        tasks={AESTHETICS: {}, SELFIE: settings},
        metrics={AESTHETICS: rated, SELFIE: called},
    )
    save_card(card)
    return card.in_words()


def _encoder(
    recipe: EncoderRecipe, data: EncoderData, weights: Path | None, file: Path
) -> onnx.ModelProto:
    """pixels -> features and embedding; as an earlier run left it, if one did."""
    if file.is_file():
        return onnx.load(file)
    if recipe.encoder == "tiny_vit":
        from photoloupe.training.encoder.frozen_tiny_vit import export_tiny_vit  # needs torch

        return export_tiny_vit(weights, file)
    clip = load_clip(weights)
    plain = make_tower(clip, taps=True)
    model = make_tower(clip, _smoothing(recipe, data, plain))
    onnx.save(model, file)
    return model


def _smoothing(recipe: EncoderRecipe, data: EncoderData, tower: onnx.ModelProto) -> Smoothing:
    """What activations are like on some photos of the training parts."""
    settings = recipe.smoothing
    options = session_options(threads=1)
    session = onnxruntime.InferenceSession(tower.SerializeToString(), options)
    shown = (
        make_view(load_pixels(row), settings.patches * PATCH**2, "patches").canvas
        for row in _calibration_rows(recipe, data)
    )
    return measure(session, shown, settings.strength)


def _calibration_rows(recipe: EncoderRecipe, data: EncoderData) -> list[Row]:
    settings, rng = recipe.smoothing, Random(recipe.smoothing.seed)
    first = recipe.photos[0].csv
    unrated = [row for row in data.unrated if row["table"] == first and row["split"] == "train"]
    beauty = [row for row in data.beauty if row["name"] not in data.held_themes]
    return [
        *rng.sample(unrated, min(settings.photos, len(unrated))),
        *rng.sample(beauty, min(settings.beauty, len(beauty))),
    ]


def _selfie(
    recipe: EncoderRecipe, data: EncoderData, features: Features
) -> tuple[Linear, dict[str, float], Figures]:
    """The head, its settings in the card, and its figures."""
    sample = sample_of(data, features, recipe.selfie)
    answers = selfie_answers(sample, recipe.selfie.penalty)
    head = final_head(sample, answers.raw, recipe.selfie.penalty)
    asked = recipe.selfie.right, recipe.selfie.right_alone
    yes, no = thresholds(sample, answers.shipped, *asked)
    settings = {"threshold": round(probability(yes), 6), "no": round(probability(no), 6)}
    if recipe.selfie.faces:
        settings |= {f"{FACES}{name}": 0.0 for name in ("none", *MEASURES)}
    return head, settings, evaluate_selfie_head(recipe, sample, answers, yes, no)


def _card(recipe: EncoderRecipe, encoder: onnx.ModelProto, path: Path, out: Path) -> Card:
    area, trunk = recipe.patches * PATCH**2, TRUNKS[recipe.encoder]
    card = first_card(recipe, [AESTHETICS, SELFIE], view_pixels=area, path=path, out=out)
    return replace(
        card,
        view="patches",
        tiers=(recipe.tier,),
        embedding=encoder.graph.output[1].type.tensor_type.shape.dim[1].dim_value,
        alike=recipe.alike,
        related=recipe.related,
        trunk=trunk,
        trunk_sha256=sha256((out / trunk).read_bytes()).hexdigest(),
    )

from __future__ import annotations

import csv
import hashlib
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from photoloupe import Inspector
from photoloupe.arrays import Pixels
from photoloupe.errors import ModelError, RecipeError
from photoloupe.models.card import Card, load_card, save_card
from photoloupe.models.faces import Face, FaceFinder
from photoloupe.questions import selfie
from photoloupe.training.engine.cross_validation import over_folds
from photoloupe.training.engine.figures import calibration_error
from photoloupe.training.engine.levelled import level
from photoloupe.training.engine.regression import regress, row_odds
from photoloupe.training.head.photos import labelled_rows
from photoloupe.training.head.read import FeatureReader, write_layer
from photoloupe.training.head.recipe import HeadRecipe
from photoloupe.training.recipes import load_recipe
from photoloupe.training.run import run_recipe
from tests.conftest import encode, scene
from tests.models.test_faces import face

RECIPE = """
kind = "head"
copies = 2
penalty = 0.01
left_out = ["webcam"]
sources = ["selfie head: made in code"]
[[photos]]
csv = "selfie.csv"
reviewed = ["list.csv"]
"""


@pytest.fixture(scope="module")
def model(trio_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny net, exported, with a card of two questions."""
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    shutil.copyfile(trio_run / "lite0_trio.onnx", path)
    save_card(
        Card(
            "tiny", path.name, hashlib.sha256(path.read_bytes()).hexdigest(), 96 * 96,
            {"squish": {"threshold": 0.5}, "selfie": {"threshold": 0.5}}, "Apache-2.0",
            ["selfie: old", "trunk: random"], "recipes/tiny.toml", "photoloupe train tiny.toml",
            {"squish": [], "selfie": []}, ["selfie: old"], path.parent,
        )
    )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dark photos that are selfies and light ones that are not, of four sources, and a recipe."""
    folder = tmp_path_factory.mktemp("data")
    rows, said = [], []
    for k in range(32):
        yes = k % 2
        pixels = scene(70, 60, seed=k).astype(int) // 2 + 110 * (1 - yes)
        (folder / f"{k}.jpg").write_bytes(encode(pixels.astype(np.uint8), "JPEG"))
        rows.append({"file": f"{k}.jpg", "selfie": yes, "source": f"s{k % 4}_a"})
        kind = "webcam" if k in {28, 29} else "arm" if yes else "portrait"
        if k < 30:
            said.append({"file": f"{k}.jpg", "selfie": "" if k == 0 else yes, "kind": kind})
    for name, lines in (("selfie.csv", rows), ("list.csv", said)):
        with (folder / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, list(lines[0]))
            writer.writeheader()
            writer.writerows(lines)
    (folder / "head.toml").write_text(RECIPE)
    return folder


def recipe(data: Path) -> HeadRecipe:
    loaded = load_recipe(data / "head.toml")
    assert isinstance(loaded, HeadRecipe)
    return loaded


def test_only_looked_at_photos_with_a_label_are_used(data: Path) -> None:
    rows = labelled_rows(recipe(data), data / "head.toml", data)
    assert len(rows) == 29  # two are not in the list, one is doubtful
    assert {row["family"] for row in rows} == {"s0", "s1", "s2", "s3"}
    one = recipe(data).model_copy(update={"photos": ()})
    with pytest.raises(RecipeError, match="name no selfie"):
        labelled_rows(one, data / "head.toml", data)


def test_levelled_copies_say_nothing_of_their_source() -> None:
    rng = np.random.default_rng(0)
    for pixels in (scene(900, 300), scene(60, 60), scene(90, 225)):
        copies = [level(pixels, rng) for _ in range(60)]
        areas = [copy.shape[0] * copy.shape[1] for copy in copies]
        assert min(areas) > 148**2
        assert max(areas) < 202**2
        aspects = [np.log(copy.shape[1] / copy.shape[0]) for copy in copies]
        assert abs(np.mean(aspects)) < 0.15
        assert max(np.abs(aspects)) < np.log(1.75)
    one, two = (level(scene(), np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, two)


def test_a_regression_finds_the_direction_and_obeys_its_penalty() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 3)) * [1, 50, 1] + [0, 7, 0]
    label = (x[:, 0] + rng.normal(size=600) * 0.3 > 0).astype(int)
    loose = regress(x, label, np.ones(600), np.full(3, 1e-3))
    assert np.mean((loose(x) > 0) == label) > 0.85
    assert abs(loose.weight[0]) > 20 * abs(loose.weight[1])
    tight = regress(x, label, np.ones(600), np.full(3, 100.0))
    assert np.abs(tight.weight).max() < 0.01
    assert np.isfinite(regress(np.zeros((4, 2)), label[:4], np.ones(4), np.ones(2)).weight).all()


def test_classes_weigh_the_same_and_a_large_source_less_a_photo() -> None:
    label = np.array([1] * 5 + [0] * 20)
    source = np.array(["a"] * 1 + ["b"] * 4 + ["c"] * 20)
    odds = row_odds(label, source)
    assert odds[label == 1].sum() == pytest.approx(odds[label == 0].sum())
    assert odds[0] == pytest.approx(2 * odds[1])


def test_no_fold_sees_itself() -> None:
    fold = np.array([0, 1, 0, 2, 1])

    def fit(chosen: np.ndarray[tuple[int], np.dtype[np.int64]]):  # type: ignore[no-untyped-def]
        return lambda asked: [[set(fold[chosen])] for _ in asked]

    for own, seen in zip(fold, over_folds(fold, fit), strict=True):
        assert seen[0] == {0, 1, 2} - {own}


def test_calibration_error_of_honest_and_of_boasting_answers() -> None:
    label = np.array([0, 1] * 500)
    assert calibration_error(np.full(1000, 0.5), label) == pytest.approx(0)
    assert calibration_error(np.full(1000, 0.9), label) == pytest.approx(0.4)
    few = np.array([1] * 10 + [0] * 990)  # the classes weigh the same whatever their numbers
    assert calibration_error(np.full(1000, 0.5), few) == pytest.approx(0)


def test_another_last_layer_is_written_and_only_that(model: Path) -> None:
    reader = FeatureReader(model, 96 * 96)
    count = reader.read(scene())[0].shape[0]
    weight = np.linspace(-1, 1, count)
    changed = write_layer(reader.model, weight, 0.25)
    fed = {"pixels": np.stack([scene(96, 64)]), "valid_hw": np.array([[64, 96]], np.float32)}
    old, new = (
        onnxruntime.InferenceSession(part.SerializeToString()).run(["squish", "selfie"], fed)
        for part in (reader.model, changed)
    )
    assert np.array_equal(old[0], new[0])
    view = reader.read(scene(96, 64))[0]  # 96 x 64 is not 96 * 96 pixels: another view
    assert view.shape == (count,)
    assert abs(float(new[1][0, 0]) - 0.25) > 1e-3


def test_a_head_is_fitted_measured_and_answers_as_measured(
    data: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(self: FaceFinder, pixels: Pixels) -> tuple[Face, ...]:
        side = 0.8 if pixels.mean() < 110 else 0.2  # selfies are the dark ones
        return (face(0.1, 0.1, 0.1 + side, 0.1 + side),)

    monkeypatch.setattr(FaceFinder, "find", find)
    monkeypatch.setattr("photoloupe.figures.RESAMPLES", 9)
    out = tmp_path / "out"
    words = run_recipe(data / "head.toml", data, out, weights=model)
    assert "ROC AUC, faces alone" in words
    card = load_card(out / "tiny.json")
    assert (set(card.tasks), set(card.metrics), card.embedding) == ({"selfie"}, {"selfie"}, 0)
    assert card.sources == ["selfie: old", "trunk: random", "selfie head: made in code"]
    assert card.notes == []
    assert card.command.endswith("head.toml --data DATA --weights MODEL.onnx --out RUN")
    figures = {figure["name"]: figure for figure in card.metrics["selfie"]}
    assert figures["ROC AUC"]["value"] > 0.95
    assert figures["ROC AUC"]["n"] == 27  # 29 less two webcams
    assert "called selfies, kind webcam (none is)" in figures
    assert card.tasks["selfie"]["faces.size"] > 0
    assert card.version_of("selfie") != load_card(model.with_suffix(".json")).version

    reader = FeatureReader(out / "tiny.onnx", 96 * 96)
    layer = onnx.numpy_helper.to_array(
        next(t for t in reader.model.graph.initializer if t.name.startswith("heads.selfie.weight"))
    )
    picture = scene(80, 70, seed=5)
    features = reader.read(picture)[0]
    bias = onnx.numpy_helper.to_array(
        next(t for t in reader.model.graph.initializer if t.name == "heads.selfie.bias")
    )
    whole = float(features @ layer[0].astype(float) + bias[0])
    answer = Inspector([card]).inspect([encode(picture)])[0].selfie
    wanted = selfie.decode(whole, card.tasks["selfie"], find(FaceFinder(), picture))
    assert answer is not None
    assert answer.probability == pytest.approx(wanted.probability, abs=1e-3)


def test_a_model_without_such_a_head_is_refused(data: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="needs --weights"):
        run_recipe(data / "head.toml", data, tmp_path / "a")
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match="selfie head"):
        FeatureReader(tmp_path / "bad.onnx", 100)
    other = onnx.load(model)
    del other.graph.output[1]
    onnx.save(other, tmp_path / "other.onnx")
    for node in other.graph.node:
        for index, name in enumerate(node.output):
            node.output[index] = "else" if name == "selfie" else name
    onnx.save(other, tmp_path / "other.onnx")
    with pytest.raises(ModelError, match="selfie head"):
        FeatureReader(tmp_path / "other.onnx", 100)

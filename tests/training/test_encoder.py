"""A tiny encoder in ONNX: wrapped, read, taught to rate, and asked as users ask."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from typer.testing import CliRunner

from photoloupe import Inspector
from photoloupe.arrays import Pixels
from photoloupe.cli.main import app
from photoloupe.errors import ModelError, PhotoError
from photoloupe.models.card import find_card
from photoloupe.models.view import make_view
from photoloupe.training.damaged_copies.copies import PHOTO
from photoloupe.training.encoder.graph import load_encoder, make_model
from photoloupe.training.encoder.kernel import Kernel, learn, narrowness
from photoloupe.training.encoder.recipe import EncoderRecipe
from photoloupe.training.encoder.run import EncoderReader
from photoloupe.training.recipes import load_recipe
from tests.conftest import encode, scene
from tests.training.tables import write_tables

RECIPE = Path(__file__).parent.parent.parent / "recipes" / "aesthetics_clip_kernel.toml"
SIDE, WIDTH = 8, 6


def recipe() -> EncoderRecipe:
    loaded = load_recipe(RECIPE, quick=True)
    assert isinstance(loaded, EncoderRecipe)
    return loaded


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One dense layer over 8 x 8 pixels."""
    return save_encoder(tmp_path_factory.mktemp("encoder") / "tiny.onnx")


def save_encoder(path: Path, *, width: int = WIDTH, opset: int = 14) -> Path:
    dense = np.random.default_rng(0).normal(size=(3 * SIDE * SIDE, width)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"]),
            helper.make_node("MatMul", ["flat", "dense"], ["embeds"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("embeds", TensorProto.FLOAT, ["n", width])],
        [numpy_helper.from_array(dense, "dense")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(model, path)
    return path


def answers(model: onnx.ModelProto, photos: list[Pixels]) -> np.ndarray:
    views = [make_view(photo, 4096) for photo in photos]
    fed = {
        "pixels": np.stack([view.canvas for view in views]),
        "valid_hw": np.array([view.valid_hw for view in views], np.float32),
    }
    return np.asarray(onnxruntime.InferenceSession(model.SerializeToString()).run(None, fed)[0])


# --- the graph -----------------------------------------------------------------------------------


def test_features_are_of_length_one_and_those_of_the_mirror_image(encoder: Path) -> None:
    model = make_model(load_encoder(encoder), recipe())
    photo = scene(90, 60)
    found = answers(model, [photo, np.ascontiguousarray(photo[:, ::-1])])
    assert found.shape == (2, WIDTH)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    assert found[0] == pytest.approx(found[1], abs=5e-3)  # the view is resized from the left
    assert np.abs(found[0] - answers(model, [scene(90, 60, seed=5)])[0]).max() > 0.05


def test_company_and_canvas_move_no_bit(encoder: Path) -> None:
    model = make_model(load_encoder(encoder), recipe())
    photos = [scene(90, 60, seed=n) for n in range(5)]
    together = answers(model, photos)
    assert all(
        np.array_equal(answers(model, [p])[0], a) for p, a in zip(photos, together, strict=True)
    )


@pytest.mark.parametrize(
    ("width", "opset", "words"), [(WIDTH, 12, "older than 13"), (0, 14, "not \\(N, 3")]
)
def test_another_encoder_is_a_model_error(
    tmp_path: Path, width: int, opset: int, words: str
) -> None:
    path = save_encoder(tmp_path / "other.onnx", width=width, opset=opset)
    with pytest.raises(ModelError, match=words):
        load_encoder(path)


def test_a_file_that_is_no_encoder_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no model")
    for path in (tmp_path / "text.onnx", tmp_path / "none.onnx"):
        with pytest.raises(ModelError, match=path.name):
            load_encoder(path)
    with pytest.raises(ModelError, match="--weights"):
        load_encoder(None)


# --- the regression ------------------------------------------------------------------------------


def unit(rows: int, seed: int = 0) -> np.ndarray:
    points = np.random.default_rng(seed).normal(size=(rows, 4))
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))


def fit(ridge: float, order: float = 1.0) -> tuple[np.ndarray, Kernel]:
    """Points 0 to 2 are rated 3, 5 and 7; point 3 is to lie 2 below point 0."""
    points = unit(4)
    kernel = learn(
        points, np.arange(3), np.array([[3.0], [5.0], [7.0]]), np.array([[0, 3]]),
        np.array([[2.0]]), narrow=narrowness(points), ridge=ridge, order=order,
    )  # fmt: skip
    return points, kernel


def test_without_a_penalty_all_that_is_known_holds() -> None:
    points, kernel = fit(1e-9)
    assert kernel(points)[:, 0] == pytest.approx([3, 5, 7, 1], abs=1e-4)


def test_a_penalty_draws_towards_the_mean() -> None:
    points, kernel = fit(10.0)
    assert np.ptp(kernel(points)) < 2
    assert kernel(points).mean() == pytest.approx(5, abs=0.5)


def test_pairs_of_no_weight_say_nothing() -> None:
    points, kernel = fit(0.1, order=1e-9)
    alone = learn(
        points[:3], np.arange(3), np.array([[3.0], [5.0], [7.0]]), np.empty((0, 2), int),
        np.empty((0, 1)), narrow=kernel.narrow, ridge=0.1, order=1.0,
    )  # fmt: skip
    assert kernel(points) == pytest.approx(alone(points), abs=1e-5)


# --- the whole run -------------------------------------------------------------------------------


@pytest.mark.usefixtures("few_resamples")
def test_train_leaves_a_model_that_rates(
    encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tables(tmp_path)
    out = tmp_path / "out"
    arguments = ["train", RECIPE, "--data", tmp_path, "--weights", encoder, "--out", out, "--quick"]
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    assert "themes left out in 2 parts" in result.stdout
    assert "all strong kinds" in result.stdout
    card = find_card(out)
    monkeypatch.setenv("PHOTOLOUPE_MODEL", str(out))
    photos = [encode(scene(90, 60, seed=n)) for n in range(4)]
    reports = Inspector().inspect(photos)
    for report, photo in zip(reports, photos, strict=True):
        assert report.aesthetics
        assert 1 <= report.aesthetics.score <= 10
        assert report.model["aesthetics"] == card.version
        assert report.aesthetics == Inspector([card]).inspect([photo])[0].aesthetics


def test_what_was_read_is_not_read_again(
    encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(scene(90, 60), "JPEG"))
    asked = [({"file": str(path)}, PHOTO), ({"file": str(path)}, ("blur", 1.0))]
    seer, store = make_model(load_encoder(encoder), recipe()), tmp_path / "features.npz"
    first = EncoderReader(seer, 4096, store).read(asked)
    assert np.abs(first[0] - first[1]).max() > 1e-3
    path.unlink()
    assert np.array_equal(EncoderReader(seer, 4096, store).read(asked), first)
    with pytest.raises(PhotoError, match="photo"):
        EncoderReader(seer, 1024, store).read(asked)  # another view, so read anew
    store.write_bytes(store.read_bytes()[:100])  # cut off
    with pytest.raises(PhotoError, match="photo"):
        EncoderReader(seer, 4096, store).read(asked)

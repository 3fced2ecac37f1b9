"""A tiny CLIP out of an 8-bit file: its graph in float32 and in 8 bits, and heads at its end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from photoloupe.arrays import Pixels
from photoloupe.errors import ModelError
from photoloupe.questions.distribution import softmax
from photoloupe.training.encoder.clip_weights import ClipWeights, load_clip
from photoloupe.training.encoder.head_graph import make_heads
from photoloupe.training.encoder.heads import RatingHead
from photoloupe.training.encoder.products import quantised
from photoloupe.training.encoder.smoothing import measure
from photoloupe.training.encoder.tower import interpolation, make_tower
from photoloupe.training.engine.regression import Linear
from tests.conftest import scene
from tests.training.clip_file import GRID, WIDTH, forward, random_clip, save_clip

SIDE = 16 * GRID


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(model.SerializeToString())


def photos(count: int, width: int = SIDE, height: int = SIDE) -> Pixels:
    return np.stack([scene(width, height, seed=n) for n in range(count)])


@pytest.fixture(scope="module")
def weights() -> ClipWeights:
    return ClipWeights(random_clip())


@pytest.fixture(scope="module")
def eight_bits(weights: ClipWeights) -> onnx.ModelProto:
    taps = session(make_tower(weights, taps=True))
    return make_tower(weights, measure(taps, photos(6), 0.65))


# --- weights -------------------------------------------------------------------------------------


def test_weights_come_back_from_eight_bits(tmp_path: Path) -> None:
    values = random_clip()
    found = load_clip(save_clip(tmp_path / "clip.onnx", values))
    assert set(found.values) == set(values)
    assert all(np.array_equal(found[name], array) for name, array in values.items())
    assert (found.width, found.grid, found.layers, found.embedding) == (WIDTH, GRID, 2, 512)


def test_a_file_without_a_tower_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no model")
    values = random_clip()
    values["vision_model.embeddings.patch_embedding.weight"] = np.zeros((WIDTH, 3, 8, 8))
    save_clip(tmp_path / "patches.onnx", values)
    for name in ("text", "none", "patches"):
        with pytest.raises(ModelError, match=name):
            load_clip(tmp_path / f"{name}.onnx")
    with pytest.raises(ModelError, match="--weights"):
        load_clip(None)


# --- the tower -----------------------------------------------------------------------------------


def test_the_float_tower_is_clip_step_by_step(weights: ClipWeights) -> None:
    values = dict(weights.values)
    pixels = photos(2)
    features, embedding = session(make_tower(weights)).run(None, {"pixels": pixels})
    expected = np.stack([forward(values, one) for one in pixels])
    assert features == pytest.approx(expected, abs=2e-4)
    projected = expected @ values["visual_projection.weight"].T
    unit = projected / np.linalg.norm(projected, axis=1, keepdims=True)
    assert embedding == pytest.approx(unit, abs=1e-4)


def test_eight_bits_give_nearly_the_same_features(
    weights: ClipWeights, eight_bits: onnx.ModelProto
) -> None:
    pixels = photos(8)
    exact = session(make_tower(weights)).run(["cls"], {"pixels": pixels})[0]
    rounded = session(eight_bits).run(["cls"], {"pixels": pixels})[0]
    assert not np.array_equal(exact, rounded)
    centred = [x - exact.mean(0) for x in (exact, rounded)]
    cosine = (centred[0] * centred[1]).sum() / np.prod([np.linalg.norm(x) for x in centred])
    assert cosine > 0.995


@pytest.mark.parametrize("shape", [(SIDE, SIDE), (80, 48), (48, 112)])
def test_company_moves_no_bit(eight_bits: onnx.ModelProto, shape: tuple[int, int]) -> None:
    encoder, heads = session(eight_bits), heads_session()
    pixels = photos(8, *shape)
    pixels[3] = 255  # loud company
    together = encoder.run(None, {"pixels": pixels})
    answers = heads.run(None, {"cls": together[0]})
    for number in range(8):
        alone = encoder.run(None, {"pixels": pixels[number : number + 1]})
        answer = heads.run(None, {"cls": alone[0]})
        for many, one in zip((*together, *answers), (*alone, *answer), strict=True):
            assert np.array_equal(many[number], one[0])


def test_interpolation_at_the_learned_size_changes_nothing() -> None:
    assert interpolation(14, 14) == pytest.approx(np.eye(14), abs=1e-12)
    for count in (1, 5, 29, 64):
        assert interpolation(count, 14).sum(1) == pytest.approx(1)


def test_interpolation_is_torchs() -> None:
    import torch

    line = np.random.default_rng(0).normal(size=14)
    for count in (9, 12, 31):
        square = torch.from_numpy(line)[None, None, :, None].expand(1, 1, 14, 14)
        expected = torch.nn.functional.interpolate(square, (count, count), mode="bicubic")
        assert interpolation(count, 14) @ line == pytest.approx(expected[0, 0, :, 0].numpy())


def test_a_column_of_weights_is_rounded_by_its_own_scale() -> None:
    weight = np.array([[1.0, 100.0], [-0.5, 25.4]])
    integers, scale = quantised(weight)
    assert integers.tolist() == [[127, 127], [-64, 32]]
    assert integers * scale == pytest.approx(weight, rel=0.01)


# --- the heads' graph ----------------------------------------------------------------------------


def rating_head(points: int = 7, seed: int = 3) -> RatingHead:
    rng = np.random.default_rng(seed)
    near = rng.normal(size=(points, WIDTH)).astype(np.float16).astype(np.float64)
    weights = rng.normal(size=(points, 4))
    base = np.array([5.0, 1.5, 6.0, 0.2])
    mean, std = rng.normal(size=WIDTH), np.full(WIDTH, 1.3)
    return RatingHead(mean, std, near, 0.004, weights, base, 2.0, 0.1)


def selfie_head() -> Linear:
    return Linear(np.random.default_rng(4).normal(size=WIDTH), -0.3)


def heads_session() -> onnxruntime.InferenceSession:
    return session(make_heads("cls", rating_head(), selfie_head()))


def test_the_graph_answers_as_the_heads(eight_bits: onnx.ModelProto) -> None:
    model = heads_session()
    assert [output.name for output in model.get_outputs()] == ["aesthetics", "selfie"]
    features = session(eight_bits).run(["cls"], {"pixels": photos(8)})[0]
    logits, odds = model.run(None, {"cls": features})
    answers = rating_head()(features)
    assert np.ptp(answers.score) > 0.1
    assert softmax(logits) == pytest.approx(answers.distribution, abs=1e-6)
    assert odds[:, 0] == pytest.approx(selfie_head()(features.astype(np.float64)), abs=1e-5)

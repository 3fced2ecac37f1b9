from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import helper, numpy_helper
from onnxruntime import InferenceSession
from torch import nn
from typer.testing import CliRunner

from photoloupe.cli.main import app
from photoloupe.errors import ModelError
from photoloupe.inspector import Inspector
from photoloupe.models.card import load_card, save_card
from photoloupe.models.installed import WEIGHTS
from photoloupe.models.session import Session
from photoloupe.models.view import make_view
from photoloupe.questions import aesthetics
from photoloupe.training.damage.net import (
    DamageNet,
    make_damage_net,
    mean_rating,
)
from photoloupe.training.damage.recipe import DamageRecipe
from photoloupe.training.damage.run import carry_over
from photoloupe.training.damaged_copies.copies import PHOTO, copies_of, least_gap, make_copy
from photoloupe.training.damaged_copies.damage import ALL, LOOSE, MILD, STEADY, STRONG
from photoloupe.training.multitask.net import ManyHeads
from photoloupe.training.recipes import load_recipe
from photoloupe.training.trunks.lite0 import Lite0
from tests.conftest import encode, scene
from tests.training.conftest import shorten_trunks
from tests.training.tables import write_tables

RECIPE = Path(__file__).parent.parent.parent / "recipes" / "lite0_taught_damage.toml"


def recipe() -> DamageRecipe:
    loaded = load_recipe(RECIPE, quick=True)
    assert isinstance(loaded, DamageRecipe)
    return loaded


def tiny_net() -> DamageNet:
    torch.manual_seed(0)
    return make_damage_net(recipe())


# --- damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(ALL))
@pytest.mark.parametrize("size_wh", [(120, 80), (50, 90)])
def test_damage_keeps_the_frame_and_changes_the_picture(
    kind: str, size_wh: tuple[int, int]
) -> None:
    photo = scene(*size_wh)
    before = photo.copy()
    copy = make_copy(photo, (kind, STRONG), 3)
    assert copy.shape == photo.shape
    assert copy.dtype == np.uint8
    assert np.abs(copy.astype(int) - photo).mean() > 1
    assert np.array_equal(copy, make_copy(photo, (kind, STRONG), 3))
    assert np.array_equal(photo, before)


@pytest.mark.parametrize("kind", list(STEADY))
def test_steady_damage_grows_with_its_strength(kind: str) -> None:
    photo = scene(120, 90)
    off = [
        np.abs(make_copy(photo, (kind, s), 1) - photo.astype(int)).mean() for s in (MILD, STRONG)
    ]
    assert off[0] < off[1]


def test_what_is_known_of_two_views() -> None:
    assert least_gap(PHOTO, ("blur", STRONG), 0.5) == 0.5
    assert least_gap(PHOTO, ("blur", MILD), 0.5) == pytest.approx(0.175)
    assert least_gap(("blur", MILD), ("blur", STRONG), 0.5) == pytest.approx(0.325)
    assert least_gap(PHOTO, ("crop", STRONG), 0.5) == pytest.approx(0.2)
    for better, worse in (
        (("blur", STRONG), PHOTO),
        (("blur", STRONG), ("blur", MILD)),
        (("noise", MILD), ("blur", STRONG)),
        (("crop", MILD), ("crop", STRONG)),
        (PHOTO, ("shake", STRONG)),
    ):
        assert least_gap(better, worse, 0.5) == 0


def test_every_kind_has_its_turn() -> None:
    kinds = [{kind for kind, _ in copies_of(index)} for index in range(60)]
    assert set().union(*kinds) == set(STEADY) | set(LOOSE)
    assert all(len(k) == 3 for k in kinds)


# --- the net -------------------------------------------------------------------------------------


def test_padding_does_not_move_the_answer() -> None:
    net = tiny_net()
    view = make_view(scene(300, 200), 9000)
    valid = torch.tensor([view.valid_hw]).float()
    wide = np.pad(view.canvas, ((0, 32), (0, 64), (0, 0)), constant_values=127)
    alone, beside = (net(torch.from_numpy(c)[None], valid)[0] for c in (view.canvas, wide))
    assert torch.allclose(alone, beside, atol=2e-2)


def test_damage_lowers_the_score_and_an_undamaged_photo_keeps_its_own() -> None:
    net = tiny_net()
    read = net.trunk(
        torch.from_numpy(make_view(scene(), 4096).canvas)[None], torch.full((1, 2), 64.0)
    )
    scores = []
    for bias in (-20.0, 0.0, 2.0):
        nn.init.constant_(net.damage.direct.bias, bias)
        scores.append(mean_rating(net.logits(read)).item())
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(
        mean_rating(net.shown(read[:, : net.trunk.channels])).item(), abs=1e-4
    )


def store(net: ManyHeads, path: Path) -> None:
    """A file that has the net's parameters and nothing else, as a recipe reads them."""
    named = {name: value.numpy() for name, value in net.state_dict().items()}
    stored = [numpy_helper.from_array(value, name) for name, value in named.items()]
    onnx.save(helper.make_model(helper.make_graph([], "net", [], [], stored)), path)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run on pictures made in code, on a tiny model with a card of two questions."""
    data, out = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("damage")
    weights = data / "rates.onnx"
    write_tables(data)
    card = load_card(WEIGHTS / "lite0_taught_damage.json")
    tasks = {"squish": {"threshold": 0.5}, "selfie": {"threshold": 0.5}}
    save_card(replace(card, name="rates", file="rates.onnx", tasks=tasks, folder=data))
    arguments = ["train", RECIPE, "--data", data, "--weights", weights, "--out", out, "--quick",
                 "--workers", "0"]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter warns of itself
        patch.setattr("photoloupe.figures.RESAMPLES", 9)
        shorten_trunks(patch)
        torch.manual_seed(0)
        store(ManyHeads(Lite0(0.1), {"squish": 35, "selfie": 1, "aesthetics": 10}), weights)
        result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    assert "all strong kinds" in result.stdout
    return out


def test_train_leaves_a_model_that_inspects(run: Path) -> None:
    card = load_card(run / "lite0_taught_damage.json")
    assert set(card.tasks) == {"squish", "aesthetics"}
    view = make_view(scene(96, 64), card.view_pixels)
    logits = Session(card).run([view])["aesthetics"]
    assert logits.shape == (1, 10)
    report = Inspector([card]).inspect([encode(scene(96, 64))])[0]
    assert report.aesthetics
    assert report.aesthetics.score == pytest.approx(aesthetics.decode(logits[0]).score)


def test_company_moves_no_bit_of_the_answer(run: Path) -> None:
    session = InferenceSession(run / "lite0_taught_damage.onnx")
    canvas = np.stack([make_view(scene(96, 64, seed=n), 6144).canvas for n in range(9)])
    valid = np.array([[64, 96]] * 9, np.float32)
    together = session.run(None, {"pixels": canvas, "valid_hw": valid})
    for count in (1, 2, 5, 7):
        few = session.run(None, {"pixels": canvas[:count], "valid_hw": valid[:count]})
        assert all(np.array_equal(a, b[:count]) for a, b in zip(few, together, strict=True))


def test_a_file_without_the_trunk_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no model")
    for name in ("text.onnx", "none.onnx"):
        with pytest.raises(ModelError, match=name):
            make_damage_net(recipe(), tmp_path / name)
    shipped = next(WEIGHTS.glob("lite0*.onnx"))
    with pytest.raises(ModelError, match="lite0"):
        make_damage_net(recipe(), shipped)  # of another width


def test_questions_that_another_model_answers_are_left_behind(tmp_path: Path) -> None:
    old = replace(load_card(WEIGHTS / "lite0_taught_damage.json"), folder=tmp_path)
    tasks = {"squish": {"threshold": 0.5}, "selfie": {"threshold": 0.5}}
    save_card(replace(old, tasks=tasks, metrics={"squish": [], "selfie": []}))
    new = replace(old, tasks={"aesthetics": {}}, metrics={})
    card = carry_over(new, tmp_path / "lite0_taught_damage.onnx", 9, ["selfie"])
    assert set(card.tasks) == {"squish", "aesthetics"}
    assert (set(card.metrics), card.embedding) == ({"squish"}, 9)

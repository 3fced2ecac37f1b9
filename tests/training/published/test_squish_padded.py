from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from transformers import EfficientNetConfig, EfficientNetModel
from typer.testing import CliRunner

from photoloupe.cli.main import app
from photoloupe.errors import ModelError, RecipeError
from photoloupe.training.engine.fit import TrainingSteps
from photoloupe.training.engine.tables import load_table
from photoloupe.training.published.squish_padded.data import (
    PaddedBatches,
    make_sample,
    numbered_sample,
    pad,
)
from photoloupe.training.published.squish_padded.net import (
    load_padded_net,
    log_ratios,
    make_padded_net,
)
from photoloupe.training.published.squish_padded.recipe import (
    EfficientNetSection,
    MadeSquishes,
    SquishPaddedRecipe,
)
from photoloupe.training.recipes import load_recipe
from tests.conftest import encode, scene

RECIPE = Path(__file__).parents[3] / "recipes" / "squish_efficientnet_b4.toml"
MADE = MadeSquishes(batch=4)
TINY = EfficientNetSection(width=0.1, depth=0.1, hidden=16)


def recipe(quick: bool = True) -> SquishPaddedRecipe:
    loaded = load_recipe(RECIPE, quick=quick)
    assert isinstance(loaded, SquishPaddedRecipe)
    return loaded


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos made in code, the last six of sources that the recipe holds out."""
    folder = tmp_path_factory.mktemp("data") / "photos"
    folder.mkdir()
    with (folder / "photos.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["file", "split", "source"])
        writer.writeheader()
        for k in range(12):
            source = ("urban100", "sunhays80", "coco256")[k % 3] if k >= 6 else "pets"
            pixels = scene(*((120, 90) if k % 2 else (80, 110)), seed=k)
            (folder / f"{k}.jpg").write_bytes(encode(pixels, "JPEG"))
            writer.writerow({"file": f"{k}.jpg", "split": "train", "source": source})
    return folder.parent


# --- samples -------------------------------------------------------------------------------------


def test_a_target_is_what_was_done_to_the_crop() -> None:
    photo, rng = scene(400, 300), np.random.default_rng(0)
    sides = set()
    for _ in range(50):
        sample = make_sample(photo, MADE, rng)
        width, height = sample.target()
        assert max(width, height) == 1
        assert 0.05 <= min(width, height) <= 1
        wanted = [
            max(1, round(side * float(ratio)))
            for side, ratio in zip(sample.crop.shape[1::-1], (width, height), strict=True)
        ]
        assert list(sample.squished.shape[1::-1]) == wanted
        assert abs(np.log(sample.crop.shape[1] / sample.crop.shape[0])) < np.log(3) + 0.1
        sides.add(bool(width < 1))
    assert sides == {True, False}


def test_padding_keeps_the_shape_and_the_rest_is_black() -> None:
    square = pad(np.full((30, 60, 3), 200, np.uint8), 128)
    assert square.shape == (128, 128, 3)
    lit = np.flatnonzero(square[:, 64, 0])
    assert (lit[0], lit[-1], len(lit)) == (32, 95, 64)
    assert (square[32:96] == 200).all()
    assert square[:32].max() == square[96:].max() == 0
    assert pad(np.full((1000, 2, 3), 9, np.uint8), 64).shape == (64, 64, 3)


def test_every_photo_has_its_turn_once_an_epoch(data: Path) -> None:
    rows = load_table(recipe().photos, data).train
    for epoch in (0, 1):
        numbers = range(epoch * len(rows), (epoch + 1) * len(rows))
        photos = {numbered_sample(rows, MADE, 7, k).photo.tobytes() for k in numbers}
        assert len(photos) == len(rows)
    one, two = (numbered_sample(rows, MADE, 7, 5) for _ in range(2))
    assert np.array_equal(one.squished, two.squished)
    later = PaddedBatches(recipe(), rows, 2).batch(2)
    from_start = iter(PaddedBatches(recipe(), rows, 0))
    again = [next(from_start) for _ in range(3)][2]
    assert all(torch.equal(a, b) for a, b in zip(later, again, strict=True))
    assert later[0].shape == (4, 64, 64, 3)
    assert later[1].shape == (4, 2)


# --- the net -------------------------------------------------------------------------------------


def test_the_published_net_has_its_19_million_parameters() -> None:
    full = recipe(quick=False)
    with torch.device("meta"):
        net = make_padded_net(full.trunk)
    assert round(sum(p.numel() for p in net.parameters()) / 1e6) == 19
    assert (full.side, full.fit.steps * full.squishes.batch) == (256, 3 * 32_000)


def test_the_rate_is_adams_and_falls_to_a_tenth_an_epoch() -> None:
    full = recipe(quick=False)
    made = TrainingSteps(make_padded_net(TINY), full).configure_optimizers()
    optimiser, schedule = made["optimizer"], made["lr_scheduler"]["scheduler"]
    assert all(group["weight_decay"] == 0 for group in optimiser.param_groups)
    at = schedule.lr_lambdas[0]
    rates = [full.fit.trunk_rate * at(step) for step in (0, 999, 1000, 1999, 2000, 2999)]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5])


def test_a_random_net_sees_what_it_is_shown() -> None:
    """As transformers draws them, weights let nothing through: features differ by 1e-12 or less."""
    torch.manual_seed(0)
    net = make_padded_net(EfficientNetSection(width=0.35, depth=0.5, hidden=16)).train()
    pixels = torch.from_numpy(np.stack([pad(scene(90, 60, seed=k), 64) for k in range(4)]))
    with torch.no_grad():
        features = net.trunk(pixels.permute(0, 3, 1, 2) / 64 - 2).last_hidden_state.mean((2, 3))
    assert features.std(0).mean() > 0.01


def test_statistics_are_not_those_of_the_last_batch_alone() -> None:
    """The configuration's 0.99 is what TensorFlow keeps, and would be what torch replaces."""
    net = make_padded_net(TINY)
    norms = [part for part in net.modules() if isinstance(part, nn.BatchNorm2d)]
    assert norms
    assert {norm.momentum for norm in norms} == {0.1}


def test_published_weights_are_taken_from_a_folder(tmp_path: Path) -> None:
    config = EfficientNetConfig(width_coefficient=0.1, depth_coefficient=0.1, hidden_dim=128)
    published = EfficientNetModel(config)
    published.save_pretrained(tmp_path / "tiny")
    nn.Module.eval(published)
    net = make_padded_net(TINY, str(tmp_path / "tiny")).eval()
    x = torch.randn(1, 3, 64, 64)
    wanted = published(x).last_hidden_state
    assert torch.allclose(net.trunk(x).last_hidden_state, wanted, atol=1e-5)
    with pytest.raises(ModelError, match=r"width_coefficient is 0\.1, the recipe says 0\.2"):
        make_padded_net(EfficientNetSection(width=0.2, depth=0.1), str(tmp_path / "tiny"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="empty"):
        make_padded_net(TINY, str(tmp_path / "empty"))


def test_raw_answers_become_log_ratios_whatever_they_are() -> None:
    raw = np.array([[0.5, 1.0], [1.0, 0.25], [1.3, 1.1], [-3.0, 1.0]], np.float32)
    assert log_ratios(raw) == pytest.approx([np.log(0.5), np.log(4), 0, np.log(0.02)], abs=1e-5)


# --- the run -------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("few_resamples")
def test_train_leaves_a_net_figures_and_two_pictures(data: Path, tmp_path: Path) -> None:
    arguments = ["train", RECIPE, "--data", data, "--out", tmp_path, "--quick", "--workers", "0"]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    assert "MAE of the width ratio" in result.stdout
    card = json.loads((tmp_path / "metrics.json").read_text())
    figures = card["metrics"]["squish"]
    assert all(f["low"] <= f["value"] <= f["high"] for f in figures)
    assert sum(f["name"].startswith("  baseline") for f in figures) == 8
    for name in ("stages", "answers"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert len(set(picture.convert("L").tobytes())) > 10, name
    judge = load_padded_net(tmp_path)
    pictures = [scene(120, 90), scene(50, 200)]
    assert judge.answers(pictures)[1] == pytest.approx(judge(pictures[1]), abs=1e-5)
    assert judge.answers([]).shape == (0, 2)
    with pytest.raises(ModelError, match="none"):
        load_padded_net(tmp_path / "none")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("least_zoom =", "least_zom ="), "squishes.least_zom: Extra inputs"),
        (("side = 256", "side = 250"), "side: Input should be a multiple of 32"),
        (("least_ratio = 0.05", "least_ratio = 0"), "squishes.least_ratio"),
        (("drop_steps = 1000", "drop_steps = 0"), "fit.drop_steps"),
    ],
)
def test_a_mistake_in_the_recipe_names_the_key(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    path = tmp_path / "r.toml"
    path.write_text(RECIPE.read_text().replace(*change, 1))
    with pytest.raises(RecipeError, match=words):
        load_recipe(path)

"""Bins worked out by hand; a run of the recipe on photos made in code, from data to evaluate."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import ResNetConfig, ResNetModel, ViTConfig, ViTModel
from typer.testing import CliRunner

from photoloupe.cli.main import app
from photoloupe.errors import ModelError, RecipeError
from photoloupe.models.card import load_card
from photoloupe.training.published.aesthetics_pyramid.net import make_pyramid_net
from photoloupe.training.published.aesthetics_pyramid.pool import overlaps, pool_bins, pool_pyramid
from photoloupe.training.published.aesthetics_pyramid.recipe import AestheticsPyramidRecipe
from photoloupe.training.published.aesthetics_pyramid.run import good_scores
from photoloupe.training.published.rated_photos import (
    RatedBatches,
    load_rated,
    make_target,
)
from photoloupe.training.published.rated_section import RatedSection
from photoloupe.training.recipes import load_recipe
from photoloupe.training.trunks import pool_valid
from photoloupe.uses.ratings import Rating
from tests.conftest import encode, scene

RECIPE = Path(__file__).parents[3] / "recipes" / "aesthetics_spp.toml"
WHOLE = torch.tensor([[128.0, 128.0]])


def recipe() -> AestheticsPyramidRecipe:
    loaded = load_recipe(RECIPE, quick=True)
    assert isinstance(loaded, AestheticsPyramidRecipe)
    return loaded


def make_data(folder: Path, count: int = 12) -> Path:
    (folder / "aesthetics").mkdir()
    lines = ["file,split,theme,beauty_mean_1_7,beauty_sd"]
    for k in range(count):
        pixels = scene(*((96, 64) if k % 2 else (64, 85)), seed=k)
        (folder / "aesthetics" / f"{k}.jpg").write_bytes(encode(pixels, "JPEG"))
        lines.append(f"{k}.jpg,{'val' if k % 3 == 0 else 'train'},t{k},{1 + k / 2},1")
    (folder / "aesthetics" / "oasis.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_data(tmp_path_factory.mktemp("data"))


# --- the pyramid ---------------------------------------------------------------------------------


def test_bins_share_the_picture_equally() -> None:
    """Five cells of seven hold picture: the middle one lies half in either bin."""
    found = overlaps(torch.tensor([5.0, 2.5]), cells=7, bins=2)
    assert found[0].tolist() == [[1, 1, 0.5, 0, 0, 0, 0], [0, 0, 0.5, 1, 1, 0, 0]]
    assert found[1].tolist() == [[1, 0.25, 0, 0, 0, 0, 0], [0, 0.75, 0.5, 0, 0, 0, 0]]


def test_pooled_by_hand() -> None:
    features = torch.arange(16.0).reshape(1, 1, 4, 4)
    average = pool_bins(features, WHOLE, 2, "average")
    assert average.flatten().tolist() == [2.5, 4.5, 10.5, 12.5]
    assert pool_bins(features, WHOLE, 2, "max").flatten().tolist() == [5, 7, 13, 15]
    assert pool_bins(features, WHOLE, 4, "max").flatten().tolist() == list(range(16))
    both = pool_pyramid(features, WHOLE, (1, 2), "max")
    assert both.tolist() == [[15, 5, 7, 13, 15]]


@pytest.mark.parametrize("kind", ["max", "average"])
def test_what_lies_beside_the_picture_is_never_pooled(kind: str) -> None:
    torch.manual_seed(0)
    small = torch.rand(1, 3, 3, 4)
    wide = torch.full((1, 3, 6, 9), 1e6)
    wide[:, :, :3, :4] = small
    valid = torch.tensor([[96.0, 128.0]])
    for bins in (1, 2, 4):
        alone, padded = (pool_bins(x, valid, bins, kind) for x in (small, wide))
        assert torch.allclose(alone, padded)
    tiny = pool_bins(wide, torch.tensor([[20.0, 5.0]]), 4, kind)  # less than a cell
    assert torch.allclose(tiny, small[:, :, :1, :1].expand(-1, -1, 4, 4))


def test_one_bin_averaged_is_the_average_of_the_product() -> None:
    features, valid = torch.rand(2, 5, 6, 7), torch.tensor([[150.0, 200.0], [192.0, 33.0]])
    pooled = pool_pyramid(features, valid, (1,), "average")
    assert torch.allclose(pooled, pool_valid(features, valid), atol=1e-6)


# --- the table -----------------------------------------------------------------------------------


def test_a_table_without_splits_is_split_by_its_groups(tmp_path: Path) -> None:
    rows = [f"{k}.jpg,5,t{k // 4}" for k in range(200)]
    (tmp_path / "labels.csv").write_text("path,score,theme\n" + "\n".join(rows) + "\n")
    for k in range(200):
        (tmp_path / f"{k}.jpg").touch()
    table = load_rated(
        RatedSection(csv="labels.csv", group_column="theme", test_share=0.3), tmp_path
    )
    train, test = ({item.columns["theme"] for item in part} for part in (table.train, table.test))
    assert not train & test
    assert len(train | test) == 50
    assert 5 <= len(test) <= 25
    assert table.train_mean == 5


def test_tables_that_cannot_be_learnt_from_are_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("path,score\na.jpg,5\n")
    with pytest.raises(RecipeError, match=r"no photo .*a\.jpg"):
        load_rated(RatedSection(csv="labels.csv"), tmp_path)
    (tmp_path / "a.jpg").touch()
    with pytest.raises(RecipeError, match="no photo is left to test on"):
        load_rated(RatedSection(csv="labels.csv", test_share=1e-9), tmp_path)
    with pytest.raises(RecipeError, match="no column theme"):
        load_rated(RatedSection(csv="labels.csv", group_column="theme"), tmp_path)


def test_targets_are_counts_or_a_normal() -> None:
    shares = (0.5, 0.5, *[0.0] * 8)
    assert make_target(Rating(1.5, 0.5, shares), 1.4).tolist() == list(shares)
    wide, narrow = make_target(Rating(5.5), 2.0), make_target(Rating(5.5, 0.5), 2.0)
    assert wide.sum() == pytest.approx(1)
    assert narrow[4] > wide[4]


def test_every_photo_has_its_turn_once_an_epoch(data: Path) -> None:
    rated = recipe().rated
    table = load_rated(rated, data)
    assert (len(table.train), len(table.test)) == (8, 4)
    make = {"batch": 4, "view_pixels": 4096, "seed": 3}
    batches = iter(RatedBatches(table, rated, done=0, **make))
    first, second, third = (next(batches) for _ in range(3))
    means = sorted(torch.cat([first[3], second[3]]).tolist())
    assert means == sorted(item.rating.mean for item in table.train)
    assert not torch.equal(first[3], third[3])
    again = next(iter(RatedBatches(table, rated, done=2, **make)))
    assert all(torch.equal(a, b) for a, b in zip(third, again, strict=True))
    assert first[0].shape[1] % 32 == first[0].shape[2] % 32 == 0
    assert first[2].sum(1) == pytest.approx(torch.ones(4))


# --- trunks --------------------------------------------------------------------------------------


def test_any_convolutional_trunk_serves(tmp_path: Path) -> None:
    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 8, 8, 8], depths=[1, 1, 1, 1],
                          layer_type="basic")  # fmt: skip
    ResNetModel(config).save_pretrained(tmp_path / "resnet")
    made = recipe().model_copy(
        update={"trunk": recipe().trunk.model_copy(update={"net": "transformers"})}
    )
    net = make_pyramid_net(made, tmp_path / "resnet").train()
    pixels, valid = torch.zeros(2, 64, 96, 3, dtype=torch.uint8), torch.full((2, 2), 60.0)
    before = {k: v.clone() for k, v in net.state_dict().items() if "running" in k}
    logits, good = net(pixels, valid)
    assert (logits.shape, good.shape) == ((2, 10), (2, 1))
    assert before
    assert all(torch.equal(v, net.state_dict()[k]) for k, v in before.items())
    vit = ViTConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    ViTModel(vit).save_pretrained(tmp_path / "vit")
    for weights, words in ((tmp_path / "vit", "picture of any shape"), (tmp_path, "no net can"),
                           (None, "--weights")):  # fmt: skip
        with pytest.raises(ModelError, match=words):
            make_pyramid_net(made, weights)


# --- the run -------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("few_resamples", "short_trunks")
def test_train_then_evaluate_in_two_commands(data: Path, tmp_path: Path) -> None:
    arguments = ["train", RECIPE, "--data", data, "--out", tmp_path, "--quick", "--workers", "0"]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    card = load_card(tmp_path / "aesthetics_spp.json")
    figures = {figure["name"]: figure["value"] for figure in card.metrics["aesthetics"]}
    assert {"PLCC", "SRCC", "MSE", "good above 5.5, by its own output: accuracy"} <= set(figures)
    folder = data / "aesthetics"
    scores = np.array(good_scores(card, [folder / f"{k}.jpg" for k in (0, 3, 6, 9)]))
    assert ((scores > 0) & (scores < 1)).all()
    wanted = float(np.mean((scores > 0.5) == np.array([False, False, False, True])))
    assert figures["good above 5.5, by its own output: accuracy"] == wanted
    arguments = ["evaluate", "aesthetics", "--data", folder, "--labels", folder / "oasis.csv",
                 "--model", tmp_path, "--split", "val", "--json"]  # fmt: skip
    again = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert again.exit_code == 0, again.output
    measured = {figure["name"]: figure["value"] for figure in json.loads(again.stdout)["figures"]}
    assert measured == {name: figures[name] for name in measured}

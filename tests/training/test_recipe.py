from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from scipy.stats import pearsonr, spearmanr
from torch import nn
from typer.testing import CliRunner

from photoloupe.cli.main import app
from photoloupe.errors import RecipeError
from photoloupe.figures import figure, plcc, srcc
from photoloupe.inspector import Inspector
from photoloupe.models.card import load_card
from photoloupe.training.engine import augment
from photoloupe.training.engine.duplicates import unlike
from photoloupe.training.engine.evaluate import squished_copies
from photoloupe.training.engine.figures import auc, balanced_accuracy
from photoloupe.training.engine.onnx_weights import read_exported
from photoloupe.training.engine.sections import FittedRecipe, NamedRecipe
from photoloupe.training.engine.tables import load_table, rating
from photoloupe.training.multitask.batches import Batches
from photoloupe.training.multitask.recipe import MultitaskRecipe
from photoloupe.training.recipes import load_recipe
from photoloupe.training.run import run_recipe
from tests.conftest import encode, scene

RECIPES = Path(__file__).parent.parent.parent / "recipes"
LITE0 = RECIPES / "lite0_trio.toml"


def trio(quick: bool = False) -> MultitaskRecipe:
    recipe = load_recipe(LITE0, quick)
    assert isinstance(recipe, MultitaskRecipe)
    return recipe


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda p: p.stem)
def test_every_recipe_reads_in_full_and_quick(path: Path) -> None:
    full, quick = load_recipe(path), load_recipe(path, quick=True)
    assert type(full) is type(quick)
    if isinstance(full, NamedRecipe):  # a head is named as its model
        assert full.name == path.stem
    if isinstance(quick, FittedRecipe):
        assert quick.fit.steps <= 10


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("steps = 650", "stepps = 650"), "fit.steps: Field required"),
        (("seed = 20", "sed = 20"), "fit.sed: Extra inputs"),
        (("batch = 32", "batch = 0"), "tasks.squish.batch: Input should be greater than 0"),
        (("[fit]", "[fit"), "not a readable recipe"),
        (
            ('kind = "multitask"', 'kind = "views"'),
            "toml: kind: should be one of multitask, damage, encoder, squish_padded",
        ),
        (("[tasks.selfie]", "[tasks.selfy]"), "tasks.selfy"),
    ],
)
def test_a_mistake_in_a_recipe_names_the_key(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    path = tmp_path / "r.toml"
    path.write_text(LITE0.read_text().replace(*change))
    with pytest.raises(RecipeError, match=words):
        load_recipe(path)
    with pytest.raises(RecipeError, match=r"none\.toml"):
        load_recipe(tmp_path / "none.toml")


def test_a_task_takes_negatives_from_one_that_is_there() -> None:
    says = trio().model_dump(exclude_none=True)
    assert says["tasks"]["selfie"]["negatives"] == "squish"
    with pytest.raises(ValidationError, match=r"tasks\.selfie: no task squish"):
        MultitaskRecipe.model_validate({**says, "tasks": {"selfie": says["tasks"]["selfie"]}})


def test_held_out_sources_are_never_trained_on(trio_data: Path) -> None:
    recipe = trio()
    photos = load_table(recipe.tasks["squish"], trio_data)
    assert {row["source"] for row in photos.train} == {"pets"}
    assert {row["source"] for row in photos.test} == {"urban100", "sunhays80", "coco256"}
    assert {row["split"] for row in photos.tune} == {"val"}
    faces = load_table(recipe.tasks["selfie"], trio_data)
    assert {row["source"] for row in faces.train} == {"ucf", "flickr8k"}
    assert {row["source"] for row in faces.test} == {
        "press", "td_real", "td_masks", "td_phone", "coco256",
    }  # fmt: skip
    assert len({row["group"] for row in faces.test}) == 2
    for table in (photos, faces):
        files = [row["file"] for part in (table.train, table.tune, table.test) for row in part]
        assert len(files) == len(set(files)) == 24


def test_a_table_that_does_not_fit_the_recipe_is_refused(trio_data: Path, tmp_path: Path) -> None:
    task = trio().tasks["squish"]
    with pytest.raises(RecipeError, match=r"no source urban10$"):
        load_table(task.model_copy(update={"hold_out": ("urban10",)}), trio_data)
    with pytest.raises(RecipeError, match="no row is left to test on"):
        load_table(task.model_copy(update={"hold_out": ()}), trio_data)
    with pytest.raises(RecipeError, match="not a readable table"):
        load_table(task.model_copy(update={"group_column": "person"}), trio_data)
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "photos.csv").write_bytes((trio_data / "photos" / "photos.csv").read_bytes())
    with pytest.raises(RecipeError, match=r"no photo .*0\.jpg"):
        load_table(task, tmp_path)


def test_a_near_duplicate_of_a_training_photo_is_not_tested_on(
    trio_data: Path, tmp_path: Path
) -> None:
    table = load_table(trio().tasks["squish"], trio_data)
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(encode(scene(90, 120, seed=4), "JPEG", quality=30))
    mirrored = tmp_path / "mirrored.jpg"
    mirrored.write_bytes(encode(scene(90, 120, seed=4)[:, ::-1].copy(), "JPEG", quality=30))
    seen = [row for row in table.train if row["file"].endswith("/4.jpg")]
    rows = [*table.test, {"file": str(copy)}, {"file": str(mirrored)}]
    assert len(seen) == 1
    assert unlike(rows, seen) == table.test


@pytest.mark.parametrize("task", ["squish", "selfie", "aesthetics"])
def test_a_batch_has_one_frame_shape_and_follows_its_seed(trio_data: Path, task: str) -> None:
    recipe = trio(quick=True)
    table = load_table(recipe.tasks[task], trio_data)
    batches = Batches(task, recipe.tasks[task], table.train, recipe.view_pixels, seed=0)
    one, two = (batches.batch(np.random.default_rng(5)) for _ in range(2))
    assert all(bool((a == b).all()) for a, b in zip(one, two, strict=True))
    canvas, valid_hw, target, weight = one
    assert canvas.shape[0] == len(valid_hw) == len(target) == len(weight) == 2
    assert canvas.shape[1] % 32 == canvas.shape[2] % 32 == 0
    aspects = valid_hw[:, 1] / valid_hw[:, 0]
    assert task == "aesthetics" or float(aspects.max() / aspects.min()) < 1.2


def test_the_frame_does_not_give_the_squish_away() -> None:
    rng = np.random.default_rng(0)
    aspects = [augment.log_uniform(1 / 3, 3, rng) for _ in range(4000)]
    drawn = [augment.draw_log_ratio(aspect, 0.2, rng) for aspect in aspects]
    assert np.mean(np.equal(drawn, 0)) == pytest.approx(0.2, abs=0.02)
    cropped_first = np.log(aspects) + drawn  # the obvious way: crop at random, then squish
    assert plcc(cropped_first, np.array(drawn)) > 0.7
    assert abs(plcc(np.log(aspects), np.array(drawn))) < 0.3


def test_squished_copies_are_what_their_label_says(trio_data: Path) -> None:
    table = load_table(trio().tasks["squish"], trio_data)
    first, second = (squished_copies(table.test, seed=2) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first[0], second[0], strict=True))
    assert np.array_equal(first[1], second[1])
    rng = np.random.default_rng(0)
    squeezed = augment.squish(scene(200, 100), float(np.log(0.5)), rng)
    assert squeezed.shape == (100, 100, 3)
    assert augment.squish(scene(200, 100), -float(np.log(0.5)), rng).shape == (50, 200, 3)


def test_ratings_map_1_to_7_onto_1_to_10() -> None:
    row = {"beauty_mean_1_7": "7", "beauty_sd": "1"}
    assert rating(row) == (10, 1.5)
    assert rating(row | {"beauty_mean_1_7": "1"})[0] == 1


def test_figures_against_scipy_and_by_hand() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=200)
    b = a + rng.normal(size=200)
    assert plcc(a, b) == pytest.approx(pearsonr(a, b).statistic)
    assert srcc(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert plcc(a, 0 * b) == 0
    assert auc(np.array([1, 2, 2, 3]), np.array([0, 0, 1, 1])) == 0.875
    assert balanced_accuracy(np.array([1, 1, 1, 1]), np.array([0, 1, 1, 1])) == 0.5
    found = figure("mean", lambda x: float(x.mean()), a)
    assert found["low"] < found["value"] < found["high"]
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 / np.sqrt(200), rel=0.2)
    copies = figure("mean", lambda x: float(x.mean()), np.repeat(a, 9), groups=np.arange(1800) // 9)
    assert copies["high"] - copies["low"] == pytest.approx(found["high"] - found["low"], rel=0.2)


def test_train_writes_a_model_that_inspect_can_use(trio_run: Path) -> None:
    """The complete path with a tiny net: fit, export, thresholds, figures, card."""
    assert "lite0_trio@" in (trio_run / "printed.txt").read_text()
    card = load_card(trio_run / "lite0_trio.json")
    assert set(card.metrics) == {"squish", "selfie", "aesthetics"}
    report = Inspector([card]).inspect([encode(scene(300, 200))])[0]
    assert report.error is None
    assert report.model["squish"] == card.version
    assert json.loads((trio_run / "lite0_trio.json").read_text())["notes"]


@pytest.mark.filterwarnings("default")
def test_a_finished_run_is_not_fitted_again(
    trio_data: Path, trio_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second call leaves the same parameters, which its checkpoint holds."""
    shutil.copytree(trio_run, tmp_path / "again")
    first, found = read_exported(trio_run / "lite0_trio.onnx"), {}

    class Stopped(Exception):
        pass

    def export(net: nn.Module, path: Path, outputs: list[str]) -> None:
        found.update(net.state_dict())
        raise Stopped

    monkeypatch.setattr("photoloupe.training.multitask.run.export_onnx", export)
    with pytest.raises(Stopped):
        run_recipe(LITE0, trio_data, tmp_path / "again", workers=0, quick=True)
    assert found
    assert all(torch.equal(first[name], value) for name, value in found.items())


def test_train_tells_mistakes_in_a_line(tmp_path: Path) -> None:
    for recipe, data in ((tmp_path / "none.toml", tmp_path), (LITE0, tmp_path)):
        arguments = ["train", recipe, "--data", data, "--out", tmp_path / "out"]
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1

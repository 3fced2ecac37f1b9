from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image
from transformers import ConvNextConfig, ConvNextModel
from typer.testing import CliRunner

from photoloupe.cli.main import app
from photoloupe.errors import ModelError, RecipeError
from photoloupe.models.card import load_card
from photoloupe.training.engine.compile import SUFFIXES
from photoloupe.training.export_selfie import export_selfie
from photoloupe.training.published.selfie_squashed.data import ClassBatches, load_splits, squash
from photoloupe.training.published.selfie_squashed.net import load_class_net, make_class_net
from photoloupe.training.published.selfie_squashed.recipe import (
    ConvNeXtSection,
    SelfieSquashedRecipe,
)
from photoloupe.training.recipes import load_recipe
from photoloupe.training.run import run_recipe
from tests.conftest import encode, scene, shipped

RECIPE = Path(__file__).parents[3] / "recipes" / "selfie_convnext_tiny.toml"
TINY = ConvNeXtSection(depths=(1, 1, 1, 1), widths=(8, 8, 16, 16))


def recipe(quick: bool = True) -> SelfieSquashedRecipe:
    loaded = load_recipe(RECIPE, quick=quick)
    assert isinstance(loaded, SelfieSquashedRecipe)
    return loaded


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder per split and class; one class is dark, the other light. No `val` for one."""
    data = tmp_path_factory.mktemp("folders")
    for split, count in (("train", 10), ("val", 2), ("test", 4)):
        for name, light in (("selfie", 60), ("nonselfie", 0)):
            folder = data / split / name
            folder.mkdir(parents=True)
            for k in range(count):
                pixels = np.clip(scene(50, 40, seed=k).astype(int) // 2 + 2 * light, 0, 255)
                (folder / f"{k}.jpg").write_bytes(encode(pixels.astype(np.uint8), "JPEG"))
            (folder / "notes.txt").write_text("no photo")
    return data


@pytest.fixture(scope="module")
def run(folders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "tiny"
    options = ["--data", str(folders), "--out", str(out), "--workers", "0", "--quick"]
    done = CliRunner().invoke(app, ["train", str(RECIPE), *options])
    assert done.exit_code == 0, done.output
    assert "accuracy, test" in done.output
    return out


def test_the_published_net_is_convnext_tiny() -> None:
    full = recipe(quick=False)
    with torch.device("meta"):
        net = make_class_net(full.trunk, 2)
    assert round(sum(p.numel() for p in net.trunk.parameters()) / 1e5) == 278
    assert (full.side, full.epochs, full.classes) == (64, 1, ("selfie", "nonselfie"))


def test_folders_are_classes(folders: Path) -> None:
    splits = load_splits(recipe(), RECIPE, folders)
    assert {split: len(rows) for split, rows in splits.items()} == {
        "train": 20, "val": 4, "test": 8,
    }  # fmt: skip
    assert {Path(row["file"]).parent.name == row["class"] for row in splits["test"]} == {True}


def test_a_csv_has_classes_and_held_out_sources(tmp_path: Path) -> None:
    (tmp_path / "selfie").mkdir()
    with (tmp_path / "selfie" / "selfie.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["file", "selfie", "source", "source_path"])
        writer.writeheader()
        for k in range(12):
            (tmp_path / "selfie" / f"{k}.jpg").write_bytes(encode(scene(seed=k), "JPEG"))
            source = ("td_real", "press", "coco256", "td_masks", "td_phone")[k % 5]
            row = {"file": f"{k}.jpg", "selfie": k % 2, "source_path": f"{k}"}
            writer.writerow({**row, "source": source if k >= 7 else "ucf"})
    splits = load_splits(recipe(), RECIPE, tmp_path)
    assert [len(splits[split]) for split in ("train", "val", "test")] == [7, 0, 5]
    assert [row["class"] for row in splits["train"][:2]] == ["nonselfie", "selfie"]


def test_a_class_without_photos_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "train" / "selfie").mkdir(parents=True)
    (tmp_path / "train" / "selfie" / "a.jpg").write_bytes(encode(scene(), "JPEG"))
    with pytest.raises(RecipeError, match="'nonselfie' to train on"):
        load_splits(recipe(), RECIPE, tmp_path)


def test_every_photo_has_its_turn_once_an_epoch(folders: Path) -> None:
    small = recipe().model_copy(update={"batch": 6})
    rows = load_splits(small, RECIPE, folders)["train"]
    batches = [ClassBatches(small, rows, 0).batch(number) for number in range(4)]
    assert [len(classes) for _, classes in batches] == [6, 6, 6, 2]
    seen = {min(p.tobytes(), p[:, ::-1].tobytes()) for x, _ in batches for p in x.numpy()}
    assert len(seen) == 20
    again = ClassBatches(small, rows, 3).batch(3)
    assert torch.equal(again[0], batches[3][0])
    assert batches[0][0].shape == (6, 32, 32, 3)


@pytest.mark.filterwarnings("default")
def test_a_run_leaves_its_files_and_its_trunk_alone(run: Path, folders: Path) -> None:
    figures = json.loads((run / "metrics.json").read_text())["metrics"]["selfie"]
    splits = [figure["name"] for figure in figures if figure["name"].startswith("accuracy")]
    assert splits == ["accuracy, train", "accuracy, val", "accuracy, test"]
    for name in ("dataset.png", "predictions.png"):
        with Image.open(run / name) as picture:
            assert picture.width > 1000
    torch.manual_seed(recipe().fit.seed)
    state = torch.load(run / "net.pt", weights_only=True)
    judge = load_class_net(run)
    assert judge(scene(90, 60)).keys() == {"selfie", "nonselfie"}
    assert sum(judge(scene(90, 60)).values()) == pytest.approx(1)
    assert not any(key.endswith(("mean", "std")) for key in state)


@pytest.mark.filterwarnings("default")
def test_published_weights_come_from_a_folder_and_stay(tmp_path: Path, folders: Path) -> None:
    config = ConvNextConfig(depths=list(TINY.depths), hidden_sizes=list(TINY.widths))
    published = ConvNextModel(config)
    published.save_pretrained(tmp_path / "tiny")
    run_recipe(RECIPE, folders, tmp_path / "run", weights=tmp_path / "tiny", workers=0, quick=True)
    trained = load_class_net(tmp_path / "run").net
    for name, value in published.state_dict().items():
        assert torch.equal(trained.state_dict()[f"trunk.{name}"], value), name
    with pytest.raises(ModelError, match="depths"):
        make_class_net(ConvNeXtSection(depths=(1, 1, 2, 1), widths=TINY.widths), 2,
                       str(tmp_path / "tiny"))  # fmt: skip
    with pytest.raises(ModelError, match="no ConvNext can be loaded"):
        make_class_net(TINY, 2, str(tmp_path / "none"))


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("form", sorted(SUFFIXES))
def test_a_compiled_run_answers_as_the_net_does(run: Path, tmp_path: Path, form: str) -> None:
    options = ["--run", str(run), "--format", form, "--out", str(tmp_path)]
    done = CliRunner().invoke(app, ["export", "selfie", *options])
    assert done.exit_code == 0, done.output
    file = tmp_path / f"selfie_convnext_tiny{SUFFIXES[form]}"
    assert done.output.strip().splitlines()[-1] == str(file)
    card = json.loads((tmp_path / f"{file.name}.json").read_text())
    assert card["file"] == file.name
    assert card["output"] == "logits (B, 2) float32: selfie, nonselfie"
    assert card["metrics"]["selfie"]
    net = load_class_net(run).net
    for count in (1, 3):
        shown = np.stack([squash(scene(80, 60, seed=k), 32) for k in range(count)])
        with torch.no_grad():
            wanted = net(torch.from_numpy(shown)).numpy()
        assert np.abs(answer(file, [shown]) - wanted).max() <= 1e-4


def test_the_shipped_net_as_onnx_is_a_copy_that_answers(tmp_path: Path) -> None:
    file = export_selfie("onnx", None, tmp_path)
    card = load_card(file.with_suffix(".json"))
    assert card.model_bytes == shipped("selfie").model_bytes
    assert (tmp_path / "face_detection_yunet_2023mar.onnx").is_file()
    assert card.trunk_bytes == shipped("selfie").trunk_bytes
    assert (tmp_path / "face_detection_yunet_2023mar.md").is_file()


def test_what_cannot_be_exported_is_refused(tmp_path: Path) -> None:
    for options, words in (
        (["squish"], "not one of 'selfie'"),
        (["selfie", "--format", "tflite"], "not one of"),
        (["selfie", "--run", str(tmp_path / "none")], "not the run of a recipe"),
        (["selfie", "--format", "pt2"], "the shipped model is an ONNX file"),
    ):
        done = CliRunner().invoke(app, ["export", *options])
        assert done.exit_code == 2
        assert words in done.output


def answer(file: Path, inputs: list[Any]) -> Any:
    """The first output of a compiled file, by whatever runs its format."""
    if file.suffix == ".onnx":
        return onnxruntime.InferenceSession(file).run(None, {"pixels": inputs[0]})[0]
    load: Any = torch.jit.load
    net = torch.export.load(file).module() if file.suffix == ".pt2" else load(file)
    return net(*map(torch.from_numpy, inputs)).detach().numpy()

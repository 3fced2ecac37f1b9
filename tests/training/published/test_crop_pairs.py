from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from transformers import ResNetConfig, ResNetModel
from typer.testing import CliRunner

from photoloupe.arrays import Pixels
from photoloupe.boxes import Box
from photoloupe.cli.main import app
from photoloupe.errors import ModelError, RecipeError
from photoloupe.training.engine.fit import fit
from photoloupe.training.engine.tables import load_table
from photoloupe.training.published.crop_pairs import data as pairs_data
from photoloupe.training.published.crop_pairs.data import (
    PairBatches,
    SamplePair,
    draw_box,
    make_pair,
    numbered_pair,
)
from photoloupe.training.published.crop_pairs.net import (
    PairNet,
    load_pair_net,
    make_pair_net,
    widen,
)
from photoloupe.training.published.crop_pairs.recipe import (
    CropPairsRecipe,
    MadePairs,
    ResNetSection,
)
from photoloupe.training.published.crop_pairs.shortcuts import files, frames, probe
from photoloupe.training.recipes import load_recipe
from photoloupe.training.run import run_recipe
from tests.conftest import encode, scene

RECIPE = Path(__file__).parents[3] / "recipes" / "crop_resnet_pair.toml"
MADE = MadePairs(batch=4, least_quality=95)
TINY = ResNetSection(depths=(1, 1, 1, 1), stem_width=8, widths=(8, 8, 8, 8))


def recipe(**changes: object) -> CropPairsRecipe:
    loaded = load_recipe(RECIPE, quick=True)
    assert isinstance(loaded, CropPairsRecipe)
    return loaded.model_copy(update=changes)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos made in code, the last six of sources that the recipe holds out."""
    folder = tmp_path_factory.mktemp("data") / "photos"
    folder.mkdir()
    with (folder / "photos.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["file", "split", "source"])
        writer.writeheader()
        for k in range(12):
            held = ("urban100", "sunhays80", "coco256")[k % 3]
            source = held if k >= 6 else "pets"
            pixels = scene(*((120, 90) if k % 2 else (80, 110)), seed=k)
            (folder / f"{k}.jpg").write_bytes(encode(pixels, "JPEG"))
            writer.writerow({"file": f"{k}.jpg", "split": "train", "source": source})
    return folder.parent


def mean_gap(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a.astype(float) - b).mean())


def cut(pair: SamplePair, box: Box) -> Pixels:
    return pair.photo[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)]


# --- pairs ---------------------------------------------------------------------------------------


def test_a_target_is_the_corner_of_the_box_that_was_cut() -> None:
    """On a picture whose colours are its coordinates, the crop's first pixel tells the corner."""
    photo = np.zeros((200, 250, 3), np.uint8)
    photo[..., 0], photo[..., 1] = np.arange(250)[None], np.arange(200)[:, None]
    for seed in range(20):
        pair = make_pair("crop", photo, photo, MADE, np.random.default_rng(seed))
        paired, swapped, x, y = pair.target()
        assert pair.box is not None
        assert (paired, swapped) == (1, pair.swapped)
        assert (x * 250, y * 200) == pytest.approx((pair.box.x0, pair.box.y0), abs=1e-4)
        assert pair.crop[0, 0, :2] == pytest.approx(np.array([x * 250, y * 200]), abs=8)
        assert pair.crop.shape == cut(pair, pair.box).shape
        assert mean_gap(pair.crop, cut(pair, pair.box)) < 5


def test_both_orders_occur_and_say_which_is_the_photo() -> None:
    photo, rng = scene(90, 60), np.random.default_rng(0)
    made = [make_pair("crop", photo, photo, MADE, rng) for _ in range(40)]
    assert 8 < sum(pair.swapped for pair in made) < 32
    assert all((pair.second if pair.swapped else pair.first).shape == (60, 90, 3) for pair in made)


def test_mirrored_negatives_are_mirrored_and_no_pair() -> None:
    photo = scene(120, 90)
    whole = make_pair("mirrored_photo", photo, photo, MADE, np.random.default_rng(0))
    assert mean_gap(whole.crop[:, ::-1], whole.photo) < 4 < mean_gap(whole.crop, whole.photo)
    for seed in range(5):
        plain = make_pair("crop", photo, photo, MADE, np.random.default_rng(seed))
        turned = make_pair("mirrored_crop", photo, photo, MADE, np.random.default_rng(seed))
        assert plain.swapped == turned.swapped
        assert mean_gap(turned.crop[:, ::-1], plain.crop) < 4 < mean_gap(turned.crop, plain.crop)
        assert turned.target().tolist() == [0, 0, 0, 0]


def test_other_negatives_show_the_other_photo() -> None:
    photo, other = np.full((90, 120, 3), 40, np.uint8), np.full((60, 200, 3), 200, np.uint8)
    pair = make_pair("other", photo, other, MADE, np.random.default_rng(0))
    assert pair.box is None
    assert int(np.median(pair.photo)) == 40
    assert int(np.median(pair.crop)) == 200


def test_kept_crops_have_their_photos_frame_and_the_same_areas() -> None:
    kept, rng = MADE.model_copy(update={"aspect": "kept"}), np.random.default_rng(0)
    areas: dict[str, list[float]] = {"random": [], "kept": []}
    for made in (MADE, kept):
        for _ in range(2000):
            box = draw_box(3000, 2000, made, rng)
            areas[made.aspect].append(box.area / 6e6)
            if made is kept:
                assert (box.x1 - box.x0) / (box.y1 - box.y0) == pytest.approx(1.5, rel=0.01)
    assert np.quantile(areas["random"], (0.1, 0.5, 0.9)) == pytest.approx(
        np.quantile(areas["kept"], (0.1, 0.5, 0.9)), abs=0.03
    )
    pair = make_pair("other", scene(120, 90), scene(50, 200), kept, rng)
    assert pair.crop.shape[1] / pair.crop.shape[0] == pytest.approx(4 / 3, rel=0.1)


def test_pair_k_of_a_seed_is_always_the_same(data: Path) -> None:
    shown = recipe()
    rows = load_table(shown.photos, data).train
    one, two = (numbered_pair(rows, shown.pairs, 7, 5) for _ in range(2))
    assert np.array_equal(one.first, two.first)
    assert np.array_equal(one.second, two.second)
    assert not np.array_equal(one.photo, numbered_pair(rows, shown.pairs, 8, 5).photo)
    from_start, from_two = iter(PairBatches(shown, rows, 0)), iter(PairBatches(shown, rows, 2))
    batches = [next(from_start) for _ in range(4)]
    for (pixels, target), again in zip(batches[2:], from_two, strict=False):
        assert torch.equal(pixels, again[0])
        assert torch.equal(target, again[1])
    assert pixels.shape == (4, 64, 64, 6)
    assert target[:, 0].tolist() == [1, 0, 1, 0]
    assert not torch.equal(batches[0][0], batches[1][0])


# --- the net -------------------------------------------------------------------------------------


def test_a_widened_convolution_answers_a_picture_shown_twice_as_before() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(3, 5, 7, stride=2, padding=3)
    wide, x = widen(conv), torch.randn(2, 3, 20, 20)
    assert wide.weight.shape == (5, 6, 7, 7)
    assert torch.allclose(wide(torch.cat([x, x], 1)), conv(x), atol=1e-5)
    assert torch.allclose(wide(torch.cat([2 * x, 0 * x], 1)), conv(x), atol=1e-5)


def test_published_weights_are_taken_from_a_folder(tmp_path: Path) -> None:
    config = ResNetConfig(
        layer_type="basic", depths=[1] * 4, embedding_size=8, hidden_sizes=[8] * 4
    )
    published = ResNetModel(config)
    published.save_pretrained(tmp_path / "tiny")
    nn.Module.eval(published)
    net = make_pair_net(TINY, 64, str(tmp_path / "tiny")).eval()
    x = torch.randn(1, 3, 64, 64)
    wanted = published(x).last_hidden_state
    assert torch.allclose(net.trunk(torch.cat([x, x], 1)).last_hidden_state, wanted, atol=1e-5)
    with pytest.raises(ModelError, match="depths"):
        make_pair_net(ResNetSection(), 64, str(tmp_path / "tiny"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="empty"):
        make_pair_net(TINY, 64, str(tmp_path / "empty"))


def test_of_a_pair_that_is_none_only_the_first_question_counts() -> None:
    class Fixed(PairNet):
        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            return torch.tensor([[0.0, 9.0, 0.0, 0.0], [0.0, 9.0, 9.0, 9.0]])

    net = Fixed(make_pair_net(TINY, 64).trunk, 8, 64)  # type: ignore[arg-type]
    target = torch.tensor([[1.0, 1.0, 0.25, 0.75], [0.0, 0.0, 0.0, 0.0]])
    found = net.losses({"pairs": (torch.zeros(2, 64, 64, 6), target)})
    assert found["pair"].item() == pytest.approx(np.log(2))
    assert found["swapped"].item() == pytest.approx(np.log1p(np.exp(-9)), rel=1e-3)
    assert found["corner"].item() == pytest.approx(0.25)


# --- shortcuts -----------------------------------------------------------------------------------


def test_a_probe_finds_what_is_there_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    x, label = rng.normal(size=(400, 3)), rng.integers(0, 2, 400)
    leaky = x + [[2 * (value - 0.5), 0, 0] for value in label]
    half = slice(0, 200), slice(200, 400)
    assert np.mean(probe(leaky[half[0]], label[half[0]], leaky[half[1]]) == label[half[1]]) > 0.75
    assert np.mean(probe(x[half[0]], label[half[0]], x[half[1]]) == label[half[1]]) < 0.62


def test_shortcuts_see_frames_and_files_in_order() -> None:
    tall, wide = np.zeros((80, 40, 3), np.uint8), np.zeros((40, 80, 3), np.uint8)
    pair = SamplePair(tall, wide, False, None, (100, 200))
    assert frames(pair)[:2] == pytest.approx([-np.log(2), np.log(2)])
    assert files(pair)[6] == pytest.approx(-np.log(2))


# --- the run -------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("few_resamples")
def test_train_leaves_a_net_that_can_be_asked(data: Path, tmp_path: Path) -> None:
    arguments = ["train", RECIPE, "--data", data, "--out", tmp_path, "--quick", "--workers", "0"]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    assert "crops of another photo" in result.stdout
    card = json.loads((tmp_path / "metrics.json").read_text())
    assert set(card["metrics"]) == {"pair", "swapped", "corner"}
    assert all(f["low"] <= f["value"] <= f["high"] for f in card["metrics"]["pair"])
    judge = load_pair_net(tmp_path)
    first, second = scene(120, 90), scene(60, 90)
    pair, swapped, (x, y) = judge(first, second)
    assert all(0 <= value <= 1 for value in (pair, swapped, x, y))
    assert judge.answers([(second, first), (first, second)])[1].pair == pytest.approx(
        pair, abs=1e-5
    )
    with pytest.raises(ModelError, match="none"):
        load_pair_net(tmp_path / "none")


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("alone", [2, 3])
def test_the_trunk_stays_as_loaded_while_the_heads_are_trained_alone(
    data: Path, tmp_path: Path, alone: int
) -> None:
    steps = recipe().fit.model_copy(update={"heads_only_steps": alone})
    shown = recipe(fit=steps)
    assert steps.steps == 3
    rows = load_table(shown.photos, data).train
    net = make_pair_net(TINY, 64)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    fit(shown, lambda: net, lambda done: {"pairs": PairBatches(shown, rows, done)}, tmp_path, 0)
    moved = {k.split(".")[0] for k, v in net.state_dict().items() if not torch.equal(v, before[k])}
    assert moved == ({"heads"} if alone == 3 else {"heads", "trunk"})


@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("few_resamples")
def test_a_stopped_run_goes_on_to_the_same_net(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    batch = PairBatches.batch

    def stops_once(self: PairBatches, number: int) -> pairs_data.Batch:
        asked.append(number)
        if asked == [0, 1, 2]:
            raise KeyError("power cut")
        return batch(self, number)

    def run(name: str) -> dict[str, torch.Tensor]:
        run_recipe(RECIPE, data, tmp_path / name, workers=0, quick=True)
        state: dict[str, torch.Tensor] = torch.load(tmp_path / name / "net.pt", weights_only=True)
        return state

    whole = run("whole")
    monkeypatch.setattr(PairBatches, "batch", stops_once)
    with pytest.raises(KeyError, match="power cut"):
        run("stopped")
    resumed = run("stopped")
    assert 0 not in asked[3:]
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("aspect =", "aspekt ="), "pairs.aspekt: Extra inputs"),
        (('negatives = "other"', 'negatives = "any"'), "pairs.negatives"),
        (("side = 224", "side = 225"), "side: Input should be a multiple of 32"),
        (("batch = 32", "batch = 32\nleast_side = 1.0"), "pairs: a least value is above"),
    ],
)
def test_a_mistake_in_the_recipe_names_the_key(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    path = tmp_path / "r.toml"
    path.write_text(RECIPE.read_text().replace(*change, 1))
    with pytest.raises(RecipeError, match=words):
        load_recipe(path)

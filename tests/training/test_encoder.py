"""An encoder recipe on photos made in code: copies, heads, thresholds, and the complete run."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from photoloupe.arrays import Array
from photoloupe.cli.main import app
from photoloupe.errors import PhotoError, RecipeError
from photoloupe.inspector import Inspector
from photoloupe.models.card import find_card
from photoloupe.training.encoder.copies import make_named_copy
from photoloupe.training.encoder.data import EncoderData, load_data
from photoloupe.training.encoder.features import load_features
from photoloupe.training.encoder.heads import LEAST, RatingHead
from photoloupe.training.encoder.ratings import RatingLearner, as_stored, gap_of
from photoloupe.training.encoder.recipe import EncoderRecipe, RatingSection
from photoloupe.training.encoder.selfies import (
    SelfieSample,
    calibrated,
    final_head,
    left_out_answers,
    thresholds,
)
from photoloupe.training.recipes import load_recipe
from photoloupe.training.run import run_recipe
from tests.conftest import encode, scene
from tests.training.clip_file import random_clip, save_clip

RECIPES = Path(__file__).parents[2] / "recipes"
COUNTS = [f"count_{rating}" for rating in range(1, 11)]
RECIPE = """
name = "tiny"
kind = "encoder"
encoder = "clip_vit"
tier = "best"
patches = 12
views = "views.csv"
licence = "MIT"
sources = ["made in code"]
folds = 2
[smoothing]
patches = 9
photos = 2
beauty = 2
[contest]
csv = "ava/ava.csv"
source_column = "split"
hold_out_splits = ["test"]
[beauty]
csv = "oasis/oasis.csv"
source_column = "theme"
group_column = "theme"
hold_out_splits = ["val"]
[[photos]]
csv = "photos/photos.csv"
[selfie]
faces = true
left_out = ["webcam"]
doubtful = ["unsure"]
[[selfie.tables]]
csv = "selfie/selfie.csv"
reviewed = ["reviewed.csv"]
only_reviewed = ["web"]
[[selfie.tables]]
csv = "photos/photos.csv"
label = "0"
family = "photos"
apart = ["fashion"]
"""


def write_table(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def photos_of(data: Path, name: str, count: int) -> list[str]:
    """Files of a table's folder, each unlike the others."""
    (data / name).mkdir(parents=True)
    for number in range(count):
        picture = scene(90 + 7 * number, 80, seed=number + 40 * len(name))
        (data / name / f"{name}{number}.jpg").write_bytes(encode(picture, "JPEG"))
    return [f"{name}{number}.jpg" for number in range(count)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe, its lists, weights, and tables of photos in `data`."""
    folder = tmp_path_factory.mktemp("encoder")
    data = folder / "data"
    votes = [{name: (k + 3 * n) % 7 + 1 for k, name in enumerate(COUNTS)} for n in range(9)]
    write_table(data / "ava" / "ava.csv", [
        {"file": file, "name": f"ava/{n}", "split": "test" if n > 5 else "train", **votes[n]}
        for n, file in enumerate(photos_of(data, "ava", 9))
    ])  # fmt: skip
    write_table(data / "oasis" / "oasis.csv", [
        {"file": file, "split": "val" if n > 5 else "train", "theme": f"t{n // 2}",
         "beauty_mean_1_7": 2 + n / 2, "beauty_sd": 1.2}
        for n, file in enumerate(photos_of(data, "oasis", 8))
    ])  # fmt: skip
    write_table(data / "photos" / "photos.csv", [
        {"file": file, "split": "train", "source": "fashion" if n > 3 else "pets"}
        for n, file in enumerate(photos_of(data, "photos", 6))
    ])  # fmt: skip
    write_table(data / "selfie" / "selfie.csv", [
        {"file": file, "selfie": n % 2, "source": ("td_real", "td_phone", "web", "press")[n // 3]}
        for n, file in enumerate(photos_of(data, "selfie", 12))
    ])  # fmt: skip
    write_table(folder / "reviewed.csv", [
        {"file": "selfie6.jpg", "selfie": 1, "kind": "arm"},
        {"file": "selfie9.jpg", "selfie": 0, "kind": "webcam"},
        {"file": "selfie10.jpg", "selfie": 0, "kind": "unsure"},
    ])  # fmt: skip
    order = [(name, f"{kind}:{strength}") for name in ("ava/0", "oasis1.jpg", "photos0.jpg")
             for kind in ("blur", "crop") for strength in (0.35, 1.0)]  # fmt: skip
    test = [(name, f"{kind}:{strength}") for name in ("oasis7.jpg", "photos3.jpg")
            for kind in ("dark", "shake") for strength in (0.35, 1.0)]  # fmt: skip
    selfies = [(f"{name}{n}.jpg", "none") for name, count in (("selfie", 12), ("photos", 6))
               for n in range(count)]  # fmt: skip
    selfies += [("selfie0.jpg", "warp"), ("photos4.jpg", "level")]
    uses = (("order", order), ("order_test", test), ("selfie", selfies))
    write_table(folder / "views.csv", [
        {"use": use, "name": name, "copy": copy} for use, views in uses for name, copy in views
    ])  # fmt: skip
    (folder / "tiny.toml").write_text(RECIPE)
    save_clip(folder / "clip.onnx", random_clip())
    return folder


@pytest.fixture(scope="module")
def data(folder: Path) -> EncoderData:
    return load_data(recipe(folder), folder / "tiny.toml", folder / "data")


def recipe(folder: Path) -> EncoderRecipe:
    loaded = load_recipe(folder / "tiny.toml")
    assert isinstance(loaded, EncoderRecipe)
    return loaded


# --- data and copies -----------------------------------------------------------------------------


def test_photos_are_used_as_the_recipe_says(data: EncoderData) -> None:
    assert [row["name"] for row in data.contest_test] == ["ava/6", "ava/7", "ava/8"]
    assert (len(data.contest), len(data.beauty), len(data.unrated)) == (6, 8, 6)
    assert data.held_themes == {"oasis6.jpg", "oasis7.jpg"}
    assert (len(data.order), len(data.order_test)) == (12, 8)
    labelled = {row["name"]: row for row, copy in data.selfie if copy == "none"}
    assert {row["family"] for row in labelled.values()} == {
        "td", "web", "press", "photos", "fashion",
    }  # fmt: skip
    assert "selfie7.jpg" not in labelled  # of a source of which only reviewed rows are used
    assert "selfie10.jpg" not in labelled  # a doubtful kind
    assert (labelled["selfie6.jpg"]["selfie"], labelled["selfie6.jpg"]["kind"]) == ("1", "arm")
    assert (labelled["photos4.jpg"]["selfie"], labelled["photos4.jpg"]["kind"]) == ("0", "fashion")
    assert data.selfie[-1][1] == "level"


@pytest.mark.parametrize(
    ("change", "words"),
    [("selfie,none0.jpg,none", "a photo none0"), ("sale,selfie0.jpg,none", "not a readable")],
)
def test_a_wrong_list_of_views_is_a_recipe_error(
    folder: Path, tmp_path: Path, change: str, words: str
) -> None:
    for name in ("tiny.toml", "reviewed.csv"):
        (tmp_path / name).write_text((folder / name).read_text())
    (tmp_path / "views.csv").write_text(f"use,name,copy\n{change}\n")
    with pytest.raises(RecipeError, match=words):
        load_data(recipe(tmp_path), tmp_path / "tiny.toml", folder / "data")


def test_a_copy_depends_on_its_photos_name_alone() -> None:
    photo = scene(120, 90)
    for copy in ("noise:0.35", "warp", "level"):
        one, again = (make_named_copy(photo, copy, "a.jpg") for _ in "ab")
        other = make_named_copy(photo, copy, "b.jpg")
        assert np.array_equal(one, again)
        assert one.shape != other.shape or not np.array_equal(one, other)
    assert make_named_copy(photo, "none", "a.jpg") is photo


@pytest.mark.parametrize("copy", ["blur", "blur:", "fog:0.5", "blur:2", "blur:0"])
def test_an_unknown_copy_is_a_recipe_error(copy: str) -> None:
    with pytest.raises(RecipeError, match="copy"):
        make_named_copy(scene(60, 60), copy, "a.jpg")


def test_a_copy_that_shows_something_else_is_asked_for_less() -> None:
    assert gap_of("blur:1.0") == 1.0
    assert gap_of("crop:1.0") == pytest.approx(0.4)
    assert gap_of("blur:0.35") == 0.35


# --- the rating head -----------------------------------------------------------------------------


def learner(data: EncoderData, **settings: float) -> RatingLearner:
    rng = np.random.default_rng(0)
    features = {view: rng.normal(size=24) for view in data.views()}
    return RatingLearner(data, features, RatingSection(**settings))


def answers(learned: RatingLearner, head: RatingHead) -> Array:
    """(R,) of rated photos by the set they are of, and (N,) scores before damage."""
    found = head.of_likeness(learned.alike)
    return np.where(learned.sets == 1, found.beauty, found.bare)


def test_without_penalties_all_that_is_known_holds(data: EncoderData) -> None:
    learned = learner(data, ridge=1e-9, order=1.0, strength=0.0)
    head = learned.learn(np.ones(len(learned.names), bool))
    found = answers(learned, head)
    assert found[: learned.rated] == pytest.approx(learned.targets[:, 0], abs=1e-3)
    above = found[learned.better] - found[learned.worse]
    assert above == pytest.approx(4.0 * learned.gaps, abs=1e-3)


def test_damage_lowers_the_score_by_strength_above_the_threshold(data: EncoderData) -> None:
    learned = learner(data, damage_ridge=1e-9, strength=3.0, threshold=0.2)
    head = learned.learn(np.ones(len(learned.names), bool))
    bare = learner(data, strength=0.0)
    plain = bare.learn(np.ones(len(bare.names), bool)).of_likeness(bare.alike)
    found = head.of_likeness(learned.alike)
    lost = plain.beauty - found.beauty
    assert lost[learned.worse] == pytest.approx(3 * np.maximum(0, learned.gaps - 0.2), abs=1e-3)
    assert lost[: learned.rated] == pytest.approx(0, abs=1e-3)
    assert np.array_equal(found.bare, plain.bare)


def test_a_set_of_ratings_serves_the_other_by_its_share(data: EncoderData) -> None:
    alone, shared = learner(data, share=1e-9), learner(data, share=1.0)
    votes = np.arange(len(alone.names)) < alone.contest
    votes[alone.contest] = True  # one photo of beauty
    for learned, same in ((alone, False), (shared, True)):
        head = learned.learn(votes)
        spread = np.ptp(head.of_likeness(learned.alike[: learned.contest]).beauty)
        assert (spread > 0.1) == same


def test_a_photo_left_out_leaves_no_trace(data: EncoderData) -> None:
    learned = learner(data)
    fold = learned.folds(2, 0)
    names = np.array([name for name, _ in learned.names])
    themes = {row["name"]: row["theme"] for row in data.beauty}
    for name in set(names):
        assert len(set(fold[names == name])) == 1
    for theme in set(themes.values()):
        assert len({f for f, n in zip(fold, names, strict=True) if themes.get(n) == theme}) == 1
    head = learned.learn(fold != 0)
    assert not head.weights[fold == 0].any()
    assert head.weights[fold == 1].any()


def test_scores_stay_in_range_and_storing_changes_little(data: EncoderData) -> None:
    learned = learner(data)
    head = learned.learn(np.ones(len(learned.names), bool))
    stored = as_stored(head)
    features = learned.points * learned.std + learned.mean
    assert stored(features).score == pytest.approx(head(features).score, abs=0.01)
    low = RatingHead(head.mean, head.std, head.points, head.gamma, head.weights * 0,
                     np.array([-30.0, 0.0, 5.0, 0.0]), 2.0, 0.1)  # fmt: skip
    found = low(features)
    assert found.score == pytest.approx(found.score[0])
    assert found.score[0] == pytest.approx(LEAST[0], abs=0.3)
    assert found.spread == pytest.approx(LEAST[1])


# --- the selfie head -----------------------------------------------------------------------------


def sample(count: int = 400, families: int = 4) -> SelfieSample:
    """Two features tell selfies; each family has a shift of its own in a third."""
    rng = np.random.default_rng(0)
    label = np.arange(count) % 2
    number = np.arange(count) // 2 % families
    x = rng.normal(size=(count, 3)) + np.outer(label, [2.0, 1.0, 0.0])
    x[:, 2] += 5 * number
    rows = [{"kind": "arm"}] * count
    family = np.array([f"f{k}" for k in number])
    every = np.ones(count, bool)
    return SelfieSample(rows, x, label, family, np.arange(count).astype(str), every, every)


def test_left_out_families_are_told_by_what_families_share() -> None:
    known = sample()
    raw = left_out_answers(known, known.family, 1e-3)
    assert ((raw > 0) == known.label).mean() > 0.8
    p = 1 / (1 + np.exp(-calibrated(known, raw, known.family)))
    assert p[known.label == 1].mean() - known.label.mean() == pytest.approx(
        known.label.mean() - p[known.label == 0].mean(), abs=0.05
    )
    head = final_head(known, raw, 1e-3)
    assert ((head(known.features) > 0) == known.label).mean() > 0.8


def test_what_is_not_taught_teaches_nothing() -> None:
    known = sample()
    taught = np.arange(400) < 300
    other = known.label.copy()
    other[300:] = 1 - other[300:]
    wrong = SelfieSample(known.rows, known.features, other, known.family, known.group,
                         known.plain, taught)  # fmt: skip
    few = SelfieSample(known.rows[:300], known.features[:300], known.label[:300],
                       known.family[:300], known.group[:300], known.plain[:300],
                       taught[:300])  # fmt: skip
    heads = [final_head(s, left_out_answers(s, s.family, 1e-3), 1e-3) for s in (wrong, few)]
    assert heads[0].weight == pytest.approx(heads[1].weight, rel=1e-3)


def test_yes_and_no_are_right_as_often_as_asked_in_every_family() -> None:
    known = sample()
    odds = known.features[:, 0] * 2 - 2 + (known.family == "f1")
    yes, no = thresholds(known, odds, 0.95, 0.95)
    assert no < yes
    for family in (*np.unique(known.family), None):
        of = known.family == family if family else np.ones(400, bool)
        assert known.label[of & (odds >= yes)].mean() >= 0.93
        assert known.label[of & (odds <= no)].mean() <= 0.07
    assert known.label[(known.family == "f1") & (odds >= yes - 0.7)].mean() < 0.97


def test_where_both_are_right_at_once_nothing_is_unsure() -> None:
    known = sample()
    assert thresholds(known, known.label - 0.5, 0.95, 0.95) == (0.0, 0.0)


# --- the complete run ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    out = folder / "run"
    arguments = ["train", folder / "tiny.toml", "--data", folder / "data", "--weights",
                 folder / "clip.onnx", "--out", out]  # fmt: skip
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    assert "PLCC, contest votes, test photos" in result.stdout
    assert "called selfies, kind webcam (none is)" in result.stdout
    return out


def test_train_leaves_a_model_that_answers(trained: Path) -> None:
    card = find_card(trained / "tiny.json")
    assert (card.view, card.view_pixels, card.tiers, card.embedding) == (
        "patches", 12 * 256, ("best",), 512,
    )  # fmt: skip
    assert card.trunk == "clip_vit_b16.onnx"
    settings = card.tasks["selfie"]
    assert 0 <= settings["no"] <= settings["threshold"] <= 1
    assert settings["faces.size"] == 0
    names = [figure["name"] for figure in card.metrics["aesthetics"] + card.metrics["selfie"]]
    assert sum("baseline" in name for name in names) == 2
    assert sum("shortcut" in name for name in names) > 4
    photos = [encode(scene(90, 80, seed=n)) for n in range(4)]
    reports = Inspector([card]).inspect(photos)
    for report, photo in zip(reports, photos, strict=True):
        assert report.aesthetics
        assert report.selfie
        assert report.aesthetics == Inspector([card]).inspect([photo])[0].aesthetics


def test_a_run_is_resumed_from_its_features(folder: Path, trained: Path) -> None:
    store = trained / "features.npz"
    with np.load(store) as stored:
        version = str(stored["version"])
    kept = load_features(store, version)
    assert len(kept) == len(
        load_data(recipe(folder), folder / "tiny.toml", folder / "data").views()
    )
    assert load_features(store, "another encoder") == {}
    before = (trained / "tiny.onnx").read_bytes()
    photo = folder / "data" / "selfie" / "selfie0.jpg"
    content = photo.read_bytes()
    photo.write_bytes(content[:200])
    try:
        with pytest.raises(PhotoError, match="selfie0"):  # shortcuts read files all the same
            run_recipe(folder / "tiny.toml", folder / "data", trained)
    finally:
        photo.write_bytes(content)
    run_recipe(folder / "tiny.toml", folder / "data", trained)
    assert (trained / "tiny.onnx").read_bytes() == before
    (trained / "broken.npz").write_bytes(store.read_bytes()[:100])
    assert load_features(trained / "broken.npz", version) == {}


@pytest.mark.parametrize("name", ["encoder_best", "encoder_fast"])
def test_the_recipes_that_ship_name_tables_and_a_list_of_views(name: str) -> None:
    loaded = load_recipe(RECIPES / f"{name}.toml")
    assert isinstance(loaded, EncoderRecipe)
    with (RECIPES / loaded.views).open(newline="") as file:
        uses = {row["use"] for row in csv.DictReader(file)}
    assert uses == {"order", "order_test", "selfie"}
    assert loaded.contest.hold_out_splits == ("test",)

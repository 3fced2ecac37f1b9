from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import lstsq

from photoloupe.errors import RecipeError
from photoloupe.training.engine.tables import Row, reviewed
from photoloupe.training.engine.teacher import load_teacher, ridge
from photoloupe.training.multitask.recipe import TeacherSection
from photoloupe.training.multitask.taught_batches import TaughtBatches
from tests.conftest import encode, scene

WIDTH = 12
FULL, LEFT = (0, 0, 1, 1), (0, 0, 0.5, 1)


@pytest.fixture
def rows(tmp_path: Path) -> list[Row]:
    """Sixteen photos, from upright to wide; the file has features of their left halves too."""
    rows, rng = [], np.random.default_rng(3)
    for k in range(16):
        wide = 60 + 8 * k
        (tmp_path / f"{k}.jpg").write_bytes(encode(scene(wide, 90, seed=k), "JPEG"))
        rows.append({"file": str(tmp_path / f"{k}.jpg"), "width": str(wide), "height": "90",
                     "beauty_mean_1_7": str(2 + k / 5), "beauty_sd": "1"})  # fmt: skip
    embeds = rng.normal(size=(32, WIDTH)) * 7
    files = [f"{k}.jpg" for k in range(16)] * 2
    boxes = [FULL] * 16 + [LEFT] * 16
    np.savez(tmp_path / "clip.npz", files=files, boxes=boxes, embeds=embeds)
    return rows


def test_ridge_is_least_squares_where_it_is_not_held_back() -> None:
    rng = np.random.default_rng(0)
    inputs, asked = rng.normal(size=(40, 3)), rng.normal(size=(5, 3))
    targets = inputs @ rng.normal(size=(3, 2)) + 4 + rng.normal(size=(40, 2))
    ones = np.hstack([inputs, np.ones((40, 1))])
    fitted = np.hstack([asked, np.ones((5, 1))]) @ lstsq(ones, targets)[0]
    assert ridge(inputs, targets, 1e-9, asked) == pytest.approx(fitted)
    held = ridge(inputs, targets, 1e9, asked)
    assert held == pytest.approx(np.tile(targets.mean(0), (5, 1)), abs=1e-5)


def test_a_human_rating_stands_and_others_are_the_teachers(rows: list[Row], tmp_path: Path) -> None:
    photos = load_teacher(tmp_path / "clip.npz", tmp_path, rows, rows[:10])
    assert [photo.row for photo in photos] == rows  # parts of photos are ignored
    assert [photo.human for photo in photos] == [True] * 10 + [False] * 6
    assert photos[5].rating == pytest.approx((1 + 1.5 * 2, 1.5))
    for photo in photos[10:]:
        mean, std = photo.rating
        assert 1 < mean < 10
        assert std > 0
        assert mean != pytest.approx(1 + 1.5 * (float(photo.row["beauty_mean_1_7"]) - 1))
    features = np.array([photo.features for photo in photos])
    assert features.shape == (16, WIDTH)
    assert np.linalg.norm(features, axis=1) == pytest.approx(np.ones(16))
    assert photos[3].aspect == pytest.approx(84 / 90)


def test_features_without_boxes_are_of_photos(rows: list[Row], tmp_path: Path) -> None:
    with np.load(tmp_path / "clip.npz") as stored:
        files, embeds = stored["files"][:16], stored["embeds"][:16]
    np.savez(tmp_path / "bare.npz", files=files, embeds=embeds)
    bare, boxed = (
        load_teacher(tmp_path / name, tmp_path, rows[2:5], rows[2:4])
        for name in ("bare.npz", "clip.npz")
    )
    for one, other in zip(bare, boxed, strict=True):
        assert one.row == other.row
        assert np.array_equal(one.features, other.features)
        assert one.rating == other.rating


def test_a_photo_that_the_teacher_never_saw_is_named(rows: list[Row], tmp_path: Path) -> None:
    other = {**rows[0], "file": str(tmp_path / "other.jpg")}
    with pytest.raises(RecipeError, match=r"clip\.npz: not the features.*other\.jpg"):
        load_teacher(tmp_path / "clip.npz", tmp_path, [*rows, other], rows)
    with pytest.raises(RecipeError, match=r"none\.npz"):
        load_teacher(tmp_path / "none.npz", tmp_path, rows, rows)


def test_batches_hold_like_frames_and_draw_rated_photos_more_often(
    rows: list[Row], tmp_path: Path
) -> None:
    photos = load_teacher(tmp_path / "clip.npz", tmp_path, rows, rows[:4])
    recipe = TeacherSection(features="clip.npz", batch=6, often=9.0)
    batches = TaughtBatches(photos, recipe, 4096, seed=0)
    rng, aspects, ratings = np.random.default_rng(0), [], []
    for _ in range(60):
        canvas, valid_hw, features, rating = batches.batch(rng)
        assert canvas.shape[0] == len(valid_hw) == len(features) == len(rating) == 6
        assert rating.sum(1).tolist() == pytest.approx([1.0] * 6, abs=1e-5)
        aspects.append((valid_hw[:, 1] / valid_hw[:, 0]).numpy())
        ratings.append(features.numpy())
    spread = np.ptp(np.log(aspects), axis=1).mean()
    assert spread < 0.5 * np.ptp(np.log(aspects))
    human = np.array([photo.features for photo in photos if photo.human])
    drawn = np.concatenate(ratings)
    share = np.mean([np.abs(human - one).sum(1).min() < 1e-4 for one in drawn])
    assert share == pytest.approx(36 / 48, abs=0.1)


def test_a_reviewed_label_replaces_the_tables_and_an_empty_one_drops_the_row(
    tmp_path: Path,
) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("file,selfie,kind\na.jpg,0,taking\nb.jpg,,unsure\n")
    table: list[Row] = [
        {"file": name, "selfie": "1", "label_quality": "noisy"}
        for name in ("a.jpg", "b.jpg", "c.jpg")
    ]
    assert reviewed(table, labels) == [
        {"file": "a.jpg", "selfie": "0", "label_quality": "clean", "kind": "taking"},
        {"file": "c.jpg", "selfie": "1", "label_quality": "noisy"},
    ]

from __future__ import annotations

import numpy as np
import pytest

from photoloupe.crop_search.codebook import CODE_BYTES, decode, encode
from photoloupe.crop_search.index import CropIndex
from photoloupe.crop_search.photo_code import MOST_ROWS, ROW, PhotoCode, choose, make_code, marks
from photoloupe.crop_search.vote import vote
from photoloupe.crops.features import Features
from photoloupe.crops.picture import make_picture
from tests.conftest import EXAMPLES, scene
from tests.conftest import encode as encode_image

ALPS, BOATS = EXAMPLES / "alps.jpg", EXAMPLES / "boats.jpg"


def test_a_code_is_small_and_the_same_each_time() -> None:
    code, again = make_code(make_picture(ALPS)), make_code(make_picture(ALPS))
    assert ROW.itemsize == 24
    assert len(code.rows) == MOST_ROWS
    assert len(code.to_bytes()) == 8 + 24 * MOST_ROWS
    assert code.to_bytes() == again.to_bytes()
    back = PhotoCode.from_bytes(code.to_bytes())
    assert back.full_wh == code.full_wh
    assert (back.rows == code.rows).all()


def test_fewer_rows_are_the_first_of_more() -> None:
    side = make_picture(ALPS)
    assert (make_code(side, 64).rows == make_code(side, 200).rows[:64]).all()


def test_a_code_says_where_and_what() -> None:
    side = make_picture(BOATS)
    code = make_code(side, 100)
    chosen = choose(side.features, side.grey.shape[1], side.grey.shape[0], 100)
    place = marks(code.rows, code.full_wh)
    assert np.abs(place[:, :2] - 0.5 - side.features.points[chosen]).max() < 0.05
    assert np.abs(np.log2(place[:, 2] / side.features.sizes[chosen])).max() < 0.04
    turn = np.abs((place[:, 3] - side.features.angles[chosen] + 180) % 360 - 180)
    assert turn.max() < 1
    told = decode(code.rows["code"])
    cosine = (told * side.features.descriptors[chosen]).sum(1) / np.linalg.norm(told, axis=1)
    assert np.median(cosine) > 0.85


def test_chosen_features_are_spread_over_the_frame() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 100, (900, 2))
    points[:600] /= 4  # two thirds lie in one corner
    features = Features(
        points.astype(np.float32), np.full(900, 4, np.float32), np.zeros(900, np.float32),
        np.zeros((900, 128), np.float32),
    )  # fmt: skip
    chosen = choose(features, 100, 100, 160)
    corner = (features.points[chosen] < 25).all(1).sum()
    assert 8 <= corner <= 14
    assert len(set(chosen.tolist())) == 160


def test_no_features_no_rows_no_candidates() -> None:
    flat = make_code(make_picture(encode_image(np.full((40, 50, 3), 9, np.uint8))))
    assert encode(np.empty((0, 128), np.float32)).shape == (0, CODE_BYTES)
    assert len(flat.rows) == 0
    index = CropIndex()
    assert index.candidates(flat) == []
    index.add(flat)
    alps = make_code(make_picture(ALPS))
    assert index.candidates(alps) == []
    index.add(alps)
    assert index.candidates(flat) == []
    assert [c.photo for c in index.candidates(alps)] == [1]
    assert index.candidates(alps, but=1) == []


def test_votes_place_one_photo_in_another() -> None:
    """Marks of a query, moved by a known scale and shift into photo 7, among random ones."""
    rng = np.random.default_rng(1)
    query = np.column_stack([rng.uniform(0, 300, (60, 2)), rng.uniform(4, 20, 60), [90.0] * 60])
    found = query * (2, 2, 2, 1) + (50, 30, 0, 0)
    noise = np.column_stack(
        [rng.uniform(0, 900, (240, 2)), rng.uniform(4, 40, 240), rng.uniform(0, 360, 240)]
    )
    hits = np.concatenate([found[:20], noise]).astype(np.float32)
    asked = np.concatenate([query[:20], query[rng.integers(0, 60, 240)]]).astype(np.float32)
    photo = np.concatenate([np.full(20, 7), rng.integers(0, 30, 240)])
    best, *rest = vote(asked, hits, photo)
    assert best.photo == 7
    assert 18 <= best.votes <= 22
    assert best.placement.scale == pytest.approx(2, abs=0.01)
    # A mark at 0 is the corner of the frame, a placement's 0 the first pixel's centre.
    assert best.placement.x == pytest.approx(50.5, abs=0.5)
    assert best.placement.y == pytest.approx(30.5, abs=0.5)
    assert all(c.votes < 5 for c in rest)


def test_turned_hits_do_not_vote() -> None:
    query = np.column_stack([scene(8, 8)[..., 0].reshape(-1, 2), [5] * 32, [0] * 32])
    query = query.astype(np.float32)
    photo = np.zeros(32, np.int64)
    assert vote(query, query, photo)[0].votes > 10
    assert vote(query, query + np.array([0, 0, 0, 30], np.float32), photo) == []

"""Near misses of the thresholds of the search; scripts/mutants/crops.toml moves each."""

from __future__ import annotations

import numpy as np
import pytest

from photoloupe.arrays import Float32
from photoloupe.crop_search.index import CropIndex
from photoloupe.crop_search.photo_code import ROW, PhotoCode, make_code
from photoloupe.crop_search.search import worth_confirming
from photoloupe.crop_search.vote import Candidate, agree, shortlist, vote
from photoloupe.crops.picture import make_picture
from photoloupe.crops.placement import Placement
from tests.conftest import encode
from tests.crops.pairs import ALPS, BOATS, alps, pixels_of, resized


def candidates(*votes: int) -> list[Candidate]:
    return [Candidate(n, count, Placement(1, 1, 0, 0)) for n, count in enumerate(votes)]


def confirmed(rows: int, *votes: int) -> list[int]:
    """Votes of the candidates that are confirmed, of a photo with so many rows."""
    code = PhotoCode((400, 300), np.zeros(rows, ROW))
    return [c.votes for c in worth_confirming(code, candidates(*votes))]


def test_clear_candidates_are_all_confirmed_and_three_others() -> None:
    assert confirmed(320, 40, 9, 7, 6, 5, 5, 4, 4, 3) == [40, 9, 7, 6, 5, 5, 4]
    assert confirmed(320, *[6] * 12) == [6] * 12
    assert confirmed(320, 5, 4, 3, 2, 2) == [5, 4, 3]
    assert confirmed(320, 7, 2, 1, 1) == [7, 2]


def test_a_photo_with_few_features_gets_ten_tries() -> None:
    assert confirmed(63, *[5] * 4, *[1] * 9) == [5] * 4 + [1] * 6
    assert confirmed(65, *[5] * 4, *[1] * 9) == [5] * 3
    assert confirmed(63, 6, *[1] * 9) == [6]


def test_fifty_photos_are_compared_closely() -> None:
    photo = np.repeat(np.arange(60), 3)
    octaves = np.zeros(len(photo), np.float32)
    assert sorted(shortlist(octaves, photo).tolist()) == list(range(50))
    more = np.concatenate([photo, np.full(9, 59)])
    assert shortlist(np.zeros(len(more), np.float32), more)[0] == 59


def marks_of(points: Float32, size: float = 10, angle: float = 90) -> Float32:
    rest = np.tile([size, angle], (len(points), 1))
    return np.hstack([points, rest]).astype(np.float32)


@pytest.mark.parametrize(("off", "votes"), [(9, 8), (13, 4)])
def test_a_hit_may_be_off_by_its_size(off: float, votes: int) -> None:
    """Half of the hits are moved, in a cluster 10 px wide; features are 10 px large."""
    points = np.random.default_rng(0).uniform(100, 102, (8, 2)).astype(np.float32)
    points[:, 0] += np.arange(8) * 1.2
    found = points.copy()
    found[4:, 1] += off
    candidate = agree(marks_of(points), marks_of(found), 0)
    assert candidate
    assert candidate.votes == votes


@pytest.mark.parametrize(("degrees", "count"), [(11, 1), (13, 0)])
def test_hits_turn_by_twelve_degrees_at_most(degrees: float, count: int) -> None:
    points = np.random.default_rng(0).uniform(0, 300, (9, 2)).astype(np.float32)
    found = marks_of(points, angle=90 + degrees)
    assert len(vote(marks_of(points), found, np.zeros(9, np.int64))) == count


def test_a_scale_is_shared_by_the_hits_that_agree() -> None:
    points = np.random.default_rng(0).uniform(100, 104, (8, 2)).astype(np.float32)
    points[:, 0] += np.arange(8) * 3
    found = marks_of(points)
    found[4:, 2] *= 1.6
    candidate = agree(marks_of(points), found, 0)
    assert candidate
    assert candidate.votes == 4


def test_a_crop_of_a_photo_that_is_kept_seven_times_gets_votes_for_all() -> None:
    index = CropIndex()
    for quality in (95, 90, 80, 70, 60, 50, 40):
        index.add(make_code(make_picture(encode(pixels_of(ALPS), "JPEG", quality=quality))))
    index.add(make_code(make_picture(BOATS)))
    query = make_code(make_picture(encode(resized(alps(), 0.6), "JPEG", quality=50)))
    found = {c.photo: c.votes for c in index.candidates(query)}
    assert min(found[n] for n in range(7)) >= 29
    assert found.get(7, 0) < 6

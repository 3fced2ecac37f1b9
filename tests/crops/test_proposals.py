"""Placements that are proposed: near misses of the thresholds in matching and consensus."""

from __future__ import annotations

import numpy as np
import pytest

from photoloupe.arrays import Float32, Pixels
from photoloupe.crops.consensus import agreeing, turn_between
from photoloupe.crops.feature_match import match_features, place_by_features
from photoloupe.crops.features import Features
from photoloupe.crops.template_match import place_by_template
from tests.conftest import scene
from tests.crops.pairs import ALPS, BOX, alps, noisy, pixels_of, resized

# --- consensus -----------------------------------------------------------------------------------


def agrees(off: float = 0.0, scale: float = 2.0, slack: float = 4.0) -> bool:
    """Does a pair 100 px from the seed, in a photo twice as large, agree with it?"""
    a = np.array([[0, 0], [100, 0]], np.float32)
    b = np.array([[50, 60], [250 + off, 60]], np.float32)
    scales = np.array([2.0, scale], np.float32)
    return bool(agreeing(a, b, scales, np.array([0]), slack)[0, 1])


def test_the_tolerance_grows_with_the_distance() -> None:
    """4 px, and .12 of the 200 px that lie between the two."""
    assert agrees(27)
    assert agrees(-27)
    assert not agrees(29)
    assert not agrees(27, slack=1.0)


def test_scales_that_agree_differ_by_two_fifths() -> None:
    assert agrees(scale=2.8)
    assert not agrees(scale=2.9)
    assert agrees(scale=1.43)
    assert not agrees(scale=1.38)


def test_angles_wrap() -> None:
    a, b = np.array([350, 10, 90], np.float32), np.array([5, 355, 270], np.float32)
    assert turn_between(a, b).tolist() == [15, 15, 180]


# --- matches -------------------------------------------------------------------------------------


def features(points: object, descriptors: Float32, angle: float = 0.0, size: float = 8) -> Features:
    at = np.asarray(points, np.float32).reshape(-1, 2)
    return Features(
        at, np.full(len(at), size, np.float32), np.full(len(at), angle, np.float32), descriptors
    )


def unlike(count: int) -> Float32:
    """(count, 128): descriptors of which each pair is at a right angle."""
    return np.eye(128, dtype=np.float32)[:count]


@pytest.mark.parametrize(("angle", "matches"), [(11, 3), (-11, 3), (13, 0)])
def test_matches_turn_by_twelve_degrees_at_most(angle: float, matches: int) -> None:
    points = [(0, 0), (50, 0), (0, 50)]
    a, b = features(points, unlike(3)), features(points, unlike(3), angle % 360)
    assert len(match_features(a, b).scale) == matches


@pytest.mark.parametrize(("ratio", "is_matched"), [(0.85, True), (0.95, False)])
def test_the_nearest_is_clearly_nearer_than_the_second(ratio: float, is_matched: bool) -> None:
    """Distances of unit vectors: 0.5 to the nearest, 0.5 / ratio to the second."""

    def at(distance: float, axis: int) -> Float32:
        cosine = 1 - distance**2 / 2
        found = np.zeros(128, np.float32)
        found[0], found[axis] = cosine, (1 - cosine**2) ** 0.5
        return found

    # In the other direction both are nearest to the same one, so neither passes there.
    a = features([(0, 0), (9, 9)], np.stack([at(0, 1), at(0.01, 1)]))
    b = features([(0, 0), (50, 50)], np.stack([at(0.5, 2), at(0.5 / ratio, 3)]))
    assert bool(len(match_features(a, b).scale)) == is_matched


@pytest.mark.parametrize(("count", "placements"), [(2, 0), (3, 1)])
def test_two_matches_place_nothing(count: int, placements: int) -> None:
    points = np.array([(10, 10), (90, 20), (40, 80)], np.float32)[:count]
    a, b = features(points, unlike(count)), features(2 * points + 30, unlike(count), size=16)
    assert len(list(place_by_features(a, b))) == placements


def test_three_matches_in_a_corner_invent_no_squeeze() -> None:
    points = np.array([(10, 10), (18, 11), (12, 19)], np.float32)
    moved = points + np.array([(0, 0), (1.2, 0), (0, -1.2)], np.float32)
    found = next(place_by_features(features(points, unlike(3)), features(moved, unlike(3))))
    assert abs(np.log(found.scale_x / found.scale_y)) < 0.2
    assert abs(found.turn) < 0.05


def test_matches_of_two_shifts_give_two_placements() -> None:
    """Between points 20 px apart a consensus allows 6 px: 25 px are another placement."""
    points = np.random.default_rng(0).uniform(100, 120, (9, 2)).astype(np.float32)
    moved = points.copy()
    moved[5:, 0] += 25
    a, b = features(points, unlike(9)), features(moved, unlike(9))
    shifts = [p.x + 110 * (p.scale_x - 1) for p in place_by_features(a, b)]
    assert shifts == pytest.approx([0, 25], abs=1)


# --- templates -----------------------------------------------------------------------------------


def grey(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[..., 1])


@pytest.mark.parametrize("scale", [0.4, 0.63, 1.0, 1.7])
def test_a_template_is_placed_to_a_few_pixels(scale: float) -> None:
    best = place_by_template(grey(resized(alps(), scale)), grey(pixels_of(ALPS)))[0]
    assert best.scale * scale == pytest.approx(1, abs=0.06)
    middle = best.matrix @ (200 * scale, 125 * scale, 1)
    assert middle == pytest.approx((BOX[0] + 200, BOX[1] + 125), abs=11)


def test_noise_is_a_template_of_nothing() -> None:
    rng = np.random.default_rng(0)
    alone = rng.integers(0, 256, (200, 200)).astype(np.uint8)
    assert place_by_template(alone, grey(pixels_of(ALPS))) == []
    assert place_by_template(grey(noisy(alps(), 60)), grey(pixels_of(ALPS)))


def test_a_tile_that_repeats_is_proposed_three_times() -> None:
    """Each time elsewhere: what alignment would carry to the same position counts once."""
    tile, source = grey(scene(60, 60, seed=4)), grey(scene(400, 300, seed=5)).copy()
    for x, y in ((10, 20), (150, 30), (300, 60), (40, 200), (220, 210)):
        source[y : y + 60, x : x + 60] = tile
    found = place_by_template(tile, source)
    assert len(found) == 3
    apart = [max(abs(p.x - q.x), abs(p.y - q.y)) for n, p in enumerate(found) for q in found[:n]]
    assert min(apart) > 6

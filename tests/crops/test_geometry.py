from __future__ import annotations

import math

import numpy as np
import pytest

from photoloupe.boxes import Box
from photoloupe.crops.align import align
from photoloupe.crops.features import find_features
from photoloupe.crops.noise import FLOOR, SHARE, expected_noise
from photoloupe.crops.patches import make_patches
from photoloupe.crops.picture import find_content
from photoloupe.crops.placement import Placement
from photoloupe.crops.tone import fit_tone
from photoloupe.crops.verify import measure_agreement
from tests.conftest import scene

TURNED = Placement(0.8, 1.1, 20.0, -5.0, math.radians(2))


def test_placement_inverts_starts_elsewhere_and_changes_grids() -> None:
    even = Placement(0.8, 0.8, 20.0, -5.0, math.radians(2))
    there = even.matrix @ (30, 40, 1)
    assert even.inverse().matrix @ (*there, 1) == pytest.approx((30, 40))
    assert TURNED.started_at(30, 40).matrix @ (0, 0, 1) == pytest.approx(
        TURNED.matrix @ (30, 40, 1)
    )
    # Pixel (u', v') of a picture shrunk by k has its centre at k (u' + 1/2) - 1/2.
    shrunk = TURNED.regrid((2, 4), (3, 3))
    u, v = 2 * (7 + 0.5) - 0.5, 4 * (9 + 0.5) - 0.5
    expected = (TURNED.matrix @ (u, v, 1) + 0.5) / 3 - 0.5
    assert shrunk.matrix @ (7, 9, 1) == pytest.approx(expected)


def test_placement_of_a_matrix() -> None:
    again = Placement.from_matrix(TURNED.matrix[:, :2], TURNED.matrix[:, 2])
    assert (again.scale_x, again.scale_y, again.turn) == pytest.approx((0.8, 1.1, TURNED.turn))


def test_frame_of_an_upright_placement() -> None:
    assert Placement(2, 3, 10.5, 21.0).frame(4, 5).xyxy == pytest.approx((10, 20, 18, 35))


def test_features_of_a_mirrored_picture_need_not_be_sought() -> None:
    grey = scene(320, 240)[..., 0].copy()
    told = find_features(grey).mirrored(320)
    sought = find_features(np.ascontiguousarray(grey[:, ::-1]))
    apart = np.linalg.norm(told.points[:, None] - sought.points[None], axis=2)
    nearest = apart.argmin(1)
    close = apart.min(1) < 0.3
    assert close.mean() > 0.8
    alike = (told.descriptors[close] * sought.descriptors[nearest[close]]).sum(1)
    assert np.median(alike) > 0.99


def test_align_settles_to_a_tenth_of_a_pixel() -> None:
    source = scene(400, 300)[..., 0].copy()
    crop = source[100:220, 50:250].copy()
    patches = make_patches(crop, source, Placement(1.01, 0.99, 48.7, 101.5))
    assert patches is not None
    settled = align(patches)
    assert settled is not None
    placed = patches.to_original(settled)
    assert (placed.x, placed.y) == pytest.approx((50, 100), abs=0.1)
    assert (placed.scale_x, placed.scale_y) == pytest.approx((1, 1), abs=1e-3)
    plain, _ = measure_agreement(patches, settled, (None, None))
    assert plain.fine > 0.99
    off, _ = measure_agreement(patches, settled.moved(6, 0), (None, None))
    assert off.fine < 0.8


def test_noise_follows_the_quantisation_table() -> None:
    contrast = np.array([0.0, 20.0], np.float32)
    none = expected_noise(contrast, (None, None), (1.0, 1.0))
    assert none == pytest.approx([FLOOR, math.hypot(FLOOR, 20 * SHARE)])
    flat_steps = (12,) * 64  # variance 12 a coefficient, if it had so much power
    coarse = expected_noise(contrast, (flat_steps, None), (1.0, 1.0))
    assert coarse[0] == pytest.approx(FLOOR)  # a flat block has nothing to lose
    assert none[1] < coarse[1] < math.sqrt(none[1] ** 2 + 12)
    fine = expected_noise(contrast, (flat_steps, None), (1.0, 1.0), fine=True)
    assert (fine < coarse).all()  # only a part of it
    shrunk = expected_noise(contrast, (flat_steps, None), (4.0, 1.0))
    assert none[1] < shrunk[1] < coarse[1]


def test_jpeg_noise_is_no_more_than_expected() -> None:
    """The claim behind the residual: what compression really leaves stays under the prediction."""
    from photoloupe import open_photo
    from photoloupe.crops.picture import make_picture
    from tests.conftest import EXAMPLES, encode

    pixels = open_photo(EXAMPLES / "chelsea.jpg").pixels
    for quality in (30, 60, 90):
        picture = make_picture(encode(pixels, "JPEG", quality=quality))
        clean = make_picture(encode(pixels, "PNG"))
        patches = make_patches(picture.grey, clean.grey, Placement(1, 1, 0, 0))
        assert patches is not None
        plain, _ = measure_agreement(patches, patches.start, (picture.luma_table, None))
        assert 0.1 < plain.residual < 1.2


def test_tone_curve_is_monotone_and_survives_an_overlay() -> None:
    seen = np.tile(np.arange(256, dtype=np.float32), (64, 1))
    wanted = 20 + 0.5 * seen
    wanted[:12] = 255  # a strip of something white
    tone = fit_tone(seen, wanted, np.ones_like(seen, bool))
    assert np.abs(tone.apply(seen)[12:] - wanted[12:]).max() < 4
    assert tone.change > 20


def test_content_is_what_no_border_covers() -> None:
    picture = scene(90, 60)[..., 0]
    framed = np.pad(picture, ((7, 3), (11, 5)), constant_values=255)
    x0, y0, x1, y1 = find_content(framed).xyxy
    assert (x0, y0, x1, y1) == (11, 7, 101, 67)
    assert find_content(picture) == Box(0, 0, 90, 60)
    assert find_content(np.zeros((50, 50), np.uint8)) == Box(0, 0, 50, 50)

"""Near misses: each case lies just inside or just outside one tuned threshold of a judgement.

Images come from examples/photos or are made here; scripts/mutants/crops.toml moves each threshold
and names the test that must fail.
"""

from __future__ import annotations

import importlib
import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from photoloupe.arrays import Pixels
from photoloupe.boxes import Box
from photoloupe.crops.align import align
from photoloupe.crops.ambiguity import find_ambiguity
from photoloupe.crops.compare import compare_pictures, surest
from photoloupe.crops.confidence import confidence
from photoloupe.crops.crop import Crop
from photoloupe.crops.hypotheses import Fit, Hypothesis, make_hypotheses
from photoloupe.crops.judge import judge
from photoloupe.crops.noise import expected_noise
from photoloupe.crops.patches import Patches, make_patches
from photoloupe.crops.picture import Picture, find_content, make_picture
from photoloupe.crops.placement import Placement
from photoloupe.crops.relation import axis_name, is_bent, is_enlarged, make_relation
from photoloupe.crops.tone import fit_tone
from photoloupe.crops.verify import Agreement, count_textured_blocks, measure_agreement
from tests.conftest import encode
from tests.crops.pairs import ALPS, BOATS, BOX, alps, judged, noisy, picture_of, pixels_of, resized

GOOD = Agreement(0.999, 0.5, 0.5, 80, 0.0, 0.0, 0.5)


def grey_picture(grey: Pixels, name: str = "a", **facts: object) -> Picture:
    height, width = grey.shape
    known: dict[str, object] = {
        "full_wh": (width, height), "content": Box(0, 0, width, height), **facts,
    }  # fmt: skip
    return Picture(name, grey, **known)  # type: ignore[arg-type]


# --- judge: overlays -----------------------------------------------------------------------------


def covered(count: int) -> Pixels:
    """The crop with `count` of its 84 blocks painted over."""
    crop = alps().copy()
    cells = [(13 + 32 * row, 8 + 32 * column) for row in range(7) for column in range(12)]
    np.random.default_rng(1).shuffle(cells)
    for top, left in cells[:count]:
        crop[top + 3 : top + 29, left + 3 : left + 29] = (200, 30, 60)
    return crop


@pytest.mark.parametrize(("blocks", "edits"), [(33, ("overlay",)), (34, None)])
def test_an_overlay_covers_at_most_two_fifths(blocks: int, edits: tuple[str, ...] | None) -> None:
    found = judged(covered(blocks))
    assert (found.edits if found else None) == edits


@pytest.mark.parametrize(("share", "is_found"), [(0.05, True), (0.1, False)])
def test_a_crop_that_fades_into_another_photo_has_no_overlay(share: float, is_found: bool) -> None:
    """Most blocks differ a little: they are not covered, they only nearly fit."""
    fade = np.linspace(0, share, 400)[None, :, None]
    other = pixels_of(BOATS)[100:350, 100:500]
    assert bool(judged((alps() * (1 - fade) + other * fade).astype(np.uint8))) == is_found


@pytest.mark.parametrize(("left", "is_found"), [(9, True), (7, False)])
def test_an_overlay_leaves_eight_blocks(
    left: int, is_found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(hypothesis: Hypothesis) -> Fit:
        bad = Agreement(0.5, 9.0, 9.0, 20, 0.3, 0.0, 0.5)
        return Fit(hypothesis, hypothesis.placement, bad, replace(GOOD, textured=left, odd=0.3))

    monkeypatch.setattr("photoloupe.crops.judge.fit_hypothesis", fit)
    found = judged(alps())
    assert (found.edits if found else None) == (("overlay",) if is_found else None)


# --- judge: how sure -----------------------------------------------------------------------------


@pytest.mark.parametrize(("sigma", "is_found"), [(8, True), (12, False)])
def test_a_noisy_crop(sigma: float, is_found: bool) -> None:
    found = judged(noisy(alps(), sigma))
    assert bool(found) == is_found
    if found:
        assert found.confidence == pytest.approx(0.93, abs=0.03)


@pytest.mark.parametrize(("sigma", "is_found"), [(6, True), (8, False)])
def test_a_squeezed_crop_has_to_be_surer(sigma: float, is_found: bool) -> None:
    squeezed = noisy(resized(alps(), 0.9, 1.0), sigma)
    found = judged(squeezed, scale_x=1 / 0.9)
    assert (found.edits if found else None) == (("squeeze",) if is_found else None)


def corners(cells: list[tuple[int, int]]) -> Pixels:
    """(300, 400) uint8, even but for some cells of texture in rows 100 to 196, columns 100 to 228.

    The outermost cells lie in the corners of that region, so it has no border.
    """
    rng = np.random.default_rng(3)
    grey = np.full((300, 400), 120, np.uint8)
    for row, column in cells:
        top, left = 102 + 16 * row, 102 + 16 * column
        grey[top : top + 12, left : left + 12] = np.kron(
            rng.integers(40, 200, (3, 3)), np.ones((4, 4))
        )
    return grey


CORNERS = [(0, 0), (0, 7), (5, 0), (5, 7)]


def judged_in(source: Pixels, squeeze: float) -> Crop | None:
    crop = source[100:196, 100:228]
    small = resized(np.dstack([crop] * 3), squeeze, 1.0)
    a, b = make_picture(encode(small)), make_picture(encode(np.dstack([source] * 3)))
    return judge(a, b, Placement(1 / squeeze, 1.0, 100.0, 100.0))


def test_with_little_texture_a_squeeze_is_not_believed() -> None:
    few, more = corners(CORNERS), corners([*CORNERS, (2, 2), (2, 5), (4, 3), (1, 4)])
    assert judged_in(few, 1.0)
    assert not judged_in(few, 0.875)
    squeezed = judged_in(more, 0.875)
    assert squeezed
    assert squeezed.edits == ("squeeze",)


def test_three_blocks_agree_by_chance() -> None:
    assert judged_in(corners(CORNERS), 1.0)
    assert not judged_in(corners(CORNERS[:3]), 1.0)
    assert confidence(replace(GOOD, textured=3)) == 0
    assert confidence(replace(GOOD, textured=4)) > 0.99


def test_the_first_sure_relation_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([None, 0.93, 0.98, 0.995, 0.999])

    def judge_next(*_: object) -> Crop | None:
        sure = next(answers)
        return Crop("a", "b", "crop", sure) if sure else None

    # The package's name `compare` is the function, which hides the module.
    monkeypatch.setattr(importlib.import_module("photoloupe.crops.compare"), "judge", judge_next)
    picture = picture_of(ALPS)
    found = surest(picture, picture, [Placement(1, 1, 0, 0)] * 5)
    assert found
    assert found.confidence == 0.995


# --- hypotheses: which placements are plausible -------------------------------------------------


def kinds(crop_wh: tuple[int, int], placement: Placement) -> list[str]:
    """What a placement of a crop of that size in a picture of 400 x 300 may mean."""
    crop = grey_picture(np.zeros(crop_wh[::-1], np.uint8))
    source = grey_picture(np.zeros((300, 400), np.uint8), "b")
    return [h.kind for h in make_hypotheses(crop, source, placement) if h.crop is crop]


@pytest.mark.parametrize(("beyond", "kind"), [(5, ["whole"]), (15, ["share"])])
def test_a_crop_sticks_out_by_rounding_only(beyond: int, kind: list[str]) -> None:
    assert kinds((200, 200), Placement(1, 1, 200 + beyond, 50)) == kind


@pytest.mark.parametrize(("shared", "kind"), [(60, ["share"]), (30, [])])
def test_an_overlap_of_some_size_is_looked_for(shared: int, kind: list[str]) -> None:
    """Of 40,000 pixels of the smaller, 12 % and 3 %."""
    assert kinds((200, 200), Placement(1, 1, 400 - shared, 300 - 80)) == kind


@pytest.mark.parametrize(("shared", "kind"), [(30, ["share"]), (20, [])])
def test_an_overlap_is_no_thin_strip(shared: int, kind: list[str]) -> None:
    assert kinds((200, 200), Placement(1, 1, 400 - shared, 50)) == kind


@pytest.mark.parametrize(
    ("size", "x", "y", "plausible"),
    [
        (200, 0.22, 0.22, True),
        (200, 0.18, 0.18, False),
        (48, 5.8, 5.8, True),
        (45, 6.2, 6.2, False),
        (120, 2.5, 1.0, True),
        (120, 2.8, 1.0, False),
        (64, 0.25, 0.25, True),
        (52, 0.25, 0.25, False),  # 13 source pixels a side
    ],
)
def test_scales_squeezes_and_sizes_that_are_plausible(
    size: int, x: float, y: float, plausible: bool
) -> None:
    assert ("whole" in kinds((size, size), Placement(x, y, 10, 10))) == plausible


@pytest.mark.parametrize(("scale", "crop"), [(0.997, "small"), (0.985, "large")])
def test_of_the_same_picture_twice_the_smaller_file_is_the_crop(scale: float, crop: str) -> None:
    """Edges 1.2 px apart are the same; 6 px apart, the one that shows less is the crop."""
    grey = np.zeros((300, 400), np.uint8)
    small, large = grey_picture(grey, "small"), grey_picture(grey, "large", full_wh=(800, 600))
    found = make_hypotheses(large, small, Placement(scale, scale, 0.0, 0.0))[0]
    assert found.crop.name == crop


# --- relation: what counts as an edit -----------------------------------------------------------


def fit_of(
    *, scale_x: float = 1.0, scale_y: float = 1.0, degrees: float = 0.0, tone: float = 0.5,
    chroma: tuple[float, float] = (20.0, 20.0), size: tuple[int, int] = (400, 250),
) -> Fit:  # fmt: skip
    grey = pixels_of(ALPS)[..., 1]
    crop = grey_picture(grey[153 : 153 + size[1], 301 : 301 + size[0]], "a", chroma=chroma[0])
    source = grey_picture(grey, "b", chroma=chroma[1])
    placement = Placement(scale_x, scale_y, 301.0, 153.0, math.radians(degrees))
    agreed = replace(GOOD, tone=tone)
    return Fit(Hypothesis(crop, source, crop.frame, placement, "whole"), placement, agreed, agreed)


def edits(fit: Fit) -> tuple[str, ...]:
    return make_relation(fit, 0.999, overlay=False).edits


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"tone": 4.5}, ()),
        ({"tone": 5.5}, ("tone",)),
        ({"chroma": (1.5, 9.0)}, ("tone",)),
        ({"chroma": (2.5, 9.0)}, ()),
        ({"chroma": (1.5, 7.0)}, ()),
        ({"scale_x": 1.014}, ()),  # rounding the sides explains .004 of it
        ({"scale_x": 1.018}, ("squeeze",)),
        ({"degrees": 0.1}, ()),
        ({"degrees": 0.15}, ("turn",)),
    ],
)
def test_what_counts_as_an_edit(case: dict[str, object], expected: tuple[str, ...]) -> None:
    fit = fit_of(**case)  # type: ignore[arg-type]
    assert edits(fit) == expected
    assert is_bent(fit) == bool({"squeeze", "turn"} & set(expected))


def test_a_crop_enlarged_more_than_twice_has_to_be_surer() -> None:
    assert not is_enlarged(fit_of(scale_x=0.5, scale_y=0.5))
    assert is_enlarged(fit_of(scale_x=0.4, scale_y=0.4))


def test_a_hundredth_cut_off_makes_a_crop() -> None:
    grey = pixels_of(ALPS)[..., 1]
    source = grey_picture(grey, "b")
    for cut, verdict in ((8, "rescaled"), (14, "crop")):  # of 1,024 columns
        crop = grey_picture(grey[:, cut:], "a")
        placement = Placement(1, 1, cut, 0)
        fit = Fit(Hypothesis(crop, source, crop.frame, placement, "whole"), placement, GOOD, GOOD)
        assert make_relation(fit, 0.999, overlay=False).verdict == verdict


@pytest.mark.parametrize(
    ("direction", "name"),
    [((1.0, 0.3), "x"), ((1.0, 0.4), "edge"), ((-0.3, 1.0), "y"), ((0.4, -1.0), "edge")],
)
def test_the_axis_of_an_ambiguity(direction: tuple[float, float], name: str) -> None:
    assert axis_name(direction) == name


# --- ambiguity -----------------------------------------------------------------------------------


def striped(detail: float) -> Pixels:
    """(400, 500) uint8: upright stripes, and horizontal waves of `detail` grey levels."""
    stripes = np.repeat(np.random.default_rng(0).integers(40, 216, 72), 7)[:500]
    waves = detail * np.sin(np.arange(400) * 2 * np.pi / 97)
    return np.clip(stripes[None] + waves[:, None], 0, 255).astype(np.uint8)


def ambiguous_px(detail: float, noise: float = 0) -> float:
    grey = striped(detail)
    crop = noisy(grey[130:270, 190:310], noise)
    found = find_ambiguity(crop, grey, Placement(1, 1, 190, 130))
    return found.px if found else 0.0


@pytest.mark.parametrize(("detail", "px"), [(0, 64), (4, 12), (10, 4), (20, 2), (30, 0)])
def test_stripes_are_ambiguous_until_something_holds_them(detail: float, px: float) -> None:
    assert ambiguous_px(detail) == pytest.approx(px)


def test_noise_makes_a_crop_a_little_more_ambiguous() -> None:
    """Where noise hides a third of what a shift would add, the shift fits as well."""
    assert ambiguous_px(12) == pytest.approx(4)
    assert ambiguous_px(12, noise=15) == pytest.approx(6)


def test_two_pixels_of_ambiguity_are_said() -> None:
    grey = striped(20)
    crop, source = grey_picture(grey[130:270, 190:310].copy()), grey_picture(grey, "b")
    placement = Placement(1, 1, 190, 130)
    fit = Fit(Hypothesis(crop, source, crop.frame, placement, "whole"), placement, GOOD, GOOD)
    found = make_relation(fit, 0.999, overlay=False)
    assert (found.verdict, found.doubt_axis) == ("ambiguous", "y")
    assert found.doubt_px == pytest.approx(2)


# --- align ---------------------------------------------------------------------------------------


def aligned(
    crop: Pixels, source: Pixels, start: Placement, *, free: bool = True
) -> Placement | None:
    patches = make_patches(crop, source, start)
    assert patches is not None
    found = align(patches, free=free)
    return patches.to_original(found) if found else None


def test_a_black_box_on_the_crop_does_not_pull_at_it() -> None:
    crop = alps().copy()
    crop[50:200, 100:300] = 0
    found = aligned(crop[..., 1], pixels_of(ALPS)[..., 1], Placement(1, 1, 303.5, 151))
    assert found
    assert (found.x, found.y) == pytest.approx(BOX[:2], abs=0.4)


@pytest.mark.parametrize(("degrees", "is_turned"), [(0.1, False), (0.3, True)])
def test_less_than_a_fifth_of_a_degree_is_no_turn(degrees: float, is_turned: bool) -> None:
    image = Image.fromarray(pixels_of(ALPS)).rotate(degrees, Image.Resampling.BICUBIC)
    crop = np.asarray(image)[BOX[1] : BOX[3], BOX[0] : BOX[2], 1]
    found = aligned(crop, pixels_of(ALPS)[..., 1], Placement(1, 1, *map(float, BOX[:2])))
    assert found
    assert found.turn == pytest.approx(math.radians(degrees) if is_turned else 0, abs=1e-3)


def test_along_stripes_one_scale_is_held_to_the_other() -> None:
    grey = striped(0)
    crop = grey[130:270, 190:310].copy()
    found = aligned(crop, grey, Placement(1.02, 1.02, 189, 129))
    assert found
    assert found.scale_x == pytest.approx(1, abs=0.004)
    assert found.scale_y == pytest.approx(found.scale_x, abs=0.004)


def test_without_freedom_a_squeezed_crop_keeps_one_scale() -> None:
    crop, source = resized(alps(), 0.99, 1.0)[..., 1], pixels_of(ALPS)[..., 1]
    free, even = (
        aligned(crop, source, Placement(1.005, 1.005, *map(float, BOX[:2])), free=free)
        for free in (True, False)
    )
    assert free
    assert even
    assert free.scale_x / free.scale_y == pytest.approx(1 / 0.99, abs=0.001)
    assert even.scale_x / even.scale_y < 1.006


def test_another_region_is_hopeless_and_a_noisy_one_is_not() -> None:
    source = pixels_of(ALPS)[..., 1]
    start = Placement(1, 1, *map(float, BOX[:2]))
    assert aligned(pixels_of(BOATS)[100:350, 100:500, 1], source, start) is None
    assert aligned(noisy(alps(), 40)[..., 1], source, start)


# --- verify --------------------------------------------------------------------------------------


def waves(level: float, period: int, shape_hw: tuple[int, int] = (192, 192)) -> Pixels:
    """(H, W) float32 of mean 0 and standard deviation `level`, the same in every block."""
    v, u = np.indices(shape_hw) * 2 * np.pi / period
    return np.asarray(2 * level * np.sin(u) * np.sin(v), np.float32)


def measured(crop: Pixels, region: Pixels, table: int | None = None) -> tuple[Agreement, Agreement]:
    """Agreement of two patches of equal size in place."""
    patches = Patches(
        np.asarray(crop, np.float32), np.asarray(region, np.float32), Placement(1, 1, 0, 0),
        (1.0, 1.0), (1.0, 1.0), (0, 0),
    )  # fmt: skip
    tables = ((table,) * 64, None) if table else (None, None)
    return measure_agreement(patches, patches.start, tables)


@pytest.mark.parametrize(
    ("differs_by", "odd", "between"), [(2.2, 0, 0), (3.5, 0, 1), (5, 0, 1), (7, 1, 0)]
)
def test_blocks_fit_are_covered_or_lie_between(differs_by: float, odd: int, between: int) -> None:
    """A block of contrast 30 may differ by 1.4 grey levels: it fits up to 2.8, is odd from 5.6."""
    crop = 128 + waves(30, 32)
    other = np.roll(waves(differs_by, 32), 8, axis=1)  # as strong everywhere, uncorrelated
    found, _ = measured(crop, crop + other)
    assert (round(found.odd), round(found.between)) == (odd, between)


def test_a_block_that_does_not_correlate_is_odd_however_weak() -> None:
    crop, other = waves(2.2, 32), np.roll(waves(2.2, 32), 8, axis=1)
    found, _ = measured(128 + crop, 128 + other)
    assert found.odd == 1
    alike, _ = measured(128 + crop, 128 + 0.8 * crop + 0.6 * other)
    assert alike.odd == 0


@pytest.mark.parametrize(("level", "textured"), [(1.2, 0), (1.9, 36)])
def test_a_block_with_little_contrast_is_no_texture(level: float, textured: int) -> None:
    assert count_textured_blocks((128 + waves(level, 32)).round().astype(np.uint8)) == textured
    found, _ = measured(128 + waves(level, 32), 128 + waves(level, 32))
    assert found.textured == textured


@pytest.mark.parametrize(("level", "textured"), [(16, 0), (20, 36)])
def test_texture_has_to_rise_above_the_noise_of_compression(level: float, textured: int) -> None:
    found, _ = measured(128 + waves(level, 32), 128 + waves(level, 32), table=120)
    assert found.textured == textured


def test_a_change_of_tones_leaves_colours_behind() -> None:
    """What differs by 4 levels fits after a change of 30, and only nearly fits after none."""
    crop = 128 + waves(30, 32)
    other = np.roll(waves(4, 32), 8, axis=1)
    same, _ = measured(crop, crop + other)
    toned, _ = measured(crop, crop - 30 + other)
    assert (round(same.between), round(toned.between)) == (1, 0)
    assert toned.tone == pytest.approx(30, abs=1)
    far, _ = measured(crop, crop - 30 + 3 * other)
    assert round(far.between + far.odd) == 1


# --- noise, tone, confidence ---------------------------------------------------------------------


def test_noise_that_two_true_copies_may_show() -> None:
    contrast = np.array([0.0, 10.0, 50.0], np.float32)
    bare = expected_noise(contrast, (None, None), (1.0, 1.0))
    assert bare == pytest.approx([0.7, 0.806, 2.119], abs=0.005)
    fine = expected_noise(contrast, (None, None), (1.0, 1.0), fine=True)
    assert fine == pytest.approx([0.495, 0.636, 2.060], abs=0.005)
    steps = expected_noise(contrast, ((40,) * 64, None), (1.0, 1.0))
    assert steps == pytest.approx([0.7, 3.65, 4.52], abs=0.3)


@pytest.mark.parametrize("gamma", [0.6, 1.6])
def test_a_curve_of_tones_is_followed_closely(gamma: float) -> None:
    region = np.asarray(pixels_of(ALPS)[..., 1], np.float32)
    crop = np.asarray(255 * (region / 255) ** gamma, np.float32)
    tone = fit_tone(region, crop, np.ones(region.shape, bool))
    assert np.abs(tone.apply(region) - crop).mean() < 0.3


@pytest.mark.parametrize(
    ("fine", "residual", "detail", "sure"),
    [
        (0.999, 0.5, 0.5, 0.9996),
        (0.99, 1.5, 1.5, 0.953),
        (0.98, 2.4, 2.7, 0.59),
        (0.9, 3, 3, 0.115),
    ],
)
def test_confidence_of_four_agreements(
    fine: float, residual: float, detail: float, sure: float
) -> None:
    agreed = Agreement(fine, residual, detail, 80, 0.0, 0.0, 0.5)
    assert confidence(agreed) == pytest.approx(sure, abs=0.02)


# --- picture: borders ----------------------------------------------------------------------------


def bordered(border: int, *, border_rows: Pixels | None = None, share: float = 1.0) -> Pixels:
    """(100, 100) uint8: rows of texture between two borders of `border` rows."""
    grey = np.full((100, 100), 120, np.uint8)
    if border_rows is not None:
        grey[:] = border_rows
    busy = np.random.default_rng(0).choice([60, 180], (100, 100))
    inner = busy[border : 100 - border]
    inner = np.where(np.arange(100) < 100 * share, inner, 120)
    grey[border : 100 - border] = inner
    return grey


def test_a_border_is_at_most_three_tenths_of_a_side() -> None:
    assert find_content(bordered(28)).xyxy == (0, 28, 100, 72)
    assert find_content(bordered(34)).xyxy == (0, 0, 100, 100)


def test_a_border_is_even() -> None:
    """Of one grey up to some noise; a fine pattern is picture, though it stays near its median."""
    rng = np.random.default_rng(1)
    noise = np.clip(rng.normal(120, 4, (100, 100)), 112, 128).astype(np.uint8)
    pattern = np.resize(np.array([111, 129] * 9 + [120, 120], np.uint8), (100, 100))
    assert find_content(bordered(20, border_rows=noise)).y0 == 20
    assert find_content(bordered(20, border_rows=pattern)).xyxy == (0, 0, 100, 100)


@pytest.mark.parametrize(("step", "top"), [(14, 20), (8, 30)])
def test_a_border_ends_where_grey_changes(step: int, top: int) -> None:
    grey = np.full((100, 100), 120, np.uint8)
    grey[20:] = 120 + step
    grey[40:] = np.random.default_rng(0).choice([60, 180], (60, 100))
    assert find_content(grey).y0 == top


@pytest.mark.parametrize(("columns", "top"), [(5, 30), (12, 20)])
def test_a_border_may_hold_specks(columns: int, top: int) -> None:
    grey = np.full((100, 100), 120, np.uint8)
    grey[20:, 40 : 40 + columns] = 20
    grey[40:] = np.random.default_rng(0).choice([60, 180], (60, 100))
    assert find_content(grey).y0 == top


# --- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "verdict"), [(31, "unknown"), (33, "crop")])
def test_under_32_pixels_there_is_no_evidence(side: int, verdict: str) -> None:
    tile = make_picture(encode(np.ascontiguousarray(alps()[100 : 100 + side, 60 : 60 + 4 * side])))
    found = compare_pictures(tile, picture_of(ALPS))
    assert found is not None
    assert found.verdict == verdict

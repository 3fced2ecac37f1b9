"""Near misses of the thresholds of squish and selfie; scripts/mutants/questions.toml moves each."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log

import numpy as np
import pytest

from photoloupe.media.facts import Facts
from photoloupe.media.frame_hints import Declared
from photoloupe.questions import selfie, squish
from photoloupe.questions.squish import Squish
from photoloupe.questions.squish_evidence import with_evidence

# --- squish: what is squished, what is unsure ----------------------------------------------------


def spread(**shares: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Logits of which `narrow` lies on t = -0.7, `none` on 0, `low` on 0.7."""
    probabilities = np.full(len(squish.BINS), 1e-12)
    for name, t in (("narrow", -0.7), ("none", 0.0), ("low", 0.7)):
        probabilities += shares.get(name, 0.0) * squish.make_target(t)
    return np.asarray(np.log(probabilities))


@pytest.mark.parametrize(("none", "unsure"), [(0.11, False), (0.09, True)])
def test_a_card_that_does_not_say_believes_one_in_ten(none: float, unsure: bool) -> None:
    answer = squish.decode(spread(narrow=1 - none, none=none), threshold=0.95)
    assert (answer.squished, answer.unsure) == (False, unsure)


@pytest.mark.parametrize(("narrow", "squished"), [(0.81, True), (0.79, False)])
def test_four_fifths_lie_on_one_side(narrow: float, squished: bool) -> None:
    answer = squish.decode(spread(narrow=narrow, low=1 - narrow), threshold=0.95)
    assert (answer.squished, answer.unsure) == (squished, not squished)


def test_the_ratio_lies_half_way_between_median_and_mean() -> None:
    """Of .6 on t = -0.7 and .4 on t = 0.7: the mean is -0.14, the median -0.67."""
    median = -0.75 + 0.1 * 0.5 / 0.6
    answer = squish.decode(spread(narrow=0.6, low=0.4), threshold=0.95)
    assert log(answer.width_ratio) == pytest.approx((median - 0.14) / 2, abs=1e-3)


# --- squish: evidence ----------------------------------------------------------------------------

WIDE = Facts("a.jpg", "0" * 64, 1000, "JPEG", 1920, 1080)
PLAIN = Squish(1.0, 1.0, False, 0.9)


def evidence(answer: Squish, frame_wh: tuple[int, int], declared: Declared | None = None) -> str:
    facts = replace(WIDE, width=frame_wh[0], height=frame_wh[1], declared=declared or Declared())
    return " ".join(with_evidence(answer, facts).evidence)


@pytest.mark.parametrize(("width", "is_named"), [(1941, True), (1946, False)])
def test_a_frame_has_a_name_within_a_hundredth(width: int, is_named: bool) -> None:
    """16:9 is 1,920 x 1,080; 1.1 and 1.3 % wider."""
    squished = Squish(1.0, 0.75 * 1920 / width, True, 0.99)
    assert ("shown as 16:9" in evidence(squished, (width, 1080))) == is_named


@pytest.mark.parametrize(("off", "is_named"), [(0.045, True), (0.055, False)])
def test_the_aspect_that_a_ratio_leads_to_is_a_guess(off: float, is_named: bool) -> None:
    squished = Squish(1.0, 9 / 16 * exp(-off), True, 0.99)
    assert ("1:1 shown as 16:9" in evidence(squished, (1920, 1080))) == is_named


@pytest.mark.parametrize(("height", "is_listed"), [(1098, False), (1106, True)])
def test_an_exif_size_that_differs_by_rounding_is_no_evidence(height: int, is_listed: bool) -> None:
    """1,080 rows, and 1.7 or 2.4 % more in EXIF."""
    said = evidence(PLAIN, (1920, 1080), Declared(size_wh=(1920, height)))
    assert said.startswith(f"EXIF size 1920 x {height}") == is_listed


# --- selfie: how strong a signal is --------------------------------------------------------------


@pytest.mark.parametrize(
    ("logit", "words"),
    [
        (0.6, "says little"),
        (-0.6, "says little"),
        (0.8, "for a selfie"),
        (-0.8, "against"),
        (2.9, "for a selfie"),
        (3.1, "strongly for a selfie"),
        (-3.1, "strongly against"),
    ],
)
def test_the_strength_of_a_signal_in_words(logit: float, words: str) -> None:
    answer = selfie.decode(logit, {"threshold": 0.5})
    assert answer.evidence == (f"picture: {words}",)


@pytest.mark.parametrize(
    ("lens", "logit", "is_selfie"),
    [
        ("front camera 2.71mm", -2.9, True),
        ("front camera 2.71mm", -3.1, False),
        ("back camera 6mm", 2.1, True),
        ("back camera 6mm", 1.9, False),
    ],
)
def test_a_lens_counts_as_much_as_a_clear_picture(lens: str, logit: float, is_selfie: bool) -> None:
    assert selfie.decode(logit, {"threshold": 0.5}, lens=lens).is_selfie == is_selfie


@pytest.mark.parametrize(("weight", "words"), [(0.6, ""), (0.8, ": for a selfie")])
def test_faces_that_say_little_are_listed_without_a_strength(weight: float, words: str) -> None:
    answer = selfie.decode(0.0, {"threshold": 0.5, "faces.none": weight}, faces=())
    assert answer.evidence[1] == f"no face found{words}"

"""Hand-worked examples of what each answer means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from photoloupe.questions import aesthetics, selfie, squish
from photoloupe.questions.squish import Squish


@pytest.mark.parametrize("t", [0.0, -0.69, 0.05, 1.61, -1.7])
def test_a_squish_target_is_a_distribution_with_mean_t(t: float) -> None:
    target = squish.make_target(t)
    assert target.sum() == pytest.approx(1)
    assert float(target @ squish.BINS) == pytest.approx(t, abs=1e-6)
    assert (target > 0).sum() <= 2


def test_half_width_decodes_to_half_width() -> None:
    logits = np.log(squish.make_target(-0.7) + 1e-12)
    answer = squish.decode(logits, threshold=0.5)
    assert answer.width_ratio == pytest.approx(np.exp(-0.7), abs=1e-4)
    assert answer.height_ratio == 1
    assert answer.squished
    assert answer.confidence > 0.99


def test_untouched_decodes_to_not_squished_with_the_doubt_it_has() -> None:
    probabilities = np.full(35, 0.2 / 34)
    probabilities[squish.CENTRE] = 0.8
    answer = squish.decode(np.log(probabilities), threshold=0.5)
    assert not answer.squished
    assert answer.confidence == pytest.approx(0.8)
    assert max(answer.width_ratio, answer.height_ratio) == 1


@pytest.mark.parametrize(
    ("shares", "t"),
    [
        ({-0.7: 1.0}, -0.7),
        ({-0.7: 0.5, 0.7: 0.5}, -0.65),  # the upper end of the bin that reaches one half
        ({0.2: 0.3, 0.3: 0.4, 1.6: 0.3}, 0.3),
        ({0.2: 0.2, 0.3: 0.6, 0.4: 0.2}, 0.3),
        ({0.2: 0.4, 0.3: 0.4, 0.4: 0.2}, 0.275),
        ({-0.5: 0.4, 0.0: 0.2, 0.3: 0.4}, 0.0),
    ],
)
def test_the_answer_lies_half_way_between_mean_and_median(
    shares: dict[float, float], t: float
) -> None:
    spread = np.zeros(35)
    for at, share in shares.items():
        spread[round(at * 10) + squish.CENTRE] = share
    mean = sum(at * share for at, share in shares.items())
    assert squish.median_log_ratio(spread) == pytest.approx(t)
    assert squish.likely_log_ratio(spread) == pytest.approx((mean + t) / 2)


def test_squished_height_leaves_the_width_alone() -> None:
    logits = np.log(squish.make_target(0.3) + 1e-12)
    answer = squish.decode(logits, 0.5)
    assert answer.width_ratio == 1
    assert answer.height_ratio == pytest.approx(np.exp(-0.3), abs=1e-4)


def squish_of(**probabilities: float) -> Squish:
    """width, none, height: what lies on t = -0.7, 0 and 0.7."""
    spread = np.full(35, 1e-9)
    for name, t in (("width", -0.7), ("none", 0.0), ("height", 0.7)):
        spread += probabilities.get(name, 0.0) * squish.make_target(t)
    return squish.decode(np.log(spread), threshold=0.95, sure=0.2)


def test_between_squished_and_not_lies_unsure() -> None:
    found = squish_of(width=0.97, none=0.03)
    assert (found.squished, found.unsure) == (True, False)
    doubt = squish_of(width=0.9, none=0.1)
    assert (doubt.squished, doubt.unsure) == (False, True)
    assert doubt.confidence == pytest.approx(0.1, abs=1e-4)
    free = squish_of(width=0.7, none=0.3)
    assert (free.squished, free.unsure) == (False, False)


def test_a_squish_of_either_side_is_unsure() -> None:
    """Surely squished, but a repair of the wrong side would be worse than none."""
    split = squish_of(width=0.6, height=0.4)
    assert (split.squished, split.unsure) == (False, True)
    assert squish_of(width=0.9, height=0.1).squished


def test_in_words() -> None:
    assert squish_of(width=1).in_words() == "width to 50%"
    assert squish_of(height=1).in_words() == "height to 50%"
    assert squish_of(width=0.6, height=0.4).in_words() == "unsure"
    assert squish_of(none=1).in_words() == "-"


def test_rating_distribution_follows_the_normal() -> None:
    target = aesthetics.make_target(5.5, 1.5)
    edges = norm.cdf(np.arange(0.5, 11), 5.5, 1.5)
    assert target == pytest.approx(np.diff(edges) / (edges[-1] - edges[0]), abs=1e-6)
    assert float(target @ aesthetics.RATINGS) == pytest.approx(5.5)


def test_emd_by_hand() -> None:
    first, second, last = np.eye(10)[0], np.eye(10)[1], np.eye(10)[9]
    assert aesthetics.emd(first, first) == 0
    assert aesthetics.emd(first, second) == pytest.approx(np.sqrt(1 / 10))  # CDFs differ once by 1
    assert aesthetics.emd(first, last) == pytest.approx(np.sqrt(9 / 10))


def test_score_is_the_mean_and_std_of_the_distribution() -> None:
    answer = aesthetics.decode(np.log(np.array([1e-9] * 4 + [0.5, 0.5] + [1e-9] * 4)))
    assert answer.score == pytest.approx(5.5, abs=1e-6)
    assert answer.std == pytest.approx(0.5, abs=1e-6)
    assert sum(answer.distribution) == pytest.approx(1)


def test_a_probability_is_safe_at_both_ends() -> None:
    assert selfie.probability(-800) == 0
    assert selfie.probability(800) == 1
    assert selfie.probability(1.0) == pytest.approx(1 / (1 + np.exp(-1)))

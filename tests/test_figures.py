"""Figures against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from photoloupe.figures import figure, mse, plcc, ranks, share, srcc, wilson


def test_correlations_against_scipy_ties_and_all() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=200).round(1)
    b = a + rng.normal(size=200)
    assert plcc(a, b) == pytest.approx(stats.pearsonr(a, b).statistic)
    assert srcc(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
    assert np.array_equal(ranks(a), stats.rankdata(a))
    assert plcc(a, 0 * b) == srcc(0 * a, b) == 0


def test_errors_by_hand() -> None:
    assert mse(np.array([1.0, 2, 6]), np.array([1.0, 4, 5])) == pytest.approx(5 / 3)
    assert share(np.array([True, False, True, True])) == 0.75
    assert list(ranks(np.array([5.0, 1, 5, 9]))) == [2.5, 1, 2.5, 4]
    assert wilson(0, 0) == (0, 1)
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Wilson 1927, z = 1.96


def test_the_interval_is_scipys() -> None:
    rng = np.random.default_rng(1)
    a = rng.normal(size=80)
    b = a + rng.normal(size=80)
    wanted = stats.bootstrap(
        (a, b), plcc, n_resamples=999, vectorized=False, paired=True, method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    found = figure("PLCC", plcc, a, b)
    assert (found["low"], found["high"]) == pytest.approx(tuple(wanted), abs=1e-4)
    assert found["n"] == 80


def test_rows_of_one_group_are_drawn_together() -> None:
    values = np.repeat([0.0, 1.0, 2.0, 3.0], 25)
    alone = figure("mean", share, values)
    together = figure("mean", share, values, groups=np.repeat([*"dbca"], 25))
    assert together["high"] - together["low"] > 3 * (alone["high"] - alone["low"])
    one = figure("mean", share, values, groups=np.zeros(100))
    assert one["low"] == one["value"] == one["high"] == 1.5

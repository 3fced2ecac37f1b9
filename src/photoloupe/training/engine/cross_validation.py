"""Answers about photos that a fit did not have: groups are left out in turn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from photoloupe.arrays import Array


def folds_of(groups: Array, count: int, seed: int = 0) -> Array:
    """(N,) group of each photo -> (N,) which of `count` folds it is in; a group is in one fold."""
    names = np.unique(groups)
    order = np.random.default_rng(seed).permutation(len(names)) % count
    fold = dict(zip(names, order, strict=True))
    return np.array([fold[name] for name in groups])


def over_folds(fold: Array, fit: Callable[[Array], Callable[[Array], Array]]) -> Array:
    """(N,) folds -> (N, ...): answers of fits that had no photo of the same fold.

    fit: indices to learn from -> indices to be asked about -> their answers.
    """
    answers: list[Array] = [np.empty(0)] * len(fold)
    for name in np.unique(fold):
        ask, held = fit(np.flatnonzero(fold != name)), np.flatnonzero(fold == name)
        for place, answer in zip(held, ask(held), strict=True):
            answers[place] = answer
    return np.stack(answers)

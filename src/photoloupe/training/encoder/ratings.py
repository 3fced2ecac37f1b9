"""Learning the rating head from features of rated photos and of damaged copies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from photoloupe.arrays import Array
from photoloupe.training.damaged_copies.damage import LOOSE
from photoloupe.training.encoder.copies import PLAIN, damage_of
from photoloupe.training.encoder.data import EncoderData
from photoloupe.training.encoder.features import ViewName
from photoloupe.training.encoder.heads import BEAUTY, CONTEST, RatingHead, likeness
from photoloupe.training.encoder.recipe import RatingSection
from photoloupe.training.engine.cross_validation import folds_of
from photoloupe.training.engine.tables import rating

LOOSE_GAP = 0.4  # the share of the gap that is asked of a copy that changed what is shown


class RatingLearner:
    """N points: R rated photos first, then photos and damaged copies of P pairs.

    names: (N,) views; sets: (N,) which ratings a point is of, copies counting as the contest's;
    targets: (R, 2) means and spreads; better, worse: (P,) points; gaps: (P,), 0 to 1.
    """

    def __init__(
        self, data: EncoderData, features: dict[ViewName, Array], settings: RatingSection
    ) -> None:
        self.settings = settings
        rows = [*data.contest, *data.beauty]
        originals = [(name, PLAIN) for name, _ in data.order]
        more = list(dict.fromkeys([*originals, *data.order]))
        self.names = [*((row["name"], PLAIN) for row in rows), *more]
        self.targets = np.array([rating(row) for row in rows])
        self.contest = len(data.contest)
        self.rated = len(rows)
        self.sets = np.zeros(len(self.names), int) + CONTEST
        self.sets[self.contest : self.rated] = BEAUTY
        self.groups = np.array([row["group"] for row in rows])
        place = {name: self.rated + number for number, name in enumerate(more)}
        self.better = np.array([place[name] for name in originals], int)
        self.worse = np.array([place[name] for name in data.order], int)
        self.gaps = np.array([gap_of(copy) for _, copy in data.order])
        x = np.stack([features[name] for name in self.names]).astype(np.float64)
        self.mean, self.std = x[: self.rated].mean(0), x[: self.rated].std(0) + 1e-6
        self.points = (x - self.mean) / self.std
        self.gamma = settings.gamma / x.shape[1]
        self.alike = likeness(self.points, self.points, self.gamma)

    def folds(self, count: int, seed: int) -> Array:
        """(N,) folds: of a photo and all its views, and of all photos of a theme."""
        names = [name for name, _ in self.names]
        theme = dict(zip(names, self.groups, strict=False))
        return folds_of(np.array([theme.get(name, name) for name in names]), count, seed)

    def learn(self, chosen: Array) -> RatingHead:
        """A head of the chosen points, (N,) of truth values; a pair needs both of its points."""
        rated = np.flatnonzero(chosen[: self.rated])
        pairs = np.flatnonzero(chosen[self.better] & chosen[self.worse])
        weights, base = self._regress(rated, pairs)
        contest, beauty = (
            weights * np.where(self.sets == which, 1.0, self.settings.share)[:, None]
            for which in (CONTEST, BEAUTY)
        )
        damage = self._regress_damage(rated, pairs)
        settings = self.settings
        return RatingHead(
            self.mean,
            self.std,
            self.points,
            self.gamma,
            np.stack([contest[:, 0], contest[:, 1], beauty[:, 0], damage], 1),
            np.array([*base[CONTEST], base[BEAUTY, 0], 0.0]),
            settings.strength,
            settings.threshold,
        )

    def _regress(self, rated: Array, pairs: Array) -> tuple[Array, Array]:
        """(N, 2) weights and (2, 2) base: mean and spread of each set."""
        sets, better, worse = self.sets, self.better[pairs], self.worse[pairs]
        base = np.array([self.targets[rated][sets[rated] == k].mean(0) for k in (CONTEST, BEAUTY)])
        more = np.concatenate([rated, better])
        count = len(rated)
        gram = self._shared(more, more)
        gram[:, count:] -= self._shared(more, worse)
        crossed = self._shared(worse, rated), self._shared(worse, better)
        gram[count:] -= np.concatenate([crossed[0], crossed[1] - self._shared(worse, worse)], 1)
        ridge, order = self.settings.ridge, self.settings.order
        gram[np.diag_indices_from(gram)] += np.repeat([ridge, ridge / order], [count, len(pairs)])
        margins = self.settings.margin * self.gaps[pairs]
        wanted = np.stack([margins, np.zeros(len(pairs))], 1)
        solved = _solved(gram, np.concatenate([self.targets[rated] - base[sets[rated]], wanted]))
        weights = np.zeros((len(self.names), 2))
        weights[rated] = solved[:count]
        np.add.at(weights, better, solved[count:])
        np.add.at(weights, worse, -solved[count:])
        return weights, base

    def _regress_damage(self, rated: Array, pairs: Array) -> Array:
        """(N,) weights of an answer that is 0 for photos and the gap for their copies."""
        wanted = np.zeros(len(self.names))
        wanted[self.worse] = self.gaps
        used = np.unique(np.concatenate([rated, self.better[pairs], self.worse[pairs]]))
        gram = self.alike[np.ix_(used, used)]
        gram[np.diag_indices_from(gram)] += self.settings.damage_ridge
        weights = np.zeros(len(self.names))
        weights[used] = _solved(gram, wanted[used])
        return weights

    def _shared(self, a: Array, b: Array) -> Array:
        """Kernel of points, less where they are of different sets."""
        same = self.sets[a][:, None] == self.sets[b][None]
        return np.asarray(self.alike[np.ix_(a, b)] * np.where(same, 1.0, self.settings.share))


def gap_of(copy: str) -> float:
    """How much worse a damaged copy is, 0 to 1."""
    kind, strength = damage_of(copy)
    return strength * (LOOSE_GAP if kind in LOOSE else 1.0)


def as_stored(head: RatingHead) -> RatingHead:
    """The head as a file keeps it: points in float16, those without weight left out."""
    used = np.abs(head.weights).max(1) > 0
    points = head.points[used].astype(np.float16).astype(np.float64)
    weights = head.weights[used].astype(np.float32).astype(np.float64)
    return replace(head, points=points, weights=weights)


def _solved(gram: Array, wanted: Array) -> Array:
    factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(cho_solve(factor, wanted, check_finite=False))

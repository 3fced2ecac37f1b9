"""Photos in order of how good they look, and the best of every burst.

A score is sure enough to tell a good photo from a poor one, not to choose among ten shots of one
moment; so photos of one burst are found first, and the best of each is marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from photoloupe.inspector import Inspection, Inspector
from photoloupe.media.exposure import clock_seconds
from photoloupe.media.inputs import Inputs, list_inputs
from photoloupe.models.card import Card
from photoloupe.report import PhotoReport

BURST_SECONDS = 10.0  # between two shots of one moment, by the camera's clock
CELLS = 2**24  # pairs compared at once


@dataclass(frozen=True)
class Ranked:
    """rank: 1 for the best; percentile: share of the set that scores no higher, 0 to 100.

    burst: number of the burst it belongs to, from 1; None if it is alone. best: of its burst, or
    alone. An unreadable photo has a report with `error`, a blank one a `note`, and neither a rank.
    """

    report: PhotoReport
    rank: int | None = None
    percentile: float | None = None
    burst: int | None = None
    best: bool = False

    @property
    def score(self) -> float:
        """1 to 10; 0 if there is none."""
        return self.report.aesthetics.score if self.report.aesthetics else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The report's keys, after its own."""
        own = {name: getattr(self, name) for name in ("rank", "percentile", "burst", "best")}
        return {**own, **self.report.to_dict()}


def rank(
    photos: Inputs, *, inspector: Inspector | None = None, bursts: bool = True
) -> list[Ranked]:
    """Photos from best to worst, in the order given where scores are equal.

    Unreadable ones come last, and those without a photograph to judge. photos: as in `inspect`;
    bursts: find them, by embedding and by the time they were taken. Holds a report a photo.
    """
    inspector = inspector or Inspector()
    answers = list(inspector.stream_inspections(list_inputs(photos)))
    good = [answer for answer in answers if _is_judged(answer.report)]
    names = find_bursts(good, inspector.embedding_card) if bursts else [None] * len(good)
    rows = [Ranked(answer.report, burst=name) for answer, name in zip(good, names, strict=True)]
    bad = [Ranked(answer.report) for answer in answers if not _is_judged(answer.report)]
    return [*_in_order(rows), *bad]


def _is_judged(report: PhotoReport) -> bool:
    return report.error is None and report.note is None


def _in_order(rows: list[Ranked]) -> Iterator[Ranked]:
    scores = np.sort([row.score for row in rows])
    seen = set[int]()
    for number, row in enumerate(sorted(rows, key=lambda row: -row.score), 1):
        below = np.searchsorted(scores, row.score, side="right")
        best = row.burst is None or row.burst not in seen
        seen |= {row.burst} if row.burst is not None else set()
        yield Ranked(row.report, number, round(100 * float(below) / len(rows), 1), row.burst, best)


def find_bursts(answers: Sequence[Inspection], card: Card | None) -> list[int | None]:
    """Number of each photo's burst, in order of their first photos; None for one that is alone.

    Two photos are of one burst if they look alike, if they are related and were taken within ten
    seconds, or if the camera gave them one sequence id; and so is whatever is of one burst with
    either. card: of the model that made the embeddings; it holds the cosines from which photos look
    alike or are related.
    """
    vectors, taken = [a.embedding for a in answers], [_seconds(a) for a in answers]
    sequences = [a.facts.sequence if a.facts else None for a in answers]
    return group_alike(vectors, taken, card, sequences)


def group_alike(
    embeddings: Sequence[Any],
    taken: Sequence[float],
    card: Card | None,
    sequences: Sequence[str | None] = (),
) -> list[int | None]:
    """As `find_bursts`; embeddings: (N,) numbers or None each; taken: seconds, NaN if unknown.

    sequences: the camera's ids of bursts, None for a photo without.
    """
    parent = np.arange(len(embeddings))
    alike = _likes(embeddings, np.asarray(taken, float), card) if card else ()
    for a, b in (*_same_sequence(sequences), *alike):
        one, other = _root(parent, a), _root(parent, b)
        parent[max(one, other)] = min(one, other)
    roots = [_root(parent, index) for index in range(len(embeddings))]
    sizes = np.bincount(roots, minlength=len(embeddings))
    numbers: dict[int, int] = {}
    return [
        numbers.setdefault(root, len(numbers) + 1) if sizes[root] > 1 else None for root in roots
    ]


def _same_sequence(sequences: Sequence[str | None]) -> Iterator[tuple[int, int]]:
    """The first photo of each sequence, with each other one of it."""
    first: dict[str, int] = {}
    for number, name in enumerate(sequences):
        if name is not None and first.setdefault(name, number) != number:
            yield first[name], number


def _likes(
    embeddings: Sequence[Any], taken: npt.NDArray[np.float64], card: Card
) -> Iterator[tuple[int, int]]:
    """Pairs of one burst, by number."""
    known = np.array([k for k, vector in enumerate(embeddings) if vector is not None], int)
    if not len(known):
        return
    vectors = np.stack([_unit(embeddings[k]) for k in known])
    taken, some = taken[known], max(1, CELLS // len(known))
    timed = bool(np.isfinite(taken).any())
    for start in range(0, len(known), some):
        cosine = vectors[start : start + some] @ vectors.T
        alike = cosine >= card.alike
        if timed:
            with np.errstate(invalid="ignore"):  # of photos without a time
                near = np.abs(taken[start : start + some, None] - taken[None]) <= BURST_SECONDS
            alike |= near & (cosine >= card.related)
        rows, columns = np.nonzero(alike)
        for row, column in zip((rows + start).tolist(), columns.tolist(), strict=True):
            if row < column:
                yield int(known[row]), int(known[column])


def _unit(vector: Any) -> npt.NDArray[np.float32]:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


def _seconds(answer: Inspection) -> float:
    return clock_seconds(answer.facts.taken if answer.facts else None)


def _root(parent: npt.NDArray[np.int64], index: int) -> int:
    while parent[index] != index:
        parent[index] = index = int(parent[parent[index]])
    return index

"""Photos -> reports: the only inference path. Library, command line and evaluation all walk it."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from photoloupe.arrays import Float32, Floats
from photoloupe.errors import ModelError, PhotoError
from photoloupe.media.facts import Facts
from photoloupe.media.photo import (
    DEFAULT_LIMITS,
    Content,
    Limits,
    Photo,
    Source,
    open_photo,
    source_name,
)
from photoloupe.models.card import EMBEDDING, Card, installed_cards
from photoloupe.models.faces import PIXELS, Face, FaceFinder
from photoloupe.models.session import Session
from photoloupe.models.view import View, make_view
from photoloupe.parallel import available_cores
from photoloupe.questions import aesthetics, selfie, squish
from photoloupe.questions.squish_evidence import with_evidence
from photoloupe.results import TASKS, PhotoReport

EVERYTHING = (*TASKS, EMBEDDING)
BATCH = 32  # photos a call of a net; three such chunks are in memory at once, as small views


@dataclass(frozen=True)
class Look:
    """One decoded photo: its facts, a view for every model, and faces if a model weighs them."""

    facts: Facts
    views: list[View]
    faces: tuple[Face, ...] | None = None


@dataclass(frozen=True)
class Answer:
    """embedding: (card.embedding,) float32, near for pictures that look alike; None if no model
    gives one. facts: None if the photo cannot be read.
    """

    report: PhotoReport
    embedding: Float32 | None = None
    facts: Facts | None = None


class Inspector:
    """Loaded models, ready for any number of photos.

    cards: the models to ask, by default cards.installed_cards(); jobs: decoding threads, by default
    one a core; limits: see photo.Limits; only: of EVERYTHING, what to answer; models that answer
    none of it are not loaded; threads, gpu: see runtime.Session. Raises ModelError if a model
    cannot be loaded, or none is left.
    """

    def __init__(
        self,
        cards: Sequence[Card] | None = None,
        *,
        jobs: int | None = None,
        limits: Limits = DEFAULT_LIMITS,
        only: Collection[str] = EVERYTHING,
        threads: int | None = None,
        gpu: bool = False,
    ) -> None:
        self.only = frozenset(only)
        given = list(installed_cards() if cards is None else cards)
        self.cards = [card for card in given if self.only & card.answers]
        if not self.cards:
            names = ", ".join(card.name for card in given)
            asked = f"{names}: answers no {' or '.join(sorted(self.only))}"
            raise ModelError(asked if given else "no model is installed")
        self.sessions = [Session(card, threads=threads, gpu=gpu) for card in self.cards]
        settings = [card.tasks.get("selfie", {}) for card in self.cards if "selfie" in self.only]
        weighs_faces = any(map(selfie.weights_of, settings))
        self.finder = FaceFinder() if weighs_faces else None
        self.jobs, self.limits = jobs or available_cores(), limits

    def inspect(self, photos: Iterable[Source | Photo]) -> list[PhotoReport]:
        """One report a photo, in order. A photo that cannot be read gives a report with `error`."""
        return list(self.stream(photos))

    def stream(self, photos: Iterable[Source | Photo]) -> Iterator[PhotoReport]:
        """As `inspect`, one at a time and in flat memory: for as many photos as there are."""
        return (answer.report for answer in self.stream_answers(photos))

    def stream_answers(self, photos: Iterable[Source | Photo]) -> Iterator[Answer]:
        """As `stream`, with what is known of each photo beyond its report."""
        rest = iter(photos)
        waiting: deque[list[tuple[str, Future[Look | PhotoError]]]] = deque()
        pool = ThreadPoolExecutor(self.jobs, thread_name_prefix="photoloupe-decode")
        try:
            while chunk := list(islice(rest, BATCH)):
                waiting.append([(_name(photo), pool.submit(self.look, photo)) for photo in chunk])
                if len(waiting) > 2:  # one chunk in the net while two are being decoded
                    yield from self._answer(waiting.popleft())
            while waiting:
                yield from self._answer(waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)

    def look(self, source: Source | Photo | Content) -> Look | PhotoError:
        """Open one photo as small as the models allow; threads may call this together."""
        try:
            photo = source
            if not isinstance(photo, Photo):
                photo = open_photo(photo, min_pixels=self.least_pixels, limits=self.limits)
        except PhotoError as error:
            return error
        views = [make_view(photo.pixels, card.view_pixels) for card in self.cards]
        faces = self.finder.find(photo.pixels) if self.finder else None
        return Look(photo.facts, views, faces)

    def _asked(self, card: Card) -> list[tuple[str, dict[str, float]]]:
        return [(task, settings) for task, settings in card.tasks.items() if task in self.only]

    @property
    def least_pixels(self) -> int:
        """How many pixels of a photo its answers need; it may be decoded as small as that."""
        return max([card.view_pixels for card in self.cards] + [PIXELS] * bool(self.finder))

    def answer(self, looks: Sequence[Look]) -> list[Answer]:
        """What the models say of photos looked at, in order."""
        answers: list[dict[str, Any]] = [{"model": {}} for _ in looks]
        embeddings: list[Float32 | None] = [None] * len(looks)
        for index, (card, session) in enumerate(zip(self.cards, self.sessions, strict=True)):
            outputs = session.run([look.views[index] for look in looks])
            for row, (look, answer) in enumerate(zip(looks, answers, strict=True)):
                for task, settings in self._asked(card):
                    answer[task] = decode(task, outputs[task][row], settings, look)
                    answer["model"][task] = card.version_of(task)
                if card.embedding:
                    embeddings[row] = outputs[EMBEDDING][row].astype(np.float32)
        reports = (_report(look.facts, said) for look, said in zip(looks, answers, strict=True))
        known = zip(reports, embeddings, (look.facts for look in looks), strict=True)
        return [Answer(*all_of_it) for all_of_it in known]

    def _answer(self, chunk: list[tuple[str, Future[Look | PhotoError]]]) -> Iterator[Answer]:
        looks = [future.result() for _, future in chunk]
        answers = iter(self.answer([look for look in looks if isinstance(look, Look)]))
        for (name, _), seen in zip(chunk, looks, strict=True):
            if isinstance(seen, PhotoError):
                yield Answer(PhotoReport(path=name, error=seen))
            else:
                yield next(answers)


def decode(task: str, logits: Floats, settings: dict[str, float], look: Look) -> Any:
    """One photo's raw output of one task -> its answer in real units."""
    if task == "squish":
        sure = settings.get("sure", squish.SURE)
        return with_evidence(squish.decode(logits, settings["threshold"], sure), look.facts)
    if task == "selfie":
        return selfie.decode(float(logits[0]), settings, look.faces, look.facts.lens)
    return aesthetics.decode(logits)


def _name(source: Source | Photo) -> str:
    return source.facts.path if isinstance(source, Photo) else source_name(source)


def _report(facts: Facts, answers: dict[str, Any]) -> PhotoReport:
    return PhotoReport(
        path=facts.path,
        sha256=facts.sha256,
        width=facts.width,
        height=facts.height,
        format=facts.format,
        **answers,
    )

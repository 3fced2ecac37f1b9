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
from photoloupe.media.blank import no_photograph
from photoloupe.media.facts import Facts
from photoloupe.media.inputs import Input, Inputs, list_inputs
from photoloupe.media.photo import (
    DEFAULT_LIMITS,
    Content,
    Limits,
    Photo,
    open_photo,
    source_name,
)
from photoloupe.models.card import EMBEDDING, Card, card_with_embedding
from photoloupe.models.faces import PIXELS, Face, FaceFinder
from photoloupe.models.installed import installed_cards
from photoloupe.models.session import Session
from photoloupe.models.view import View, make_view
from photoloupe.parallel import available_cores
from photoloupe.questions.registry import QUESTIONS, check_card
from photoloupe.report import IN_MEMORY, SHOWN_ROWS, PhotoReport, Reports

EVERYTHING = (*QUESTIONS, EMBEDDING)
BATCH = 32  # photos a call of a net; three such chunks are in memory at once, as small views


@dataclass(frozen=True)
class DecodedPhoto:
    """One decoded photo: its facts, a view for every model, and faces if a model uses them.

    note: why there is no photograph to judge, None if there is one.
    """

    facts: Facts
    views: list[View]
    faces: tuple[Face, ...] | None = None
    note: str | None = None


@dataclass(frozen=True)
class Inspection:
    """A report, and what is known of a photo beyond it.

    embedding: (card.embedding,) float32, near by cosine for pictures that look alike; None if no
    model gives one, or there is no photograph to judge. facts: None if the photo cannot be read.
    """

    report: PhotoReport
    embedding: Float32 | None = None
    facts: Facts | None = None


class Inspector:
    """Loaded models, ready for any number of photos.

    cards: the models to ask, by default those that `model` names: "best", "fast" or a model of
    one's own, see models.installed.installed_cards; jobs: decoding threads, by default one a core;
    limits: see media.photo.Limits; only: of EVERYTHING, what to answer; models that answer none of
    it are not loaded; threads, gpu: see models.session.Session. Raises ModelError if a model cannot
    be loaded, or none is left.
    """

    def __init__(
        self,
        cards: Sequence[Card] | None = None,
        *,
        model: str | None = None,
        jobs: int | None = None,
        limits: Limits = DEFAULT_LIMITS,
        only: Collection[str] = EVERYTHING,
        threads: int | None = None,
        gpu: bool = False,
    ) -> None:
        self.only = frozenset(only)
        given = list(installed_cards(model) if cards is None else cards)
        for card in given:
            check_card(card)
        self.cards = [card for card in given if self.only & card.answers]
        if not self.cards:
            names = ", ".join(card.name for card in given)
            asked = f"{names}: answers no {' or '.join(sorted(self.only))}"
            raise ModelError(asked if given else "no model is installed")
        self.sessions = [Session(card, threads=threads, gpu=gpu) for card in self.cards]
        self.finder = FaceFinder() if any(map(self._uses_faces, self.cards)) else None
        self.jobs, self.limits = jobs or available_cores(), limits

    def _uses_faces(self, card: Card) -> bool:
        return any(QUESTIONS[name].uses_faces(card.tasks[name]) for name in self._asked(card))

    def inspect(self, photos: Inputs, *, image_key: str | None = None) -> Reports:
        """One report a photo, in order. A photo that cannot be read gives a report with `error`.

        photos: a path, folder, glob, bytes, binary file, Pillow image, uint8 array (H, W, 3) or
        (H, W), a row with one of these, a table of rows, or an iterable of all that; image_key:
        the column of rows that holds the picture; see media.inputs.list_inputs.
        """
        shown: dict[int, Input] = {}  # pictures without a file, for the table's thumbnails

        def remembered() -> Iterator[Input]:
            for index, photo in enumerate(list_inputs(photos, image_key)):
                if index < SHOWN_ROWS and isinstance(photo, IN_MEMORY):
                    shown[index] = photo
                yield photo

        reports = [inspected.report for inspected in self.stream_inspections(remembered())]
        return Reports(reports, {id(reports[index]): photo for index, photo in shown.items()})

    def stream(self, photos: Inputs, *, image_key: str | None = None) -> Iterator[PhotoReport]:
        """As `inspect`, one at a time and in flat memory: for as many photos as there are."""
        inspections = self.stream_inspections(list_inputs(photos, image_key))
        return (inspected.report for inspected in inspections)

    def stream_inspections(self, photos: Iterable[Input]) -> Iterator[Inspection]:
        """One inspection an item, in order; a path is one file, and a PhotoError is passed on.

        As `stream` of the same items, with what is known of each photo beyond its report.
        """
        rest = iter(photos)
        waiting: deque[list[tuple[str, Future[DecodedPhoto | PhotoError]]]] = deque()
        pool = ThreadPoolExecutor(self.jobs, thread_name_prefix="photoloupe-decode")
        try:
            while chunk := list(islice(rest, BATCH)):
                waiting.append(
                    [(_name(photo), pool.submit(self.decode_photo, photo)) for photo in chunk]
                )
                if len(waiting) > 2:  # one chunk in the net while two are being decoded
                    yield from self._answer(waiting.popleft())
            while waiting:
                yield from self._answer(waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)

    def decode_photo(self, source: Input) -> DecodedPhoto | PhotoError:
        """Open one photo as small as the models allow; threads may call this together."""
        if isinstance(source, PhotoError):
            return source
        try:
            photo = source
            if not isinstance(photo, Photo):
                photo = open_photo(photo, min_pixels=self.least_pixels, limits=self.limits)
        except PhotoError as error:
            return error
        views = [make_view(photo.pixels, card.view_pixels, card.view) for card in self.cards]
        faces = self.finder.find(photo.pixels) if self.finder else None
        return DecodedPhoto(photo.facts, views, faces, no_photograph(photo))

    @property
    def embedding_card(self) -> Card | None:
        """The card of the model that gives embeddings; None if no model does."""
        return card_with_embedding(self.cards)

    @property
    def least_pixels(self) -> int:
        """How many pixels of a photo its answers need; it may be decoded as small as that."""
        return max([card.view_pixels for card in self.cards] + [PIXELS] * bool(self.finder))

    def answer(self, photos: Sequence[DecodedPhoto]) -> list[Inspection]:
        """What the models answer about decoded photos, in order."""
        answers: list[dict[str, Any]] = [{} for _ in photos]
        embeddings: list[Float32 | None] = [None] * len(photos)
        for index, (card, session) in enumerate(zip(self.cards, self.sessions, strict=True)):
            outputs = session.run([photo.views[index] for photo in photos])
            for row, (photo, found) in enumerate(zip(photos, answers, strict=True)):
                if photo.note is not None:
                    continue
                found.update(self._decode(card, outputs, row, photo))
                if card.embedding:
                    embeddings[row] = outputs[EMBEDDING][row].astype(np.float32)
        model = {name: card.version_of(name) for card in self.cards for name in self._asked(card)}
        return [
            Inspection(_report(photo, found, model), embedding, photo.facts)
            for photo, found, embedding in zip(photos, answers, embeddings, strict=True)
        ]

    def _decode(
        self, card: Card, outputs: dict[str, Floats], row: int, photo: DecodedPhoto
    ) -> dict[str, Any]:
        """One photo's outputs of one model -> its answers in real units, by question."""
        return {
            name: QUESTIONS[name].decode(outputs[name][row], card.tasks[name], photo)
            for name in self._asked(card)
        }

    def _asked(self, card: Card) -> list[str]:
        return [name for name in card.tasks if name in self.only]

    def _answer(
        self, chunk: list[tuple[str, Future[DecodedPhoto | PhotoError]]]
    ) -> Iterator[Inspection]:
        photos = [future.result() for _, future in chunk]
        inspected = iter(self.answer([p for p in photos if isinstance(p, DecodedPhoto)]))
        for (name, _), photo in zip(chunk, photos, strict=True):
            if isinstance(photo, PhotoError):
                yield Inspection(PhotoReport(path=name, error=photo))
            else:
                yield next(inspected)


def _name(source: Input) -> str:
    if isinstance(source, PhotoError):
        return source.path
    if isinstance(source, Content):
        return source.name
    return source.facts.path if isinstance(source, Photo) else source_name(source)


def _report(photo: DecodedPhoto, answers: dict[str, Any], model: dict[str, str]) -> PhotoReport:
    facts = photo.facts
    return PhotoReport(
        path=facts.path,
        sha256=facts.sha256,
        width=facts.width,
        height=facts.height,
        format=facts.format,
        answers=answers,
        model=model,
        note=photo.note,
    )

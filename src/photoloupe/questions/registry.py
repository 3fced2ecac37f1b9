"""QUESTIONS: one entry a question. Reports, tables, CSV, catalog, service and page follow it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from photoloupe.arrays import Floats
from photoloupe.errors import ModelError
from photoloupe.models.card import Card
from photoloupe.questions import aesthetics, selfie, squish
from photoloupe.questions.question import Cell, PhotoContext, Question, Settings, Value
from photoloupe.questions.squish_evidence import with_evidence


def _squish(logits: Floats, settings: Settings, photo: PhotoContext) -> squish.Squish:
    sure = settings.get("sure", squish.SURE)
    return with_evidence(squish.decode(logits, settings["threshold"], sure), photo.facts)


def _selfie(logits: Floats, settings: Settings, photo: PhotoContext) -> selfie.Selfie:
    return selfie.decode(float(logits[0]), settings, photo.faces, photo.facts.lens)


def _selfie_cell(answer: selfie.Selfie) -> str:
    """Such as "97%", or "55%?" where the answer is unsure."""
    return f"{answer.probability:.0%}{'?' * answer.unsure}"


SQUISH = Question(
    name="squish",
    title="Squish",
    outputs=len(squish.BINS),
    decode=_squish,
    values=(
        Value("width_ratio", least=0, most=1),
        Value("height_ratio", least=0, most=1),
        Value("squished", "flag"),
        Value("confidence", least=0, most=1),
        Value("unsure", "flag"),
        Value("evidence", "texts"),
    ),
    cell=Cell("squish", 17, squish.Squish.in_words, "<", order=3),
    example={
        "width_ratio": 1.0,
        "height_ratio": 1.0,
        "squished": False,
        "confidence": 0.97,
        "unsure": False,
        "evidence": [],
    },
    conditions={
        "squished": lambda answer: bool(answer.squished),
        "unsure": lambda answer: bool(answer.unsure),
    },
    sample="squish",
    loss="squish",
)

SELFIE = Question(
    name="selfie",
    title="Selfie",
    outputs=1,
    decode=_selfie,
    values=(
        Value("probability", least=0, most=1),
        Value("is_selfie", "flag"),
        Value("unsure", "flag"),
        Value("evidence", "texts"),
    ),
    cell=Cell("selfie", 6, _selfie_cell, order=2),
    example={"probability": 0.008, "is_selfie": False, "unsure": False, "evidence": []},
    conditions={
        "selfie": lambda answer: bool(answer.is_selfie),
        "unsure-selfie": lambda answer: bool(answer.unsure),
    },
    uses_faces=lambda settings: bool(selfie.weights_of(settings)),
    sample="selfie",
    loss="selfie",
)

AESTHETICS = Question(
    name="aesthetics",
    title="Score",
    outputs=len(aesthetics.RATINGS),
    decode=lambda logits, settings, photo: aesthetics.decode(logits),
    values=(
        Value("score", least=1, most=10),
        Value("std", least=0),
        Value("distribution", "reals", count=len(aesthetics.RATINGS)),
    ),
    cell=Cell("score", 5, lambda answer: f"{answer.score:.1f}", order=1),
    example={
        "score": 7.8,
        "std": 1.4,
        "distribution": [0.0, 0.0, 0.0, 0.01, 0.05, 0.12, 0.22, 0.27, 0.2, 0.13],
    },
    sample="aesthetics",
    loss="aesthetics",
)

QUESTIONS: dict[str, Question] = {q.name: q for q in (SQUISH, SELFIE, AESTHETICS)}


def check_card(card: Card) -> None:
    """Raises ModelError if a model's card names a question that is not registered."""
    if unknown := sorted(card.tasks.keys() - QUESTIONS.keys()):
        raise ModelError(f"{card.folder / card.name}: unknown question {', '.join(unknown)}")


def conditions() -> dict[str, str]:
    """What `--if` takes -> the question that it asks."""
    return {word: q.name for q in QUESTIONS.values() for word in q.conditions}


def holds(condition: str, answers: Mapping[str, Any]) -> bool:
    """Do these answers, by question, meet a condition? An absent answer meets none."""
    question = QUESTIONS[conditions()[condition]]
    answer = answers.get(question.name)
    return answer is not None and question.conditions[condition](answer)

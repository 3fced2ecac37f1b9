"""Which models answer: those that ship, by tier, and the one of the user's own."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from photoloupe.errors import ModelError
from photoloupe.models.card import TIERS, Card, find_card, load_card

WEIGHTS = Path(__file__).parent / "weights"
MODEL_VARIABLE = "PHOTOLOUPE_MODEL"


def shipped_cards(tier: str | None = "best") -> list[Card]:
    """The cards of a tier's models, which answer every question once; None: of all, by name."""
    cards = [load_card(path) for path in sorted(WEIGHTS.glob("*.json"))]
    return [card for card in cards if tier is None or tier in card.tiers]


def installed_cards(model: str | None = None) -> list[Card]:
    """The models to ask.

    model: "best", "fast", or a model of one's own, as its card or its run's folder; by default
    what PHOTOLOUPE_MODEL names, else "best". A model of one's own answers its questions, what
    ships as best all others. Pictures are compared by what ships, so that a catalog's embeddings
    stay of one kind. Raises ModelError.
    """
    named = model or os.environ.get(MODEL_VARIABLE) or TIERS[0]
    if named in TIERS:
        return shipped_cards(named)
    own = replace(find_card(Path(named)), embedding=0)
    if not own.tasks:
        raise ModelError(f"{own.folder / own.name}: answers no question")
    kept = [
        replace(card, tasks={task: s for task, s in card.tasks.items() if task not in own.tasks})
        for card in shipped_cards()
    ]
    return [*(card for card in kept if card.tasks or card.embedding), own]

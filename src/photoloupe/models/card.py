"""Model cards: a JSON next to each ONNX file, with what it answers, from what, and how well.

name, file, sha256     the model; the hash is checked on load
trunk, trunk_sha256    a file that several models may share, if there is one: it is given the view,
                       and its outputs are the model's inputs
view, view_pixels      kind and area of the view that it was trained on (see view.py)
tiers                  which of "best" and "fast" it belongs to
embedding              numbers in its output of that name, 0 if it has none
alike, related         cosines of embeddings from which two photos look alike, or are related
tasks                  question -> its settings: squish and selfie a "threshold", squish
                       also "sure", selfie also "faces.<measure>", weights of its face measures
licence, sources       what it may be used for, what it was made from
recipe, command        how to make it again
metrics, notes         how well it does on photos it was not trained on, and its limits
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from photoloupe.errors import ModelError, system_reason
from photoloupe.models.faces import SHA256 as FACES_SHA256
from photoloupe.models.view import ViewKind

EMBEDDING = "embedding"  # what the output is called that similar pictures are found by

TIERS = ("best", "fast")


@dataclass(frozen=True)
class Card:
    """What a model's JSON file says, and the folder that both lie in; see above."""

    name: str
    file: str
    sha256: str
    view_pixels: int
    tasks: dict[str, dict[str, float]]
    licence: str
    sources: list[str]
    recipe: str
    command: str
    metrics: dict[str, Any]
    notes: list[str]
    folder: Path
    embedding: int = field(default=0, kw_only=True)
    alike: float = field(default=0.9, kw_only=True)
    related: float = field(default=0.7, kw_only=True)
    view: ViewKind = field(default="canvas", kw_only=True)
    tiers: tuple[str, ...] = field(default=TIERS, kw_only=True)
    trunk: str = field(default="", kw_only=True)
    trunk_sha256: str = field(default="", kw_only=True)

    @property
    def answers(self) -> frozenset[str]:
        """Its questions, and `embedding` if it gives one."""
        return frozenset([*self.tasks, EMBEDDING] if self.embedding else self.tasks)

    @property
    def version(self) -> str:
        """`name@` and the first 12 digits of the hash: what a report says made its answer."""
        return f"{self.name}@{self._digest[:12]}"

    @property
    def _digest(self) -> str:
        """64 digits that stand for the model and its trunk."""
        if not self.trunk:
            return self.sha256
        return hashlib.sha256(f"{self.trunk_sha256} {self.sha256}".encode()).hexdigest()

    def version_of(self, answer: str) -> str:
        """As `version`; where faces have a say, the digits stand for their weights too."""
        settings = self.tasks.get(answer, {})
        if not any(key.startswith("faces.") for key in settings):
            return self.version
        all_of_it = f"{self._digest} {FACES_SHA256} {json.dumps(settings, sort_keys=True)}"
        return f"{self.name}@{hashlib.sha256(all_of_it.encode()).hexdigest()[:12]}"

    def in_words(self) -> str:
        """A few lines for a person: what it answers and the figures of each answer."""
        lines = [f"{self.version}  {self.licence}  ({self.recipe})"]
        for task in self.tasks:
            lines.append(f"  {task}")
            for figure in self.metrics.get(task, []):
                lines.append(f"    {figure['name']:<44} {figure['text']}")
        return "\n".join(lines)

    @cached_property
    def model_bytes(self) -> bytes:
        """The ONNX file, its hash checked. Raises ModelError if it is absent or altered."""
        return _checked_bytes(self.folder / self.file, self.sha256)

    @cached_property
    def trunk_bytes(self) -> bytes | None:
        """The trunk's ONNX file; None if the model has none. Raises as `model_bytes` does."""
        if not self.trunk:
            return None
        return _checked_bytes(self.folder / self.trunk, self.trunk_sha256)


def _checked_bytes(path: Path, sha256: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: model file cannot be read ({system_reason(error)})") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(f"{path}: its sha256 is not the one in its card")
    return data


def load_card(path: Path) -> Card:
    """Read one card. Raises ModelError if it is unreadable or incomplete."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        values["tiers"] = tuple(values.get("tiers", TIERS))
        card = Card(**values, folder=path.parent)
    except OSError as error:
        raise ModelError(f"{path}: not a model card ({system_reason(error)})") from error
    except (ValueError, TypeError) as error:
        raise ModelError(f"{path}: not a model card ({error})") from error
    return card


def card_with_embedding(cards: Iterable[Card]) -> Card | None:
    """The card of the model that gives embeddings; None if none of these does."""
    return next((card for card in cards if card.embedding), None)


def find_card(path: Path) -> Card:
    """The card that is `path`, or the one in a run's folder. Raises ModelError if there is none."""
    if not path.is_dir():
        return load_card(path)
    beside = [card for card in sorted(path.glob("*.json")) if card.with_suffix(".onnx").is_file()]
    if len(beside) != 1:
        raise ModelError(f"{path}: {len(beside) or 'no'} cards with their models are in it")
    return load_card(beside[0])


def save_card(card: Card) -> None:
    """Write `<name>.json` into the card's folder."""
    values = {f.name: getattr(card, f.name) for f in fields(card) if f.name != "folder"}
    text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    (card.folder / f"{card.name}.json").write_text(text, encoding="utf-8")

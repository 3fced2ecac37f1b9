"""What a question declares about itself, once; every interface is derived from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from photoloupe.arrays import Floats
from photoloupe.media.facts import Facts
from photoloupe.models.faces import Face

Settings = Mapping[str, float]  # of a question in a model's card: thresholds, weights


class PhotoContext(Protocol):
    """What `decode` may use of a photo besides the model's output."""

    @property
    def facts(self) -> Facts:
        """What the file declares."""

    @property
    def faces(self) -> Sequence[Face] | None:
        """By falling area; None if no model that is asked uses faces."""


@dataclass(frozen=True)
class Value:
    """One value of an answer: an attribute of it, a key in JSON, a column in CSV and catalog.

    kind: "real"; "flag", true or false; "texts", a list of sentences; or "reals", `count` numbers.
    least, most: the range of its numbers, None where there is no bound.
    """

    name: str
    kind: Literal["real", "flag", "texts", "reals"] = "real"
    least: float | None = None
    most: float | None = None
    count: int = 0


@dataclass(frozen=True)
class Cell:
    """A question's column in the table of `inspect`.

    show: an answer -> at most `width` characters; align: "<" or ">"; order: columns stand by it.
    """

    header: str
    width: int
    show: Callable[[Any], str]
    align: Literal["<", ">"] = ">"
    order: int = 100


@dataclass(frozen=True)
class Question:
    """One question about a photo.

    title: for people; outputs: numbers in the model's output of this name; decode: that output,
    (outputs,) float32, with the card's settings and the photo's context -> a frozen answer that
    has every one of `values`; conditions: what `--if` can ask of an answer; uses_faces: does a
    model with these settings need faces; sample, loss: what training makes of a photo, and what it
    makes small, by their names in training (multitask.batches.SAMPLES, engine.losses.LOSSES), ""
    for a question that no recipe teaches; example: an answer as JSON, for the OpenAPI document.
    """

    name: str
    title: str
    outputs: int
    decode: Callable[[Floats, Settings, PhotoContext], Any]
    values: tuple[Value, ...]
    cell: Cell
    example: Mapping[str, Any]
    conditions: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    uses_faces: Callable[[Settings], bool] = lambda settings: False
    sample: str = ""
    loss: str = ""

    def to_dict(self, answer: Any) -> dict[str, Any]:
        """An answer as plain values, ready for JSON; numbers rounded to 6 places."""
        return {value.name: _plain(getattr(answer, value.name)) for value in self.values}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return round(value, 6) if isinstance(value, float) else value

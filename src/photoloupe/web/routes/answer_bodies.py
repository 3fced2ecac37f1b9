"""What each question's answer looks like in the OpenAPI document, from the registry."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from photoloupe.questions.question import Question, Value
from photoloupe.questions.registry import QUESTIONS

_TYPES: dict[str, Any] = {"real": float, "flag": bool, "texts": list[str], "reals": list[float]}


def _field(value: Value) -> Any:
    """A pydantic type with the range, or the number of items, that the registry states."""
    bounds = {"ge": value.least, "le": value.most} if value.kind == "real" else {}
    count = {"min_length": value.count, "max_length": value.count} if value.count else {}
    limits: dict[str, Any] = {k: v for k, v in bounds.items() if v is not None} | count
    return Annotated[_TYPES[value.kind], Field(**limits)] if limits else _TYPES[value.kind]


def _body(question: Question) -> type[BaseModel]:
    fields: dict[str, Any] = {value.name: (_field(value), ...) for value in question.values}
    config = ConfigDict(json_schema_extra={"examples": [dict(question.example)]}, extra="forbid")
    name = f"{question.name.title().replace('_', '')}Body"
    return create_model(name, __config__=config, __doc__=f"{question.title}.", **fields)


#: Question -> its field in a report: the answer's body, or null.
ANSWER_FIELDS: dict[str, Any] = {
    name: (_body(question) | None, ...) for name, question in QUESTIONS.items()
}
ANSWER_EXAMPLES = {name: dict(question.example) for name, question in QUESTIONS.items()}

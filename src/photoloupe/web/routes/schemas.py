"""The shapes of bodies, for the OpenAPI document and for what clients send.

Answers are made by `to_dict()` of the library's own values, never by these; tests hold the two
together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from photoloupe.web.errors import Refusal, in_words
from photoloupe.web.routes.answer_bodies import ANSWER_EXAMPLES, ANSWER_FIELDS

Probability = Annotated[float, Field(ge=0, le=1)]
Box = Annotated[list[float], Field(min_length=4, max_length=4)]
ALPS = {
    "path": "alps.jpg",
    "sha256": "6b4cf9d7b1f0d0f5c1b5e4f8a2f3e0c9d8b7a6958473625140f1e2d3c4b5a697",
    "width": 1024,
    "height": 484,
    "format": "JPEG",
    **ANSWER_EXAMPLES,
    "model": {"squish": "lite0_taught_damage@0123456789ab"},
    "error": None,
}
SEEN = {"id": "0f1e2d3c4b5a6978", "rating": 4, "decision": "keep", "camera": "X100V",
        "burst": None, "best": False}  # fmt: skip
BOXED = {
    "is_crop": True,
    "verdict": "crop",
    "crop": "b",
    "source": "a",
    "box_xyxy": [612.0, 96.0, 912.0, 316.0],
    "sensor_box_xyxy": [612.0, 96.0, 912.0, 316.0],
    "crop_box_xyxy": [0.0, 0.0, 420.0, 308.0],
    "scale_xy": [0.71429, 0.71429],
    "turn": 0.0,
    "edits": [],
    "squished": False,
    "whole_frame": False,
    "doubt_px": 0.0,
    "doubt_axis": None,
    "confidence": 1.0,
    "reason": None,
}


def example(value: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]}, extra="forbid")


class Mishap(BaseModel):
    """code: stable; message: for a person."""

    code: str
    message: str


class Failure(BaseModel):
    model_config = example({"error": {"code": "busy", "message": "64 requests are waiting"}})
    error: Mishap


class ReportFacts(BaseModel):
    """What a report says besides its answers."""

    path: str
    sha256: str | None
    width: int | None
    height: int | None
    format: str | None
    model: dict[str, str]
    error: Mishap | None


if TYPE_CHECKING:

    class ReportBody(ReportFacts):
        """`PhotoReport.to_dict()`."""

else:
    ReportBody = create_model(
        "ReportBody", __base__=ReportFacts, __doc__="`PhotoReport.to_dict()`.", **ANSWER_FIELDS
    )
    ReportBody.model_config |= example(ALPS)
    ReportBody.model_rebuild(force=True)


class PhotoBody(ReportBody):
    """A report, and what the catalogue adds. burst: the id of its first photo."""

    model_config = example(ALPS | SEEN)
    id: str
    rating: Annotated[int, Field(ge=0, le=5)] | None
    decision: Literal["keep", "reject"] | None
    camera: str | None
    burst: str | None
    best: bool


class AlikeBody(PhotoBody):
    model_config = example(ALPS | SEEN | {"likeness": 0.93})
    likeness: Probability


class CropBody(BaseModel):
    """`Crop.to_dict()`; where there is no relation, `verdict` is `no` and most is null."""

    model_config = example(BOXED)
    is_crop: bool | None
    verdict: str
    crop: str | None
    source: str | None
    box_xyxy: Box | None
    sensor_box_xyxy: Box | None
    crop_box_xyxy: Box | None
    scale_xy: Annotated[list[float], Field(min_length=2, max_length=2)] | None
    turn: float | None
    edits: list[str] | None
    squished: bool | None
    whole_frame: bool | None
    doubt_px: float | None
    doubt_axis: str | None
    confidence: Probability | None
    reason: str | None


class ToldCropBody(CropBody):
    """words: for a person, as the command line has them; null without a relation."""

    model_config = example(BOXED | {"words": "alps-crop.jpg is a cropped version of alps.jpg; ..."})
    words: str | None


class PairBody(ToldCropBody):
    """source_wh, crop_wh: sizes of the files, upright, in pixels."""

    model_config = example(
        BOXED | {"words": "...", "source_wh": [1024, 484], "crop_wh": [420, 308]}
    )
    source_wh: list[int] | None
    crop_wh: list[int] | None


class ReportsBody(BaseModel):
    photos: list[ReportBody]


class PhotosBody(BaseModel):
    photos: list[PhotoBody]


class PageBody(PhotosBody):
    """next: the cursor of the page after this one; total: of all pages."""

    next: str | None = None
    total: int | None = None


class AlikesBody(BaseModel):
    photos: list[AlikeBody]


class IndexBody(BaseModel):
    model_config = example({"ids": ["0f1e2d3c4b5a6978"], "total": 1})
    ids: list[str]
    total: int


class CountsBody(BaseModel):
    """version: another number whenever the catalogue changes."""

    all: int
    selfies: int
    squished: int
    unsure: int
    unrated: int
    errors: int
    keep: int
    reject: int
    crops: int | None
    version: int


class RelationBody(BaseModel):
    source: PhotoBody
    crop: ToldCropBody


class RelationsBody(BaseModel):
    relations: list[RelationBody]


class MemberBody(BaseModel):
    photo: PhotoBody
    box_xyxy: Box | None
    verdict: str
    confidence: Probability
    turn: float
    whole_frame: bool
    words: str


class FamilyBody(BaseModel):
    source: PhotoBody
    crops: list[MemberBody]


class FamiliesBody(BaseModel):
    """families: the largest 1,000 of `total`."""

    families: list[FamilyBody]
    total: int
    ready: bool
    state: Literal["found", "searching", "not_scanned", "not_installed"]
    message: str | None


class QuestionBody(BaseModel):
    """title: for people; values: the keys of its answers."""

    name: str
    title: str
    values: list[str]


class AboutBody(BaseModel):
    version: str
    library: bool
    folder: str | None
    message: str | None
    scanning: bool
    bursts: Literal["ready", "computing", "off"]
    models: dict[str, str]
    questions: list[QuestionBody]
    limits: dict[str, int]


class Wish(BaseModel):
    """What a client sends as JSON: an unknown key is a mistake, and is told."""

    @classmethod
    def read(cls, values: dict[str, Any]) -> Any:
        """Raises Refusal `invalid`."""
        try:
            return cls.model_validate(values, strict=True)
        except ValidationError as error:
            raise Refusal(422, "invalid", in_words(error.errors())) from error


class PathsWish(Wish):
    model_config = example({"paths": ["2024/beach.jpg"]})
    paths: Annotated[list[Annotated[str, Field(max_length=4096)]], Field(min_length=1)]


class IdWish(Wish):
    model_config = example({"id": "0f1e2d3c4b5a6978"})
    id: Annotated[str, Field(max_length=64)]


class WordWish(Wish):
    """Only the keys that are given change; null takes a word back."""

    model_config = example({"rating": 4, "decision": "keep"})
    rating: Annotated[int, Field(ge=0, le=5)] | None = None
    decision: Literal["keep", "reject"] | None = None


def body(*, files: tuple[str, ...] = (), many: bool = False, wish: type[Wish] | None = None) -> Any:
    """The request body of a route that reads it itself, as OpenAPI wants to be told."""
    content: dict[str, Any] = {}
    if files:
        binary = {"type": "string", "format": "binary"}
        one: dict[str, Any] = {"type": "array", "items": binary, "minItems": 1} if many else binary
        form = {
            "type": "object", "properties": dict.fromkeys(files, one), "required": [*files],
            "additionalProperties": False,
        }  # fmt: skip
        content["multipart/form-data"] = {"schema": form}
    if wish:
        content["application/json"] = {"schema": wish.model_json_schema()}
    return {"requestBody": {"required": True, "content": content}}


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may refuse with, besides what any may."""
    words = {
        400: "not a request", 401: "no token", 403: "not permitted, or outside the folder",
        404: "not there", 408: "too slow an upload", 409: "not as things are",
        413: "too many bytes", 415: "of no format that is read", 421: "another host's name",
        422: "cannot be used", 429: "busy: see Retry-After", 503: "not yet, or not in time",
    }  # fmt: skip
    told = sorted({400, 401, 403, 421, 422, 429, 503, *statuses})
    return {status: {"model": Failure, "description": words[status]} for status in told}

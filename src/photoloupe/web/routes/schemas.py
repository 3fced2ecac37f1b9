"""Bodies of requests and responses: the schemas of the OpenAPI document.

Responses are made by `to_dict()` of the results, not by these; tests keep the two equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from photoloupe.web.errors import RequestError, validation_message
from photoloupe.web.routes.answer_bodies import ANSWER_EXAMPLES, ANSWER_FIELDS

Probability = Annotated[float, Field(ge=0, le=1)]
Box = Annotated[list[float], Field(min_length=4, max_length=4)]
Rating = Annotated[int, Field(ge=0, le=5)]
REPORT_EXAMPLE = {
    "path": "alps.jpg",
    "sha256": "6b4cf9d7b1f0d0f5c1b5e4f8a2f3e0c9d8b7a6958473625140f1e2d3c4b5a697",
    "width": 1024,
    "height": 484,
    "format": "JPEG",
    **ANSWER_EXAMPLES,
    "model": {"squish": "lite0_taught_damage@0123456789ab"},
    "note": None,
    "error": None,
}
CATALOG_FIELDS = {"id": "0f1e2d3c4b5a6978", "rating": 4, "decision": "keep", "camera": "X100V",
        "burst": None, "best": False}  # fmt: skip
CROP_EXAMPLE = {
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
SENTENCE = {"words": "alps-crop.jpg is a cropped version of alps.jpg; ..."}
SIZES = {"source_wh": [1024, 484], "crop_wh": [420, 308]}


def with_example(value: Any) -> ConfigDict:
    """The configuration of a schema: an example, and unknown keys are errors."""
    return ConfigDict(json_schema_extra={"examples": [value]}, extra="forbid")


class ErrorDetail(BaseModel):
    """code: stable across versions; message: for people."""

    code: str
    message: str


class ErrorBody(BaseModel):
    """The response of every request that fails."""

    model_config = with_example({"error": {"code": "busy", "message": "64 requests are waiting"}})
    error: ErrorDetail


class ReportFacts(BaseModel):
    """A report without its answers. width, height: upright, in pixels; sha256: of the file."""

    path: str
    sha256: str | None
    width: int | None
    height: int | None
    format: str | None
    model: dict[str, str]
    note: str | None
    error: ErrorDetail | None


REPORT_DOC = "The report of a photo. model: question -> model version; error, note: why no answers."
if TYPE_CHECKING:

    class ReportBody(ReportFacts):
        """The report of a photo, as `PhotoReport.to_dict()`."""

else:
    ReportBody = create_model(
        "ReportBody", __base__=ReportFacts, __doc__=REPORT_DOC, **ANSWER_FIELDS
    )
    ReportBody.model_config |= with_example(REPORT_EXAMPLE)
    ReportBody.model_rebuild(force=True)


class PhotoBody(ReportBody):
    """A report with the fields of the catalog.

    burst: id of the burst's first photo; best: whether it is the best of its burst.
    """

    model_config = with_example(REPORT_EXAMPLE | CATALOG_FIELDS)
    id: str
    rating: Rating | None
    decision: Literal["keep", "reject"] | None
    camera: str | None
    burst: str | None
    best: bool


class SimilarPhotoBody(PhotoBody):
    """A photo and its cosine similarity, 0 to 1."""

    model_config = with_example(REPORT_EXAMPLE | CATALOG_FIELDS | {"likeness": 0.93})
    likeness: Probability


class CropBody(BaseModel):
    """A crop relation, as `Crop.to_dict()`. Without one, `verdict` is `no` and most is null.

    Boxes are [x0, y0, x1, y1] in pixels of the upright source; turn: degrees.
    """

    model_config = with_example(CROP_EXAMPLE)
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


class DescribedCropBody(CropBody):
    """A crop relation and a sentence about it. words: null without a relation."""

    model_config = with_example(CROP_EXAMPLE | SENTENCE)
    words: str | None


class ComparisonBody(DescribedCropBody):
    """How two uploads relate. source_wh, crop_wh: width and height, upright, in pixels."""

    model_config = with_example(CROP_EXAMPLE | SENTENCE | SIZES)
    source_wh: list[int] | None
    crop_wh: list[int] | None


class ReportsBody(BaseModel):
    """Reports, in the order of the request."""

    photos: list[ReportBody]


class PhotoPageBody(BaseModel):
    """A page of photos. next: cursor of the next page; total: photos on all pages."""

    photos: list[PhotoBody]
    next: str | None = None
    total: int | None = None


class SimilarPhotosBody(BaseModel):
    """Similar photos, the most similar first."""

    photos: list[SimilarPhotoBody]


class PhotoIdsBody(BaseModel):
    """Ids of photos, in order."""

    model_config = with_example({"ids": ["0f1e2d3c4b5a6978"], "total": 1})
    ids: list[str]
    total: int


class CountsBody(BaseModel):
    """Photos per filter. crops: null if not known yet; version: changes with the catalog."""

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
    """A source and how the photo was cropped from it."""

    source: PhotoBody
    crop: DescribedCropBody


class RelationsBody(BaseModel):
    """Sources of a photo, the likeliest first."""

    relations: list[RelationBody]


class FamilyMemberBody(BaseModel):
    """A crop or copy. box_xyxy: in pixels of the family's source, null if unknown."""

    photo: PhotoBody
    box_xyxy: Box | None
    verdict: str
    confidence: Probability
    turn: float
    whole_frame: bool
    words: str


class CropFamilyBody(BaseModel):
    """A source with its crops and copies."""

    source: PhotoBody
    crops: list[FamilyMemberBody]


class CropFamiliesBody(BaseModel):
    """Crop families: the largest 1,000 of `total`. message: why there are none (yet)."""

    families: list[CropFamilyBody]
    total: int
    ready: bool
    state: Literal["found", "searching", "not_scanned", "not_installed"]
    message: str | None


class QuestionBody(BaseModel):
    """A question that photos are asked. title: for people; values: the keys of its answers."""

    name: str
    title: str
    values: list[str]


class AboutBody(BaseModel):
    """The service. message: why there is no library, or why its scan failed.

    models: question to model version; limits: what one request may hold.
    """

    version: str
    library: bool
    folder: str | None
    message: str | None
    scanning: bool
    bursts: Literal["ready", "computing", "off"]
    models: dict[str, str]
    questions: list[QuestionBody]
    limits: dict[str, int]


class JsonRequest(BaseModel):
    """A JSON body of a request; unknown keys are errors."""

    @classmethod
    def read(cls, values: dict[str, Any]) -> Any:
        """An instance from parsed JSON. Raises RequestError `invalid`."""
        try:
            return cls.model_validate(values, strict=True)
        except ValidationError as error:
            raise RequestError(422, "invalid", validation_message(error.errors())) from error


class PathsRequest(JsonRequest):
    """Paths inside the served folder, relative or absolute."""

    model_config = with_example({"paths": ["2024/beach.jpg"]})
    paths: Annotated[list[Annotated[str, Field(max_length=4096)]], Field(min_length=1)]


class PhotoIdRequest(JsonRequest):
    """The id of a photo of the library."""

    model_config = with_example({"id": "0f1e2d3c4b5a6978"})
    id: Annotated[str, Field(max_length=64)]


class DecisionRequest(JsonRequest):
    """A rating, a decision or both. Keys that are left out do not change; null removes."""

    model_config = with_example({"rating": 4, "decision": "keep"})
    rating: Rating | None = None
    decision: Literal["keep", "reject"] | None = None


def request_body(
    *, files: tuple[str, ...] = (), many: bool = False, json_body: type[JsonRequest] | None = None
) -> Any:
    """OpenAPI's description of a body that the route reads itself: a form, JSON or either.

    files: form fields, one file each; many: any number of files in one field.
    """
    content: dict[str, Any] = {}
    if files:
        binary = {"type": "string", "format": "binary"}
        one: dict[str, Any] = {"type": "array", "items": binary, "minItems": 1} if many else binary
        form = {
            "type": "object", "properties": dict.fromkeys(files, one), "required": [*files],
            "additionalProperties": False,
        }  # fmt: skip
        content["multipart/form-data"] = {"schema": form}
    if json_body:
        content["application/json"] = {"schema": json_body.model_json_schema()}
    return {"requestBody": {"required": True, "content": content}}


ERROR_DESCRIPTIONS = {
    400: "Malformed request, or the client closed the connection.",
    401: "Token required.",
    403: "Not permitted, or outside the served folder.",
    404: "Not found.",
    408: "The upload is too slow.",
    409: "Conflicts with the current state.",
    413: "Too many bytes.",
    415: "Unsupported format.",
    421: "Unknown Host header.",
    422: "Invalid request, or an unusable photo.",
    429: "Too many requests; see Retry-After.",
    503: "Still loading, or over the time limit.",
}
COMMON_ERRORS = (400, 401, 403, 421, 422, 429, 503)


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's description of a route's errors: those of any route, and these."""
    return {
        status: {"model": ErrorBody, "description": ERROR_DESCRIPTIONS[status]}
        for status in sorted({*COMMON_ERRORS, *statuses})
    }

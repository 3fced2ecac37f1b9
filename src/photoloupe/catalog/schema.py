"""What a catalog holds: one row a photo. All names, types and units, in this place only.

A row is a file. Its answers follow from its content (`sha256`) and from the models named in
`model`; so a moved file brings its answers along, and a new model renews only its own.

path                     absolute; bytes that are no UTF-8 as in `path_to_text`
sha256                   64 hexadecimal digits; null if the file cannot be read
file_bytes, mtime_ns     as the file system gives them: by these a changed file is recognised
width ... facts_version  what the file declares, upright; see media.facts
taken, utc_offset        the camera's own clock; minutes that it is ahead of UTC; null without EXIF
squish, selfie, aesthetics, note, error   exactly what `PhotoReport.to_dict()` gives
model                    `name@hash` that gave each answer, and the embedding
embedding                near, by cosine, for pictures that look alike
code, code_version       local features that crops are found by; see crops.codes
rating, decision         the person's own: 0 to 5; keep or reject
added_at ... gone_at     UTC; gone_at: when a scan first missed the file, null while it is there
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from photoloupe.questions.question import Question
from photoloupe.questions.registry import QUESTIONS

try:
    import pyarrow as pa
except ImportError as error:
    raise ImportError("a catalog needs LanceDB: pip install 'photoloupe[catalog]'") from error

#: A row, or some of its columns, as plain values by column name.
Row = dict[str, Any]

VERSION = 2  # raise it with any change below, and say in MIGRATIONS how to get there
EMBEDDING_WIDTH = 512
DECISIONS = ("keep", "reject")
MOST_RATING = 5

_TIME = pa.timestamp("us", "UTC")
_TEXT, _REAL = pa.string(), pa.float64()  # double: numbers leave as they came, to the last digit


def _answer_type(question: Question) -> pa.DataType:
    """A question's answer as a struct, one field a value."""
    types = {"real": _REAL, "flag": pa.bool_(), "texts": pa.list_(_TEXT)}
    return pa.struct(
        [
            (value.name, pa.list_(_REAL, value.count) if value.count else types[value.kind])
            for value in question.values
        ]
    )


SCHEMA = pa.schema(
    [
        pa.field("path", _TEXT, nullable=False),
        ("sha256", _TEXT),
        pa.field("file_bytes", pa.int64(), nullable=False),
        pa.field("mtime_ns", pa.int64(), nullable=False),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("format", _TEXT),
        ("orientation", pa.int8()),
        ("frames", pa.int32()),
        ("camera", _TEXT),
        ("lens", _TEXT),
        ("taken", pa.timestamp("us")),
        ("utc_offset", pa.int16()),
        ("focal_length", _REAL),
        ("exposure_time", _REAL),
        ("aperture", _REAL),
        ("iso", pa.int32()),
        ("exposure_bias", _REAL),
        ("gps", pa.bool_()),
        ("sequence", _TEXT),
        ("rendition", _TEXT),
        ("facts_version", pa.int8()),
        *((name, _answer_type(question)) for name, question in QUESTIONS.items()),
        ("model", pa.struct([(name, _TEXT) for name in (*QUESTIONS, "embedding")])),
        ("note", _TEXT),
        ("error", pa.struct([("code", _TEXT), ("message", _TEXT)])),
        ("embedding", pa.list_(pa.float16(), EMBEDDING_WIDTH)),
        ("code", pa.large_binary()),
        ("code_version", _TEXT),
        ("rating", pa.int8()),
        ("decision", _TEXT),
        ("decided_at", _TIME),
        ("added_at", _TIME),
        ("answered_at", _TIME),
        ("gone_at", _TIME),
    ]
)


def match_schema(photos: Any) -> None:
    """Bring a table of an older layout to this one: columns that are new, or of another type, are
    empty then. If answers are among them, all are given again by the next scan.
    """
    old = {field.name: field.type for field in photos.schema}
    changed = {field.name for field in SCHEMA if old.get(field.name) != field.type}
    if changed & {*QUESTIONS, "embedding"}:
        changed |= {"model"}
    if stale := [name for name in photos.schema.names if name in changed]:
        photos.drop_columns(stale)
    if "facts_version" not in photos.schema.names:
        photos.add_columns({"facts_version": "cast(1 as tinyint)"})
    photos.add_columns(columns(*(set(SCHEMA.names) - set(photos.schema.names))))


#: Older version -> a step that makes it the next one. A step may be run twice: a run can be killed.
MIGRATIONS: dict[int, Any] = {1: match_schema}

#: Of what is read in a file besides answers. A scan reads the files of rows with a lower one again.
FACTS_VERSION = 2

PERSONS = ("rating", "decision", "decided_at")  # a scan never writes these over
BULKY = ("embedding", "code")  # for programs, not for people
SHOWN = tuple(name for name in SCHEMA.names if name not in BULKY)


def columns(*names: str) -> pa.Schema:
    """The part of the schema with these columns, in the schema's order."""
    return pa.schema([field for field in SCHEMA if field.name in names])


#: What a scan writes over when it has looked at a file again.
SCANNED = tuple(name for name in SCHEMA.names if name not in (*PERSONS, "added_at"))


def utc_now() -> datetime:
    """The time that rows are stamped with."""
    return datetime.now(UTC)


# Arrow's text is UTF-8, file names are bytes. Python reads other bytes as lone surrogates, which
# UTF-8 cannot hold; they are kept as private-use characters that no file name is likely to have.
_PRIVATE = {0xDC00 + byte: 0xF700 + byte for byte in range(0x80, 0x100)}
_SURROGATE = {private: lone for lone, private in _PRIVATE.items()}


def path_to_text(path: str) -> str:
    """A file name as Python has it -> text that a row can hold."""
    return path if path.isascii() else path.translate(_PRIVATE)


def text_to_path(text: str) -> str:
    """The inverse of `path_to_text`."""
    return text if text.isascii() else text.translate(_SURROGATE)


def column_names(schema: pa.Schema = SCHEMA) -> list[str]:
    """What an expression may name: `width`, `aesthetics.score`, ..."""
    names = []
    for field in schema:
        if field.name in BULKY:
            continue
        inner = field.type if pa.types.is_struct(field.type) else []
        names += [f"{field.name}.{part.name}" for part in inner] or [field.name]
    return names

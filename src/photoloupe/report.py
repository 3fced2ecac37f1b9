"""All answers about one photo, or about many. `PhotoReport.to_dict()` is every interface's JSON."""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from importlib import import_module
from typing import Any, SupportsIndex, overload

import numpy as np
from PIL import Image

from photoloupe.errors import PhotoError
from photoloupe.media.photo import Content, Photo, open_photo
from photoloupe.questions.aesthetics import Aesthetics
from photoloupe.questions.registry import QUESTIONS
from photoloupe.questions.selfie import Selfie
from photoloupe.questions.squish import Squish


@dataclass(frozen=True)
class PhotoReport:
    """All answers about one photo, or the error or note that says why there are none.

    path: the name it was given; sha256: of the file's bytes; width, height: in pixels, upright;
    format: such as "JPEG"; answers: by question, only those that were asked; model: question ->
    `name@hash` of the model that answered; note: why there is no photograph to judge, "blank",
    "transparent" or "too small: 8 x 8", in which case there are no answers.
    """

    path: str
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    format: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None
    error: PhotoError | None = None

    @property
    def squish(self) -> Squish | None:
        """None if it was not asked, or the photo could not be read."""
        return self.answers.get("squish")

    @property
    def selfie(self) -> Selfie | None:
        """None if it was not asked, or the photo could not be read."""
        return self.answers.get("selfie")

    @property
    def aesthetics(self) -> Aesthetics | None:
        """None if it was not asked, or the photo could not be read."""
        return self.answers.get("aesthetics")

    def only(self, questions: Collection[str]) -> PhotoReport:
        """The same report with the answers to these questions alone."""
        kept = {name: answer for name, answer in self.answers.items() if name in questions}
        return replace(self, answers=kept)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; numbers rounded to 6 places, absent answers null."""
        facts = {
            name: getattr(self, name) for name in ("path", "sha256", "width", "height", "format")
        }
        answers = {
            name: question.to_dict(self.answers[name]) if name in self.answers else None
            for name, question in QUESTIONS.items()
        }
        error = self.error
        return {
            **facts,
            **answers,
            "model": dict(self.model),
            "note": self.note,
            "error": error and {"code": error.code, "message": error.message},
        }


# --- many ----------------------------------------------------------------------------------------

SHOWN_ROWS = 20  # of a notebook's table; more would make the notebook's file large
THUMBNAIL_SIDE = 96  # px
IN_MEMORY = (bytes, bytearray, memoryview, Image.Image, np.ndarray, Photo, Content)
_LIBRARIES = {"pandas": "to_pandas", "pyarrow": "to_arrow", "polars": "to_polars"}


class Reports(list[PhotoReport]):
    """Reports in order: a list that converts to tables, and shows itself as one in notebooks.

    Columns are flat: `path`, `width`, `aesthetics.score`, `error.code`, ...; `report_columns` has
    them with their types.
    """

    def __init__(
        self, reports: Iterable[PhotoReport] = (), pictures: Mapping[int, Any] | None = None
    ) -> None:
        """pictures: by `id` of a report, the source of a photo that has no file to show."""
        super().__init__(reports)
        self._pictures = dict(pictures or {})

    @overload
    def __getitem__(self, index: SupportsIndex) -> PhotoReport: ...

    @overload
    def __getitem__(self, index: slice) -> Reports: ...

    def __getitem__(self, index: SupportsIndex | slice) -> PhotoReport | Reports:
        found = super().__getitem__(index)
        return Reports(found, self._pictures) if isinstance(found, list) else found

    def to_pandas(self) -> Any:
        """A pandas.DataFrame; absent numbers are NaN or NA. Raises ImportError without pandas."""
        pandas = _library("pandas")
        types = {"int": "Int64", "real": "float64", "flag": "boolean", "text": "str"}
        return pandas.DataFrame(
            {
                name: pandas.Series(values, dtype=types.get(kind, "object"))
                for name, kind, values in self._columns()
            }
        )

    def to_arrow(self) -> Any:
        """A pyarrow.Table. Raises ImportError without pyarrow."""
        pa = _library("pyarrow")
        types = {
            "int": pa.int64(), "real": pa.float64(), "flag": pa.bool_(), "text": pa.string(),
            "texts": pa.list_(pa.string()), "reals": pa.list_(pa.float64()),
        }  # fmt: skip
        arrays = {name: pa.array(values, types[kind]) for name, kind, values in self._columns()}
        return pa.table(arrays)

    def to_polars(self) -> Any:
        """A polars.DataFrame. Raises ImportError without polars."""
        pl = _library("polars")
        types = {
            "int": pl.Int64, "real": pl.Float64, "flag": pl.Boolean, "text": pl.String,
            "texts": pl.List(pl.String), "reals": pl.List(pl.Float64),
        }  # fmt: skip
        return pl.DataFrame(
            [pl.Series(name, values, types[kind]) for name, kind, values in self._columns()]
        )

    def _columns(self) -> Iterator[tuple[str, str, list[Any]]]:
        rows = [report.to_dict() for report in self]
        for name, kind in report_columns().items():
            outer, _, inner = name.partition(".")
            values = (row[outer] for row in rows)
            yield name, kind, [(v or {}).get(inner) if inner else v for v in values]

    def _repr_html_(self) -> str:
        cells = sorted(QUESTIONS.items(), key=lambda item: item[1].cell.order)
        header = ["", "photo", "size", *(question.title for _, question in cells)]
        rows = "".join(map(self._html_row, self[:SHOWN_ROWS]))
        more = len(self) - SHOWN_ROWS
        rest = f"<p>and {more:,} more</p>" if more > 0 else ""
        heads = "".join(f"<th>{escape(name)}</th>" for name in header)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{rest}"

    def _html_row(self, report: PhotoReport) -> str:
        cells = sorted(QUESTIONS.items(), key=lambda item: item[1].cell.order)
        if report.error is not None:
            what = f"{report.error.message} [{report.error.code}]"
            answers = f'<td colspan="{len(cells) + 1}">{escape(what)}</td>'
        else:
            shown = [
                question.cell.show(report.answers[name]) if name in report.answers else ""
                for name, question in cells
            ]
            texts = [f"{report.width} x {report.height}", *shown]
            answers = "".join(f"<td>{escape(text)}</td>" for text in texts)
            answers = f"{answers}<td>{escape(report.note)}</td>" if report.note else answers
        picture = "" if report.error else self._thumbnail(report)
        return f"<tr><td>{picture}</td><td>{escape(report.path)}</td>{answers}</tr>"

    def _thumbnail(self, report: PhotoReport) -> str:
        source = self._pictures.get(id(report), report.path)
        try:
            photo = source
            if not isinstance(photo, Photo):
                photo = open_photo(photo, min_pixels=THUMBNAIL_SIDE**2)
        except PhotoError:  # moved since, or a file object that has been read
            return ""
        image = Image.fromarray(np.ascontiguousarray(photo.pixels))
        image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        file = io.BytesIO()
        image.save(file, "JPEG", quality=80)
        data = base64.b64encode(file.getvalue()).decode()
        return f'<img alt="" src="data:image/jpeg;base64,{data}">'


def report_columns() -> dict[str, str]:
    """Columns of a table of reports -> their types: int, real, flag, text, texts or reals."""
    facts = {"path": "text", "sha256": "text", "width": "int", "height": "int", "format": "text"}
    answers = {
        f"{name}.{value.name}": value.kind
        for name, question in QUESTIONS.items()
        for value in question.values
    }
    models = {f"model.{name}": "text" for name in QUESTIONS}
    ends = dict.fromkeys(("note", "error.code", "error.message"), "text")
    return {**facts, **answers, **models, **ends}


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        what = f"{_LIBRARIES[name]} needs {name}: pip install {name}"
        raise ImportError(what, name=name) from error

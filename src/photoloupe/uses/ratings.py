"""People's ratings of photos, read one at a time and checked. Four layouts are known:

    path,score            1 to 10; a column `std`, if there is one, says how far raters disagree
    path,count_1,...      ten columns up to count_10: how many raters gave each rating
    path,mean_1_7,sd      ratings from 1 to 7, as OASIS has them (beauty_mean_1_7, beauty_sd)
    AVA.txt               its own: no header, number, photo, ten counts, two tags, challenge

The first three are CSV with a header line; `file` may stand for `path`, and other columns are kept.
A photo of AVA.txt is `<number>.jpg`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import isfinite, sqrt
from pathlib import Path
from typing import TextIO

from photoloupe.errors import LabelError, system_reason

COUNTS = tuple(f"count_{rating}" for rating in range(1, 11))
AVA_COLUMNS = ("index", "photo", *COUNTS, "tag_1", "tag_2", "challenge")
LONGEST = 100_000  # characters in a line: what is longer is no table
OF_SEVEN = (("beauty_mean_1_7", "beauty_sd"), ("mean_1_7", "sd"))


@dataclass(frozen=True, slots=True)
class Rating:
    """mean: 1 to 10; std: of the raters, on the same scale, None if not known.

    shares: of the raters who gave each rating 1 .. 10, adding up to 1; None if not known.
    """

    mean: float
    std: float | None = None
    shares: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """One photo and its rating; path and columns: as the table has them."""

    path: str
    rating: Rating
    columns: Mapping[str, str]


def read_labels(file: Path) -> Iterator[Rated]:
    """The rated photos of a table in its order, in flat memory.

    Raises LabelError that names the line and the limit.
    """
    number = 0
    try:
        with file.open(newline="", encoding="utf-8-sig") as text:
            for number, header, values in _rows(text):  # noqa: B007 (for the message below)
                row = _named(header, values)
                path = f"{row['photo']}.jpg" if header is AVA_COLUMNS else _path(row)
                yield Rated(path, read_rating(row), row)
    except OSError as error:
        why = system_reason(error)
        raise LabelError(f"{file}: not a readable table of ratings: {why}") from error
    except UnicodeDecodeError as error:
        raise LabelError(f"{file}: not a readable table of ratings: not UTF-8") from error
    except csv.Error as error:
        raise LabelError(f"{file}: not a readable table of ratings: {error}") from error
    except ValueError as error:
        raise LabelError(f"{file}, line {number}: {error}") from error
    if not number:
        raise LabelError(f"{file}: holds no rating")


def read_rating(row: Mapping[str, str]) -> Rating:
    """The rating that a row's columns hold; ValueError says what is wrong with them."""
    if all(name in row for name in COUNTS):
        return _counted([_number(row, name, 0, float("inf")) for name in COUNTS])
    for mean, spread in OF_SEVEN:
        if mean in row:
            std = 1.5 * _number(row, spread, 0, 6) if spread in row else None
            return Rating(1 + 1.5 * (_number(row, mean, 1, 7) - 1), std)
    if "score" not in row:
        raise ValueError("no column score, mean_1_7, or count_1 to count_10")
    return Rating(
        _number(row, "score", 1, 10), _number(row, "std", 0, 9) if row.get("std") else None
    )


def _counted(counts: list[float]) -> Rating:
    total = sum(counts)
    if total <= 0:
        raise ValueError("count_1 to count_10 are all 0")
    shares = tuple(count / total for count in counts)
    mean = sum(k * share for k, share in enumerate(shares, 1))
    return Rating(mean, sqrt(sum(s * (k - mean) ** 2 for k, s in enumerate(shares, 1))), shares)


def _number(row: Mapping[str, str], name: str, low: float, high: float) -> float:
    try:
        value = float(row[name])
    except ValueError:
        value = float("nan")
    if not isfinite(value) or not low <= value <= high:
        limits = f"from {low:g} to {high:g}" if isfinite(high) else f"at least {low:g}"
        raise ValueError(f"{name} is {row[name] or 'empty'}, not a number {limits}")
    return value


def _path(row: Mapping[str, str]) -> str:
    path = row.get("path") or row.get("file") or ""
    if not path:
        raise ValueError(
            "no column path or file" if {"path", "file"}.isdisjoint(row) else "no path"
        )
    return path


def _rows(text: TextIO) -> Iterator[tuple[int, Sequence[str], list[str]]]:
    """(number of the line that it ends at, columns, values) a row; blank lines are skipped."""
    lines = _lines(text)
    first = next((line for line in lines if line.strip()), "")
    if _is_ava(first):
        for number, line in enumerate(chain([first], lines), 1):
            if line.strip():
                yield number, AVA_COLUMNS, line.split()
        return
    reader = csv.reader(chain([first], lines))
    header = [name.strip() for name in next(reader, [])]
    for values in reader:
        if values:
            yield reader.line_num, header, values


def _lines(text: TextIO) -> Iterator[str]:
    while line := text.readline(LONGEST):
        if len(line) == LONGEST:
            raise csv.Error(f"a line has over {LONGEST} characters")
        yield line


def _is_ava(line: str) -> bool:
    fields = line.split()
    return len(fields) == len(AVA_COLUMNS) and all(field.isdigit() for field in fields)


def _named(header: Sequence[str], values: list[str]) -> dict[str, str]:
    if len(values) != len(header):
        raise ValueError(f"{len(values)} values for {len(header)} columns")
    return dict(zip(header, values, strict=True))

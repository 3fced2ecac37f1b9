"""Whatever a program has at hand -> the photos that it means, one by one.

A path, folder, glob, bytes, binary file, Pillow image, uint8 array, a row with one of these, a
table of such rows (datasets.Dataset, pandas, polars, pyarrow), and iterables of all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image

from photoloupe.errors import PhotoError, wrong_type
from photoloupe.media.paths import list_photos
from photoloupe.media.photo import Content, Photo, Source

#: Columns that hold a picture or its path, if the caller names none; the first that a row has.
PICTURE_COLUMNS = ("image", "img", "photo", "picture", "path", "file", "file_name", "filename")
DEEPEST = 2  # iterables inside each other: a list of tables

Inputs = Source | Photo | Mapping[str, Any] | Iterable[Any]
Input = Source | Content | Photo | PhotoError


def list_inputs(photos: Inputs, image_key: str | None = None) -> Iterator[Input]:
    """Photos in order; for whatever holds none, a PhotoError `wrong_type`. Never raises its own.

    photos: see the module; a string is one path, not letters. A folder gives its photos, a glob
    the files that match; a row gives one item, so that items stay in line with rows. image_key:
    the column of rows that holds the picture, by default the first of PICTURE_COLUMNS.
    """
    return _inputs(photos, image_key, 0)


def single_input(
    photo: Source | Photo | Mapping[str, Any], image_key: str | None = None
) -> Source | Content | Photo:
    """The photo that a source, or a row with one, means. Raises PhotoError `wrong_type`."""
    found: Input = _cell_of_row(photo, image_key) if isinstance(photo, Mapping) else photo
    if isinstance(found, PhotoError):
        raise found
    return found


def _inputs(value: Any, image_key: str | None, depth: int) -> Iterator[Input]:
    if isinstance(value, (str, os.PathLike)):
        name = os.fsdecode(value)
        yield from [name] if name == "-" else list_photos([name])
    elif _is_one(value):
        yield value
    elif isinstance(value, Mapping):
        yield _cell_of_row(value, image_key)
    elif (names := _column_names(value)) is not None:
        yield from _table_cells(value, names, image_key)
    elif depth < DEEPEST and _is_iterable(value):
        for item in value:
            yield from _inputs(item, image_key, depth + 1)
    else:
        yield wrong_type(value)


def _is_one(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind not in "OUT" or value.ndim != 1  # else: of paths or pictures
    kinds = (bytes, bytearray, memoryview, Image.Image, Photo, Content, PhotoError)
    return isinstance(value, kinds) or callable(getattr(value, "read", None))


# --- rows ----------------------------------------------------------------------------------------


def _cell_of_row(row: Mapping[Any, Any], image_key: str | None) -> Input:
    if {"bytes", "path"} <= row.keys() and image_key is None:  # a picture as datasets stores it
        return _cell(row)
    key = _picture_column(row, image_key)
    return key if isinstance(key, PhotoError) else _cell(row[key])


def _picture_column(names: Iterable[Any], image_key: str | None) -> str | PhotoError:
    there = list(names)
    wanted = PICTURE_COLUMNS if image_key is None else (image_key,)
    found = next((name for name in wanted if name in there), None)
    if found is not None:
        return found
    listed = ", ".join(map(str, there[:10])) or "none"
    advice = "name one with image_key" if image_key is None else f"not {image_key!r}"
    what = f"no column with a picture: {advice}, of the columns {listed}"
    return PhotoError("wrong_type", "<row>", what)


def _cell(value: Any) -> Input:
    """What a cell holds: a path stays one file, whatever its name, and one row one photo."""
    if isinstance(value, Mapping) and {"bytes", "path"} <= value.keys():
        data, path = value["bytes"], value["path"]
        if data is None:
            return _cell(path)
        return Content(path, bytes(data)) if path else bytes(data)
    if hasattr(value, "as_py"):  # a value of pyarrow
        return _cell(value.as_py())
    if isinstance(value, (str, os.PathLike)):
        return os.fsdecode(value)
    return value if _is_one(value) else wrong_type(value)


# --- tables and iterables ------------------------------------------------------------------------


def _is_iterable(value: Any) -> bool:
    tensor = getattr(value, "ndim", 1) > 1 and hasattr(value, "__array__")
    return isinstance(value, Iterable) and not tensor


def _column_names(value: Any) -> list[Any] | None:
    """The columns of a table of datasets, pandas, polars or pyarrow; None for what is no table."""
    names = getattr(value, "column_names", None)
    names = getattr(value, "columns", None) if names is None else names
    return None if names is None or callable(names) else list(names)


def _table_cells(table: Any, names: list[Any], image_key: str | None) -> Iterable[Input]:
    features = getattr(table, "features", None)
    if features and image_key is None:  # a Dataset says which of its columns is a picture
        image_key = next((n for n, kind in features.items() if _is_picture(kind)), None)
    key = _picture_column(names, image_key)
    if isinstance(key, PhotoError):
        return [key]
    if features and _is_picture(features.get(key)):
        # As stored: opened under photoloupe's limits, and a broken picture ends no iteration.
        table = table.cast_column(key, type(features[key])(decode=False))
    if hasattr(table, "select_columns") and features:
        return (_cell(row[key]) for row in table.select_columns([key]))
    return map(_cell, table[key])


def _is_picture(feature: Any) -> bool:
    return type(feature).__name__ == "Image" and hasattr(feature, "decode")

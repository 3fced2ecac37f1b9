"""File names -> coded photos: each file read once, each content coded once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from photoloupe.crop_search.cache import CropCache
from photoloupe.crop_search.photo_code import PhotoCode, make_code
from photoloupe.crops.picture import LONG_SIDE, Picture, make_picture
from photoloupe.errors import PhotoError
from photoloupe.media.inputs import Input
from photoloupe.media.photo import DEFAULT_LIMITS, Content, Limits, open_photo
from photoloupe.parallel import in_order


@dataclass(frozen=True)
class CodedPhoto:
    """A photo and its code.

    path: name of the file; sha256: of its bytes; picture: the decoded photo, kept where there is no
    file to decode it from again.
    """

    path: str
    sha256: str
    code: PhotoCode
    picture: Picture | None = field(default=None, repr=False, compare=False)


def read_codes(
    paths: Iterable[str], cache: CropCache | None = None, jobs: int | None = None
) -> Iterator[CodedPhoto | PhotoError]:
    """Code each photo, in order; a file that is listed twice, or linked to, counts once.

    cache: codes are read from it and added to it; jobs: threads, by default one a core. A photo
    that cannot be read is yielded as its PhotoError.
    """
    yield from in_order(lambda path: read_code(path, cache), each_once(paths), jobs)


def read_input_codes(
    photos: Iterable[Input], cache: CropCache | None = None, jobs: int | None = None
) -> Iterator[CodedPhoto | PhotoError]:
    """As `read_codes`, also of photos without a file: `<array 3>` is the third of all photos."""
    numbered = enumerate(_each_file_once(photos), 1)
    yield from in_order(lambda item: _read_input_code(*item, cache), numbered, jobs)


def _each_file_once(photos: Iterable[Input]) -> Iterator[Input]:
    met = set[str]()
    for photo in photos:
        if not isinstance(photo, (str, os.PathLike)):
            yield photo
        elif (real := _real_path(os.fspath(photo))) not in met:
            met.add(real)
            yield os.fspath(photo)


def _read_input_code(number: int, photo: Input, cache: CropCache | None) -> CodedPhoto | PhotoError:
    if isinstance(photo, PhotoError):
        return photo
    if isinstance(photo, str):
        return read_code(photo, cache)
    try:
        picture = make_picture(photo)
    except PhotoError as error:
        return PhotoError(error.code, _numbered(error.path, number), error.message)
    picture = replace(picture, name=_numbered(picture.name, number))
    assert picture.sha256 is not None
    return CodedPhoto(picture.name, picture.sha256, make_code(picture), picture)


def _numbered(name: str, number: int) -> str:
    return f"{name[:-1]} {number}>" if name.startswith("<") else name


def each_once(paths: Iterable[str]) -> Iterator[str]:
    """The paths, without those that name a file again (links are followed)."""
    met = set()
    for path in paths:
        if (real := _real_path(path)) not in met:
            met.add(real)
            yield path


def _real_path(path: str) -> str:
    """Not by Path.resolve, which raises for names too long or with a NUL: they become rows."""
    return os.path.realpath(path) if "\0" not in path else path


def read_code(path: str, cache: CropCache | None = None) -> CodedPhoto | PhotoError:
    """Code one photo, or take its code from the cache; returns a PhotoError if unreadable."""
    sha256 = content_sha256(path) if cache else None
    if cache and sha256 and (code := cache.code(sha256)):
        return CodedPhoto(path, sha256, code)
    try:
        photo = open_photo(path, min_pixels=LONG_SIDE * LONG_SIDE)
    except PhotoError as error:
        return error
    code = make_code(make_picture(photo))
    if cache:
        cache.keep(photo.facts.sha256, code)
    return CodedPhoto(path, photo.facts.sha256, code)


def code_content(content: Content, limits: Limits = DEFAULT_LIMITS) -> CodedPhoto:
    """Code a photo that may have no file, such as an upload. Raises PhotoError."""
    photo = open_photo(content, min_pixels=LONG_SIDE * LONG_SIDE, limits=limits)
    picture = make_picture(photo)
    return CodedPhoto(content.name, content.sha256, make_code(picture), picture)


def code_of(path: str, cache: CropCache | None = None) -> CodedPhoto:
    """As `read_code`. Raises PhotoError."""
    photo = read_code(path, cache)
    if isinstance(photo, PhotoError):
        raise photo
    return photo


def content_sha256(path: str) -> str | None:
    """The hex sha256 of a file; None if it is no regular file, is too large or cannot be read.

    (Opening a pipe would wait for ever.) `open_photo` then says what is wrong.
    """
    try:
        if not Path(path).is_file() or Path(path).stat().st_size > DEFAULT_LIMITS.file_bytes:
            return None
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None

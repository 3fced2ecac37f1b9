"""What a person names on a command line -> the photos meant."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from photoloupe.media.formats import is_photo
from photoloupe.media.raw_formats import RAW_EXTENSIONS

EXTENSIONS = {
    ".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff",
    ".heic", ".heif", ".avif", ".jp2", ".j2k", ".jpx", *RAW_EXTENSIONS,
}  # fmt: skip


def list_photos(names: Iterable[str], lines: Iterable[str] = ()) -> Iterator[str]:
    """Files, folders, globs and `-` (one name a line of `lines`), in order -> file names.

    A file that is named is always listed, so that what cannot be read is reported. In a folder,
    a file is listed if its content is a photo's, or its extension says that it should be.
    Hidden entries and links to folders are left out.
    """
    for name in names:
        if name == "-":
            yield from list_photos(line for raw in lines if (line := raw.rstrip("\r\n")))
        elif os.path.isdir(name):  # noqa: PTH112 (Path would raise for a name too long)
            yield from _walk(name)
        elif glob.has_magic(name) and not os.path.lexists(name):
            found = _expand(name)
            yield from list_photos(found) if found else [name]
        else:
            yield name


def _expand(pattern: str) -> list[str]:
    names = glob.glob(pattern, recursive=True)  # noqa: PTH207 (Path.glob takes no absolute one)
    if "**" in pattern:  # names what lies inside a folder beside the folder itself
        names = [name for name in names if not Path(name).is_dir()]
    return sorted(names)


def _walk(folder: str) -> Iterator[str]:
    closed: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = os.path.join(parent, name)  # noqa: PTH118 (Path would drop a leading ./)
            if not name.startswith(".") and (
                os.path.splitext(name)[1].lower() in EXTENSIONS  # noqa: PTH122 (a tenth of the time)
                or is_photo(path)
            ):
                yield path
    yield from (str(error.filename) for error in closed)  # to be reported as what cannot be read

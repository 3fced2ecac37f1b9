"""What a person names on a command line -> the photos meant."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from photoloupe.media.formats import is_photo
from photoloupe.media.ignore import IGNORE, NO_MEDIA, IgnoreList, is_ignored, read_ignore_list
from photoloupe.media.raw_formats import RAW_EXTENSIONS

EXTENSIONS = {
    ".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff",
    ".heic", ".heif", ".avif", ".jp2", ".j2k", ".jpx", *RAW_EXTENSIONS,
}  # fmt: skip


SIDECARS = {".xmp", ".aae", ".pp3", ".dop", ".on1", ".cos", ".thm"}  # what editors write by a photo
TABLE = ".lance"  # how a catalog's folders end: they hold no photos


@dataclass
class PassedOver:
    """What walks of folders left out, in numbers of files.

    others: no photos; sidecars: of photo editors; ignored: folders and files that `.nomedia` or
    `.photoloupeignore` leave out; raws: listed, but `photoloupe[raw]` is not installed.
    """

    others: int = 0
    sidecars: int = 0
    ignored: int = 0
    raws: int = 0
    can_read_raw: bool = field(default_factory=lambda: find_spec("rawpy") is not None)

    def in_words(self) -> str:
        """`passed over: 3 files that are no photos, 2 sidecars`; empty if there is nothing."""
        texts = [
            _count(self.others, "file that is no photo", "files that are no photos"),
            _count(self.sidecars, "sidecar", "sidecars"),
            _count(self.ignored, "ignored file or folder", "ignored files and folders"),
            _count(self.raws, "RAW photo", "RAW photos", ", which need photoloupe[raw]"),
        ]
        found = ", ".join(text for text in texts if text)
        return f"passed over: {found}" if found else ""


def _count(number: int, one: str, many: str, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else many}{more}" if number else ""


def list_photos(
    names: Iterable[str], lines: Iterable[str] = (), passed: PassedOver | None = None
) -> Iterator[str]:
    """Files, folders, globs and `-` (one name a line of `lines`), in order -> file names.

    A file that is named is always listed, so that what cannot be read is reported. In a folder,
    a file is listed if its content is a photo's, or its extension says that it should be.
    Hidden entries and links to folders are left out, and what `.nomedia` (the folder that holds it,
    and all below) and `.photoloupeignore` (patterns as of `.gitignore`) say. passed: is given the
    numbers of what was left out, complete when the iterator ends.
    """
    passed = passed or PassedOver()
    for name in names:
        if name == "-":
            given = (line for raw in lines if (line := raw.rstrip("\r\n")))
            yield from list_photos(given, (), passed)
        elif os.path.isdir(name):  # noqa: PTH112 (Path would raise for a name too long)
            yield from _walk(name, passed)
        elif glob.has_magic(name) and not os.path.lexists(name):
            found = _expand(name)
            yield from list_photos(found, (), passed) if found else [name]
        else:
            yield name


def _expand(pattern: str) -> list[str]:
    names = glob.glob(pattern, recursive=True)  # noqa: PTH207 (Path.glob takes no absolute one)
    if "**" in pattern:  # names what lies inside a folder beside the folder itself
        names = [name for name in names if not Path(name).is_dir()]
    return sorted(names)


def _walk(folder: str, passed: PassedOver) -> Iterator[str]:
    closed: list[OSError] = []
    lists: dict[str, tuple[IgnoreList, ...]] = {}  # by folder, its own and those above it
    for parent, folders, files in os.walk(folder, onerror=closed.append):
        above = lists.pop(parent, ())
        if NO_MEDIA in files:
            folders.clear()
            passed.ignored += 1
            continue
        if IGNORE in files:
            above = (*above, read_ignore_list(parent))
        folders[:] = [name for name in sorted(folders) if _is_walked(parent, name, above, passed)]
        lists |= {os.path.join(parent, name): above for name in folders if above}  # noqa: PTH118
        for name in sorted(files):
            path = os.path.join(parent, name)  # noqa: PTH118 (Path would drop a leading ./)
            if not name.startswith(".") and _is_listed(path, above, passed):
                yield path
    yield from (str(error.filename) for error in closed)  # to be reported as what cannot be read


def _is_walked(parent: str, name: str, lists: Sequence[IgnoreList], passed: PassedOver) -> bool:
    if name.startswith(".") or name.endswith(TABLE):
        return False
    path = os.path.join(parent, name)  # noqa: PTH118
    ignored = bool(lists) and is_ignored(path, lists, is_folder=True)
    passed.ignored += ignored
    return not ignored


def _is_listed(path: str, lists: Sequence[IgnoreList], passed: PassedOver) -> bool:
    extension = os.path.splitext(path)[1].lower()  # noqa: PTH122 (a tenth of the time)
    if lists and is_ignored(path, lists, is_folder=False):
        passed.ignored += 1
    elif extension in EXTENSIONS or is_photo(path):
        passed.raws += extension in RAW_EXTENSIONS and not passed.can_read_raw
        return True
    elif extension in SIDECARS:
        passed.sidecars += 1
    else:
        passed.others += 1
    return False

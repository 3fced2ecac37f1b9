"""Write repaired copies of squished photos; never touch a photo, never overwrite a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from photoloupe.errors import PhotoError
from photoloupe.inspector import Inspector
from photoloupe.media.encode import reencode
from photoloupe.media.paths import list_photos
from photoloupe.media.photo import Content, Limits, open_stored, raw_is_kept, read_content
from photoloupe.media.raw_formats import RAW_FORMATS
from photoloupe.media.safe_files import temporary_sibling
from photoloupe.questions.squish import Squish
from photoloupe.report import PhotoReport
from photoloupe.uses.repair import check_size, repaired_size


@dataclass(frozen=True)
class Fix:
    """What became of one photo: a copy, nothing because it needs none, or an error.

    copy: the file that was written, or with `dry_run` would be; None if the photo is left alone;
    note: why there is no photograph to judge; size_wh: of the photo, copy_wh: of the copy, upright,
    in pixels.
    """

    path: str
    squish: Squish | None = None
    copy: str | None = None
    size_wh: tuple[int, int] | None = None
    copy_wh: tuple[int, int] | None = None
    error: PhotoError | None = None
    note: str | None = None

    def in_words(self) -> str:
        """One line for a person."""
        if self.error is not None:
            return f"error  {self.path}: {self.error.message} [{self.error.code}]"
        if self.note is not None:
            return f"left   {self.path}: {self.note}"
        assert self.squish is not None
        if self.copy is None:
            why = "unsure" if self.squish.unsure else "not squished"
            return f"left   {self.path}: {why}"
        assert self.size_wh
        assert self.copy_wh
        sizes = "{} x {} becomes {} x {}".format(*self.size_wh, *self.copy_wh)
        return f"fixed  {self.path}: {self.squish.in_words()}, {sizes}: {self.copy}"


def fix_photos(
    paths: Iterable[str],
    out: Path,
    *,
    shrink: bool = False,
    dry_run: bool = False,
    inspector: Inspector | None = None,
) -> Iterator[Fix]:
    """A `Fix` a photo, in order; copies go into the folder `out`, which is made if need be.

    A photo of which the model is unsure is left alone. Photos of several folders keep their
    folders below the one that they share, so names do not meet; a file that is there already is
    that photo's error. shrink: shrink the longer side instead of enlarging the squeezed one.
    paths: as in paths.list_photos; all are listed before the first copy is written, for copies are
    not photos to fix.
    """
    inspector = inspector or Inspector(only=["squish"])
    named = {os.path.abspath(path): path for path in list_photos(paths)}  # noqa: PTH100 (keeps links as named)
    top = _shared_folder(list(named))
    for place, report in zip(named, inspector.stream(named.values()), strict=True):
        target = out / Path(place).relative_to(top)
        try:
            yield _fix(report, target, shrink, dry_run, inspector.limits)
        except PhotoError as error:
            yield Fix(report.path, error=error)


def _shared_folder(places: list[str]) -> str:
    return os.path.commonpath([os.path.dirname(place) for place in places]) if places else ""  # noqa: PTH120


def _fix(report: PhotoReport, target: Path, shrink: bool, dry_run: bool, limits: Limits) -> Fix:
    if report.error is not None:
        raise report.error
    if report.format in RAW_FORMATS:
        raise raw_is_kept(report.path, str(report.format))
    if report.note is not None:
        return Fix(report.path, note=report.note)
    squish = report.squish
    assert squish is not None, "a shipped model answers squish"
    if not squish.squished:
        return Fix(report.path, squish)
    size_wh = report.width or 1, report.height or 1
    copy_wh = repaired_size(size_wh, squish, shrink=shrink)
    check_size(copy_wh, report.path, limits)
    if os.path.lexists(target):
        raise _exists(report.path, target)
    if not dry_run:
        copy = repaired_copy(read_content(report.path, limits), copy_wh, limits)
        write_new(target, copy, report.path)
    return Fix(report.path, squish, str(target), size_wh, copy_wh)


def repaired_copy(content: Content, copy_wh: tuple[int, int], limits: Limits) -> bytes:
    """A file's bytes at another size, given upright; what was stored turned stays turned.

    Raises PhotoError.
    """
    image, facts = open_stored(content, limits)
    stored_wh = copy_wh if facts.orientation < 5 else copy_wh[::-1]
    return reencode(image, stored_wh, facts, content.data)


# --- writing -------------------------------------------------------------------------------------


def write_new(target: Path, data: bytes, path: str) -> None:
    """Write a file that does not exist yet, completely or not at all; `path`: the original photo.

    Raises PhotoError: `exists` if the name is taken, `unwritable` if the system refuses.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary_sibling(target) as part:
            part.write_bytes(data)
            taken = not _rename_new(part, target)
    except OSError as error:
        what = f"{target} cannot be written ({error.strerror or error})"
        raise PhotoError("unwritable", path, what) from error
    if taken:
        raise _exists(path, target)


def _rename_new(part: Path, target: Path) -> bool:
    """Rename unless the name is taken; `rename` itself would clobber, a link does not."""
    try:
        try:
            target.hardlink_to(part)
        except FileExistsError:
            raise
        except OSError:  # a file system without links: take the name first, then fill it
            target.open("xb").close()
            part.replace(target)
    except FileExistsError:
        return False
    return True


def _exists(path: str, target: Path) -> PhotoError:
    return PhotoError("exists", path, f"{target} is there already")

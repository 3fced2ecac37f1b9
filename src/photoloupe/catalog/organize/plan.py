"""What would be moved where: duplicates, rejects, selfies. A plan is JSON lines to read and edit.

One line a photo: path, to, why, sha256 and, for a duplicate, the original that stays.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from photoloupe.catalog.location import folder_prefix
from photoloupe.catalog.schema import text_to_path
from photoloupe.catalog.sidecars.sidecar_paths import SidecarPaths, moved_sidecar
from photoloupe.catalog.sql import PRESENT
from photoloupe.catalog.store import Catalog
from photoloupe.errors import CatalogError

REASONS = ("reject", "duplicate", "selfie")  # a photo moves for the first of them that holds


@dataclass(frozen=True)
class Move:
    """One photo to move. path, to: absolute; why: one of REASONS; sha256: of its content.

    original: path of the copy that stays, for a duplicate.
    """

    path: str
    to: str
    why: str
    sha256: str
    original: str | None = None


@dataclass(frozen=True)
class _Photo:
    path: str
    sha256: str
    mtime_ns: int
    rejected: bool
    selfie: bool


def make_plan(catalog: Catalog, folders: dict[str, str]) -> Iterator[Move]:
    """Plan moves, in the order of paths. Nothing is moved.

    folders: where photos go, by reason; a reason without a folder moves nothing. A photo that lies
    in one of the folders stays, and counts neither as a copy nor as an original. Raises
    CatalogError.
    """
    targets = {why: os.path.abspath(folder) for why, folder in folders.items()}  # noqa: PTH100
    free, paths = _FreeNames(), SidecarPaths()
    for why, photo, original in _chosen(_photos(catalog, targets.values()), targets.keys()):
        if os.path.lexists(photo.path) and not Path(photo.path).is_symlink():
            to = free.name(photo.path, paths.sidecars(photo.path), targets[why])
            yield Move(photo.path, to, why, photo.sha256, original)


def _photos(catalog: Catalog, folders: Iterable[str]) -> list[_Photo]:
    inside = tuple(map(folder_prefix, folders))
    names = ["path", "sha256", "mtime_ns", "decision", "selfie"]
    found = []
    for batch in catalog.read(f"{PRESENT} AND error IS NULL", names):
        for row in batch.to_pylist():
            if not row["path"].startswith(inside):
                selfie = bool(row["selfie"] and row["selfie"]["is_selfie"])
                path, rejected = text_to_path(row["path"]), row["decision"] == "reject"
                found.append(_Photo(path, row["sha256"], row["mtime_ns"], rejected, selfie))
    return sorted(found, key=lambda photo: photo.path)


def _chosen(
    photos: list[_Photo], reasons: Iterable[str]
) -> Iterator[tuple[str, _Photo, str | None]]:
    """A reason, a photo and its original, in the order of paths."""
    originals = _originals(photos)
    for photo in photos:
        original = originals[photo.sha256]
        copied = photo is not original and not _same_file(photo.path, original.path)
        matches = {"reject": photo.rejected, "duplicate": copied, "selfie": photo.selfie}
        why = next((why for why in REASONS if why in reasons and matches[why]), None)
        if why is not None:
            yield why, photo, original.path if why == "duplicate" else None


def _originals(photos: list[_Photo]) -> dict[str, _Photo]:
    """The photo that stays, by content: the oldest file, then the first by path."""
    alike = defaultdict[str, list[_Photo]](list)
    for photo in photos:
        alike[photo.sha256].append(photo)
    return {
        content: min(those, key=lambda photo: (photo.mtime_ns, photo.path))
        for content, those in alike.items()
    }


def _same_file(a: str, b: str) -> bool:
    """One file by two names, through a link: no copy, and moving it would move the original."""
    try:
        return Path(a).samefile(b)
    except OSError:
        return False


class _FreeNames:
    """Names in the folders that neither a file nor the plan has."""

    def __init__(self) -> None:
        self._taken = set[str]()

    def name(self, photo: str, sidecars: list[str], folder: str) -> str:
        """The photo's own name, or with -2, -3, ...; those of its sidecars are free with it."""
        stem, suffix, number = Path(photo).stem, Path(photo).suffix, 1
        while True:
            tail = "" if number == 1 else f"-{number}"
            to = str(Path(folder) / f"{stem}{tail}{suffix}")
            wanted = {to, *(moved_sidecar(photo, sidecar, to) for sidecar in sidecars)}
            if not wanted & self._taken and not any(map(os.path.lexists, wanted)):
                self._taken |= wanted
                return to
            number += 1


# --- on disk -------------------------------------------------------------------------------------


def save_plan(moves: Iterable[Move], path: Path) -> int:
    """Write a plan to a new file -> the number of its moves. Raises OSError."""
    count = 0
    with path.open("x", encoding="utf-8", errors="surrogateescape") as file:
        for count, move in enumerate(moves, 1):  # noqa: B007 (the last is the number)
            file.write(json.dumps(asdict(move), ensure_ascii=False) + "\n")
    return count


def load_plan(path: Path) -> list[Move]:
    """Read a plan. Raises CatalogError for a line that is no move, OSError."""
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    return [_move(path, number, line) for number, line in enumerate(text.split("\n"), 1) if line]


def _move(path: Path, number: int, line: str) -> Move:
    try:
        move = Move(**json.loads(line))
        texts = [move.path, move.to, move.sha256]
        if not all(isinstance(text, str) and os.path.isabs(text) for text in texts[:2]):  # noqa: PTH117
            raise ValueError("path and to must be absolute")
    except (ValueError, TypeError) as error:
        raise CatalogError(f"{path}, line {number}: no move ({error})") from error
    return move

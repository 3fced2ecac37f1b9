"""Files written and moved so that a crash loses nothing, and nothing is ever overwritten."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photoloupe.errors import PhotoError, system_reason


@contextmanager
def as_photo_error(path: str) -> Iterator[None]:
    """Turn an OSError or ValueError of the block into a PhotoError of this file.

    Raises PhotoError: `not_found`, `not_permitted`, `exists` or `unwritable`.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise PhotoError("not_found", path, "no such file") from error
    except PermissionError as error:
        raise PhotoError("not_permitted", path, "no permission") from error
    except FileExistsError as error:
        raise PhotoError("exists", path, f"{error.filename} is there already") from error
    except OSError as error:
        raise PhotoError("unwritable", path, system_reason(error)) from error
    except ValueError as error:  # a NUL in the name
        raise PhotoError("unwritable", path, str(error)) from error


def changed_error(path: str, what: str) -> PhotoError:
    """The error of a file that is not the expected one any more."""
    return PhotoError("changed", path, what)


def read_plain(path: str, most: int = sys.maxsize) -> bytes | None:
    """All bytes, None if there is no file. Raises PhotoError over `most`, and for a link."""
    with as_photo_error(path):
        if not os.path.lexists(path):
            return None
        status = check_plain(path)
        if status.st_size > most:
            raise PhotoError("too_large", path, f"over the limit of {most:,} bytes")
        return Path(path).read_bytes()


def check_plain(path: str) -> os.stat_result:
    """The status of a plain file, links not followed.

    A rename would put a file in place of a link, and reading a pipe would wait forever.
    Raises PhotoError `not_a_file` for those, OSError if there is nothing.
    """
    status = Path(path).lstat()
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError("not_a_file", path, "not a plain file; left alone")
    return status


def file_sha256(path: str) -> str:
    """sha256 of a file, which may be larger than memory. Raises OSError."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_content(path: str, sha256: str) -> bool:
    """Does this file exist, with this content?"""
    try:
        return file_sha256(path) == sha256
    except OSError:
        return False


@contextmanager
def temporary_sibling(path: str | Path) -> Iterator[Path]:
    """A hidden, free name in the folder of `path`, with its suffix; scans leave it out.

    What is still there at the end of the block is deleted.
    """
    sibling = Path(path).parent / f".photoloupe-{secrets.token_hex(8)}{Path(path).suffix}"
    try:
        yield sibling
    finally:
        sibling.unlink(missing_ok=True)


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary name to write to; it is renamed to `path` at the end of the block.

    So nobody ever reads half a file, and an error in the block leaves the old one. Raises OSError.
    """
    if Path(path).is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is the name of a folder", str(path))
    with temporary_sibling(path) as sibling:
        yield sibling
        sibling.replace(path)


def replace_content(path: str, data: bytes, before: bytes | None) -> None:
    """Replace a file's content in one step, if it still is `before` (None: if there is no file).

    Raises PhotoError.
    """
    with as_photo_error(path), replacing(path) as sibling:
        _write(sibling, data)
        if before is not None:
            shutil.copymode(path, sibling)
        if read_plain(path) != before:
            raise changed_error(path, "changed meanwhile")


def move_file(source: str, target: str) -> None:
    """Move a plain file to a name that nobody has, on this disk or another. Raises OSError.

    The name is taken by an empty file first: a rename alone would write over what came meanwhile.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    try:
        try:
            Path(source).replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _carry(source, target)
    except BaseException:
        if Path(source).exists():
            Path(target).unlink()
        raise


def move_all(moves: list[tuple[str, str]]) -> None:
    """Move files that belong together; if one cannot be moved, all go back. Raises PhotoError."""
    done: list[tuple[str, str]] = []
    with as_photo_error(moves[0][0] if moves else ""):
        try:
            for source, target in moves:
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                move_file(source, target)
                done.append((source, target))
        except OSError:
            for source, target in reversed(done):
                move_file(target, source)
            raise


def _carry(source: str, target: str) -> None:
    """Move between disks: the copy is complete, checked and on the disk before the source goes."""
    with replacing(target) as sibling:
        shutil.copy2(source, sibling)
        with sibling.open("rb+") as file:
            os.fsync(file.fileno())
        if file_sha256(str(sibling)) != file_sha256(source):
            raise OSError(errno.EIO, "the copy differs from its source", source)
    Path(source).unlink()


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())

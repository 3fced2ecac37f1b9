"""Where a catalog lies, and how its rows name files."""

from __future__ import annotations

import os
from pathlib import Path

NAME = ".photoloupe"  # the folder of a catalog, next to the photos


def is_local(uri: str) -> bool:
    """Is a catalog's URI a folder of this machine, not object storage?"""
    return "://" not in uri


def row_path(name: str) -> str:
    """The path of a file as its row has it: absolute, as text."""
    from photoloupe.catalog.schema import path_to_text  # needs pyarrow

    return path_to_text(os.path.abspath(name))  # noqa: PTH100 (Path.resolve would follow links)


def folder_prefix(folder: str) -> str:
    """What the paths of all files in a folder begin with, as rows have them."""
    return os.path.join(row_path(folder), "")  # noqa: PTH118 (ends in the system's separator)


def find_catalog(near: str, uri: str | None = None) -> str:
    """`uri`, or the nearest `.photoloupe` in a folder or above it, or where one is to be made.

    near: a folder, or a file, glob or `-`, which stand for their folder. A `uri` that is a folder
    of photos with a `.photoloupe` inside stands for that.
    """
    if uri:
        inside = Path(uri) / NAME
        return str(inside) if is_local(uri) and inside.is_dir() else uri
    folder = Path("." if near == "-" else near).absolute()
    if not folder.is_dir():
        folder = folder.parent
    above = [folder, *folder.parents]
    return str(next((at / NAME for at in above if (at / NAME).is_dir()), folder / NAME))


def catalog_folder(near: str, uri: str | None = None) -> str | None:
    """The folder of the existing catalog that `find_catalog` gives; None if there is none.

    Also None for a catalog in object storage, which has no folder.
    """
    found = find_catalog(near, uri)
    return found if is_local(found) and Path(found).is_dir() else None

"""Which files the service may open: those inside the served folder, wherever links lead."""

from __future__ import annotations

import os
from collections.abc import Iterable

from photoloupe.web.errors import RequestError


class AllowedFolder:
    """The served folder; None: the common folder of all photos of the catalog.

    The paths of rows are as a scan was given them, perhaps through a link, so the folder is known
    both as it was named and by its real path.
    """

    def __init__(self, folder: str | None) -> None:
        self.folder = folder
        self._named = [] if folder is None else [_with_slash(os.path.abspath(folder))]  # noqa: PTH100
        self._real = None if folder is None else _with_slash(os.path.realpath(folder))

    @property
    def name(self) -> str | None:
        """The folder's name for people, without its path."""
        named = self._named[0].rstrip("/") if self._named else ""
        return os.path.basename(named) or None  # noqa: PTH119

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The folder as it was named and its real path, each with a slash at its end."""
        return (*self._named, *([self._real] if self._real else []))

    def row_prefixes(self) -> tuple[str, ...]:
        """Rows whose path begins with any of these are served."""
        return ("",) if self.folder is None else self.prefixes

    def set_from_paths(self, paths: Iterable[str]) -> None:
        """Where no folder was given: take the common folder of these photos."""
        if self.folder is None:
            folders = {os.path.dirname(path) for path in paths}  # noqa: PTH120
            try:
                shared = os.path.commonpath(folders) if folders else ""
            except ValueError:  # two drives
                shared = ""
            self._named = [_with_slash(shared)] if shared else []
            self._real = _with_slash(os.path.realpath(shared)) if shared else None

    def relative_path(self, path: str) -> str:
        """A row's path relative to the folder, as clients see it."""
        prefix = next((prefix for prefix in self.prefixes if path.startswith(prefix)), "")
        return path[len(prefix) :]

    def checked_path(self, path: str) -> str:
        """The file's real path. Raises RequestError `outside` if it is not inside the folder."""
        if not self.contains(path):
            raise RequestError(403, "outside", "not inside the served folder")
        return os.path.realpath(path)

    def contains(self, path: str) -> bool:
        """Whether the file, with all links followed, is inside the folder."""
        return self._real is not None and os.path.realpath(path).startswith(self._real)

    def resolve(self, name: str) -> str:
        """A client's path, relative or absolute -> the real path. Raises RequestError `outside`."""
        if "\0" in name or self._real is None:
            raise RequestError(403, "outside", "not inside the served folder")
        return self.checked_path(os.path.join(self._real, name))  # noqa: PTH118 (may be absolute)


def _with_slash(folder: str) -> str:
    return folder.rstrip("/") + "/"

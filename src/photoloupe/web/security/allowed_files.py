"""Which files the service may open: those inside the served folder, wherever links lead."""

from __future__ import annotations

import os
from collections.abc import Iterable

from photoloupe.web.errors import Refusal


class Places:
    """folder: what is served; None: the folder that all photos of the catalogue share.

    Rows name files as a scan was told, perhaps through a link; so a folder has two beginnings.
    """

    def __init__(self, folder: str | None) -> None:
        self.folder = folder
        self._named = [] if folder is None else [_ended(os.path.abspath(folder))]  # noqa: PTH100
        self._real = None if folder is None else _ended(os.path.realpath(folder))

    @property
    def name(self) -> str | None:
        """Of the folder, for people; no path."""
        named = self._named[0].rstrip("/") if self._named else ""
        return os.path.basename(named) or None  # noqa: PTH119

    @property
    def folders(self) -> tuple[str, ...]:
        """The folder, as it was named and as it is."""
        return (*self._named, *([self._real] if self._real else []))

    def begins(self) -> tuple[str, ...]:
        """What paths of rows begin with; any of these."""
        return ("",) if self.folder is None else self.folders

    def learn(self, paths: Iterable[str]) -> None:
        """Without a folder: what the photos share."""
        if self.folder is None:
            folders = {os.path.dirname(path) for path in paths}  # noqa: PTH120
            try:
                shared = os.path.commonpath(folders) if folders else ""
            except ValueError:  # two drives
                shared = ""
            self._named = [_ended(shared)] if shared else []
            self._real = _ended(os.path.realpath(shared)) if shared else None

    def shown(self, path: str) -> str:
        """A path, relative to the folder."""
        start = next((begin for begin in self.folders if path.startswith(begin)), "")
        return path[len(start) :]

    def inside(self, path: str) -> str:
        """The file's real path. Raises Refusal `outside`."""
        if not self.holds(path):
            raise Refusal(403, "outside", "not inside the served folder")
        return os.path.realpath(path)

    def holds(self, path: str) -> bool:
        """Does the file lie inside?"""
        return self._real is not None and os.path.realpath(path).startswith(self._real)

    def found(self, name: str) -> str:
        """A name that a client gave, relative or whole -> the file's real path. Raises Refusal."""
        if "\0" in name or self._real is None:
            raise Refusal(403, "outside", "not inside the served folder")
        return self.inside(os.path.join(self._real, name))  # noqa: PTH118 (a whole name stays)


def _ended(folder: str) -> str:
    return folder.rstrip("/") + "/"

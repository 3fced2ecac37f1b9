"""Which files the service may open: those inside the served folder, wherever links lead."""

from __future__ import annotations

import os
from collections.abc import Iterable

from photoloupe.web.refusals import Refusal


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

    def begins(self) -> tuple[str, ...]:
        """What paths of rows begin with; any of these."""
        if self.folder is None:
            return ("",)
        return (*self._named, *([self._real] if self._real else []))

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
        start = next((b for b in (*self._named, self._real) if b and path.startswith(b)), "")
        return path[len(start) :]

    def inside(self, path: str) -> str:
        """The file's real path. Raises Refusal `outside`."""
        real = os.path.realpath(path)
        if self._real is None or not real.startswith(self._real):
            raise Refusal(403, "outside", "not inside the served folder")
        return real

    def found(self, name: str) -> str:
        """A name that a client gave, relative or whole -> the file's real path. Raises Refusal."""
        if "\0" in name or self._real is None:
            raise Refusal(403, "outside", "not inside the served folder")
        return self.inside(os.path.join(self._real, name))  # noqa: PTH118 (a whole name stays)


def _ended(folder: str) -> str:
    return folder.rstrip("/") + "/"

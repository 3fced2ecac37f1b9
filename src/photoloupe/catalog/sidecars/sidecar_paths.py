"""Which sidecars belong to a photo.

photoloupe makes `photo.jpg.xmp`, as darktable and digiKam do: it is clear even if photo.jpg and
photo.cr2 lie in one folder. `photo.xmp`, as Lightroom makes it, belongs to a photo only if no other
file of the folder has its stem.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

SUFFIX = ".xmp"


class SidecarPaths:
    """Finds sidecars of photos. Names of the last folder are kept: photos come folder by folder."""

    def __init__(self) -> None:
        self._folder: str | None = None
        self._sidecars: dict[str, list[str]] = {}
        self._stems = Counter[str]()

    def sidecars(self, photo: str) -> list[str]:
        """Paths of the existing sidecars of a photo, `photo.jpg.xmp` first. Raises OSError."""
        folder, name = os.path.split(photo)
        if folder != self._folder:
            self._read(folder)
        stem = Path(name).stem
        names = list(self._sidecars.get(name, ()))
        if stem != name and self._stems[stem] == 1:
            names += self._sidecars.get(stem, [])
        return [os.path.join(folder, sidecar) for sidecar in names]  # noqa: PTH118 (as the photo is named)

    def _read(self, folder: str) -> None:
        self._folder, self._sidecars, self._stems = None, {}, Counter()
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 (names alone are wanted)
            stem, suffix = os.path.splitext(name)  # noqa: PTH122 (a tenth of the time)
            if suffix.lower() == SUFFIX:
                self._sidecars.setdefault(stem, []).append(name)
            else:
                self._stems[stem] += 1
        self._folder = folder


def moved_sidecar(photo: str, sidecar: str, moved: str) -> str:
    """The new path of a photo's sidecar when the photo moves to `moved`: it keeps its naming."""
    name = Path(photo).name
    after_name = Path(sidecar).name[: -len(SUFFIX)] == name
    base = moved if after_name else str(Path(moved).with_suffix(""))
    return base + Path(sidecar).suffix

"""Which sidecars belong to a photo.

`photo.jpg.xmp` is what photoloupe makes: darktable and digiKam do the same, and it stays clear when
photo.jpg and photo.cr2 lie side by side. `photo.xmp`, as Lightroom has it, belongs to a photo only
if no other file there has its stem.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

SUFFIX = ".xmp"


class SidecarPaths:
    """Sidecars of photos; names of the last folder are kept, for photos come folder by folder."""

    def __init__(self) -> None:
        self._folder: str | None = None
        self._sidecars: dict[str, list[str]] = {}
        self._stems = Counter[str]()

    def sidecars(self, photo: str) -> list[str]:
        """Paths of those there are, `photo.jpg.xmp` first. Raises OSError."""
        folder, name = os.path.split(photo)
        if folder != self._folder:
            self._read(folder)
        stem = Path(name).stem
        names = list(self._sidecars.get(name, ()))
        if stem != name and self._stems[stem] == 1:
            names += self._sidecars.get(stem, [])
        return [f"{folder.rstrip('/')}/{sidecar}" for sidecar in names]

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
    """Where a photo's sidecar goes when the photo moves: it keeps its naming."""
    name = Path(photo).name
    whole = Path(sidecar).name[: -len(SUFFIX)] == name
    base = moved if whole else str(Path(moved).with_suffix(""))
    return base + Path(sidecar).suffix

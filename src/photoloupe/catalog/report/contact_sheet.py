"""One page of all photos of a catalog: self-contained, offline, in any browser.

    query -> thumbnail (threads) -> page, photo by photo -> families

Thumbnails go to the file as they are made, so memory does not grow with them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from photoloupe.catalog.ask.query import query
from photoloupe.catalog.report.sheet_families import SheetFamilies, ShownPhoto, sheet_families
from photoloupe.catalog.report.sheet_html import may_replace, page_ends, picture, value
from photoloupe.catalog.report.thumbnail import STATES, Thumbnail, make_thumbnail
from photoloupe.catalog.rows import row_to_dict
from photoloupe.catalog.schema import Row, text_to_path
from photoloupe.catalog.store import Catalog
from photoloupe.media.safe_files import replacing
from photoloupe.parallel import in_order

COLUMNS = (
    "path", "sha256", "file_bytes", "mtime_ns", "width", "height", "format", "camera", "lens",
    "taken", "focal_length", "exposure_time", "aperture", "iso", "squish", "selfie", "aesthetics",
    "note", "error", "rating", "decision",
)  # fmt: skip
EVERYTHING = "true"
Tell = Callable[[int, int], None]  # is told how many photos are done, of how many


@dataclass(frozen=True)
class Sheet:
    """What was written. photos: all; states: numbers of photos by thumbnail.STATES."""

    path: Path
    photos: int
    states: dict[str, int]
    families: SheetFamilies
    file_bytes: int

    def in_words(self) -> str:
        """`4,376 photos, 3 vanished, 12 families; 61.0 MB; report.html`"""
        said = [f"{self.photos:,} photos"]
        said += [f"{n:,} {state}" for state, n in self.states.items() if n and state != "there"]
        if self.families.state == "found":
            said.append(f"{len(self.families.groups):,} families")
        return f"{', '.join(said)}; {self.file_bytes / 1e6:.1f} MB; {self.path}"


def make_sheet(
    catalog: Catalog,
    out: str | os.PathLike[str],
    expression: str = EVERYTHING,
    *,
    crops: bool = True,
    force: bool = False,
    jobs: int | None = None,
    tell: Tell = lambda done, total: None,
) -> Sheet:
    """Write the page of the photos that match an expression, as in `query`.

    crops: look for crop families, if the catalog can; force: write over a file that is no
    contact sheet; jobs: threads, by default one a core. A photo that cannot be shown is there
    with the reason. Raises CatalogError, FileExistsError, OSError; the old page stays then.
    """
    path = Path(out)
    if not force and not may_replace(path):
        raise FileExistsError(f"{path}: no contact sheet, so it is left alone; --force replaces it")
    paths = [p for batch in query(catalog, expression, ["path"]) for p in batch["path"].to_pylist()]
    root = _root([text_to_path(text) for text in paths])
    before, after = page_ends(Path(root).name or root)
    with replacing(path) as partial, partial.open("wb") as file:
        file.write(before)
        states, shown = _write_photos(
            file, _rows(catalog, expression, len(paths), tell), jobs, root
        )
        families = sheet_families(catalog, shown, jobs) if crops else SheetFamilies("skipped")
        file.write(value("about", _about(root, expression, families)))
        file.write(after)
        size = file.tell()
    return Sheet(path, sum(states.values()), states, families, size)


def _rows(catalog: Catalog, expression: str, total: int, tell: Tell) -> Iterator[Row]:
    tell(0, total)
    done = 0
    for batch in query(catalog, expression, COLUMNS):
        for row in batch.to_pylist():
            yield row
            done += 1
            tell(done, max(done, total))  # a scan may add some meanwhile


def _write_photos(
    file: BinaryIO, rows: Iterator[Row], jobs: int | None, root: str
) -> tuple[dict[str, int], dict[str, ShownPhoto]]:
    """-> numbers by state, and the photos that can be related, by the path of their row."""
    states, shown = dict.fromkeys(STATES, 0), dict[str, ShownPhoto]()
    made = in_order(lambda row: (row, make_thumbnail(row)), rows, jobs)
    for number, (row, thumbnail) in enumerate(made):
        states[thumbnail.state] += 1
        if thumbnail.state == "there":
            shown[row["path"]] = ShownPhoto(number, (row["width"], row["height"]))
        file.write(value("photo", _photo(row, thumbnail, root)) + picture(thumbnail.webp))
    return states, shown


def _photo(row: Row, thumbnail: Thumbnail, root: str) -> dict[str, Any]:
    """What the page knows of a photo: its row, its name under the root, and its thumbnail."""
    given = {key: item for key, item in row_to_dict(row).items() if item is not None}
    given["path"] = os.path.relpath(given["path"], root) if root else given["path"]
    return {**given, "state": thumbnail.state, "thumbnail_wh": thumbnail.size_wh}


def _about(root: str, expression: str, families: SheetFamilies) -> dict[str, Any]:
    return {
        "root": root,
        "expression": None if expression == EVERYTHING else expression,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "families": {"state": families.state, "groups": families.groups},
    }


def _root(paths: list[str]) -> str:
    """The deepest folder that holds all photos; no text if there is none."""
    try:
        return os.path.commonpath([os.path.dirname(path) for path in paths])  # noqa: PTH120
    except ValueError:  # no photos, or two drives
        return ""

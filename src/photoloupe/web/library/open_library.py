"""Settings -> the library that is served. Loads LanceDB, which takes two seconds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from photoloupe.catalog.location import find_catalog, is_local
from photoloupe.catalog.store import Catalog
from photoloupe.web.library.background_scan import BackgroundScan
from photoloupe.web.library.decisions import Decisions
from photoloupe.web.library.family_cache import Relatives
from photoloupe.web.library.library import Library
from photoloupe.web.security.allowed_files import Places
from photoloupe.web.settings import Settings


@dataclass(frozen=True)
class Shelf:
    """A library, and what is kept beside it."""

    library: Library
    decisions: Decisions
    relatives: Relatives


def open_shelf(settings: Settings, places: Places, scan: BackgroundScan, jobs: int) -> Shelf:
    """The catalogue that is there, or a new one that a scan fills. Raises CatalogError, OSError."""
    folder = settings.folder
    uri = find_catalog(folder or ".", settings.catalog)
    is_new = is_local(uri) and not Path(uri).is_dir()
    wanted = settings.scan if settings.scan is not None else is_new
    catalog = Catalog(uri, make=bool(is_new and wanted and folder))
    library = Library(catalog, places)
    shelf = Shelf(library, Decisions(library), Relatives(library, jobs))
    if folder and wanted:
        scan.start(os.path.abspath(folder), uri)  # noqa: PTH100 (no name is an option then)
        library.scanning = lambda: scan.running
    library.index()
    return shelf

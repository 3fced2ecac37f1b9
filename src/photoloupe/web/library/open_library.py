"""Opens the catalog of the settings as a library. Loads LanceDB, which takes two seconds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from photoloupe.catalog.location import find_catalog, is_local
from photoloupe.catalog.store import Catalog
from photoloupe.web.library.background_scan import BackgroundScan
from photoloupe.web.library.crop_relations_cache import CropRelationsCache
from photoloupe.web.library.decisions import Decisions
from photoloupe.web.library.served_photos import ServedPhotos
from photoloupe.web.security.allowed_files import AllowedFolder
from photoloupe.web.settings import Settings


@dataclass(frozen=True)
class Library:
    """A served catalog: its photos, decisions on them, and crop relations among them."""

    photos: ServedPhotos
    decisions: Decisions
    relations: CropRelationsCache


def open_library(
    settings: Settings, folder: AllowedFolder, scan: BackgroundScan, jobs: int
) -> Library:
    """Open the catalog, or make a new one and start its scan. Raises CatalogError, OSError.

    jobs: threads that confirm crop relations.
    """
    uri = find_catalog(settings.folder or ".", settings.catalog)
    is_new = is_local(uri) and not Path(uri).is_dir()
    scans = settings.scan if settings.scan is not None else is_new
    catalog = Catalog(uri, make=bool(is_new and scans and settings.folder))
    photos = ServedPhotos(catalog, folder)
    library = Library(photos, Decisions(photos), CropRelationsCache(photos, jobs))
    if settings.folder and scans:
        # Absolute, so that no folder's name is taken for an option.
        scan.start(os.path.abspath(settings.folder), uri)  # noqa: PTH100
        photos.scanning = lambda: scan.running
    photos.index()
    return library

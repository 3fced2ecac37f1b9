"""FAISS is optional: what searches for no crops must work without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from photoloupe.catalog.store import Catalog

BEGIN = """
import sys

sys.modules["faiss"] = None  # an import of it raises ImportError
from photoloupe.catalog.store import Catalog

folder, uri, out = sys.argv[1:]
catalog = Catalog(uri)
"""

WRITE = """
from photoloupe.catalog.sidecars.stars import Stars
from photoloupe.catalog.sidecars.write import write_sidecars

found = []
write_sidecars(catalog, Stars(catalog), found.append)
print(len([row for row in found if row.error is None]))
"""

ORGANIZE = """
from photoloupe.catalog.organize.apply import apply_plan
from photoloupe.catalog.organize.plan import make_plan

found = []
apply_plan(catalog, list(make_plan(catalog, {"duplicate": out})), found.append)
print(len(found))
"""

SERVE = """
from photoloupe.web.library.background_scan import BackgroundScan
from photoloupe.web.library.open_library import open_library
from photoloupe.web.security.allowed_files import AllowedFolder
from photoloupe.web.settings import Settings

settings = Settings(folder=folder, catalog=uri, scan=False)
library = open_library(settings, AllowedFolder(folder), BackgroundScan(), 1)
print(len(library.photos.index()), library.relations.families().state)
"""

REPORT = """
from photoloupe.catalog.report.contact_sheet import make_sheet

sheet = make_sheet(catalog, out)
print(sheet.photos, sheet.families.state)
"""


@pytest.mark.parametrize(
    ("program", "printed"),
    [(WRITE, "11"), (ORGANIZE, "1"), (SERVE, "13 searching"), (REPORT, "13 not_installed")],
    ids=["write", "organize", "serve", "report"],
)
def test_it_works_without_faiss(
    scanned: Catalog, photos: Path, tmp_path: Path, program: str, printed: str
) -> None:
    arguments = [str(photos), scanned.uri, str(tmp_path / "out")]
    run = subprocess.run(
        [sys.executable, "-c", BEGIN + program, *arguments],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert run.stdout.strip() == printed, run.stderr

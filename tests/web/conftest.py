"""A catalog of the example photos, and a server on a free port, as `photoloupe serve` runs it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from photoloupe.catalog.scan.scan import scan
from photoloupe.catalog.store import Catalog
from photoloupe.web.server import listen, make_server
from photoloupe.web.settings import Settings
from tests.conftest import EXAMPLES
from tests.web.browser import browser, open_page  # noqa: F401 (fixtures)

PATIENCE = 30.0  # seconds


@dataclass
class Served:
    """url: without a slash at its end; folder: the photos that are served; client: asks there."""

    url: str
    folder: Path
    token: str | None
    client: httpx.Client

    def photo(self, name: str) -> dict[str, Any]:
        """A photo of the library by its file name."""
        photos = self.client.get("/v1/photos", params={"limit": 200}).json()["photos"]
        found: dict[str, Any] = next(photo for photo in photos if photo["path"] == name)
        return found


@contextmanager
def serving(folder: Path | None = None, **settings: Any) -> Iterator[Served]:
    """A real server in a thread, until the block ends."""
    made = Settings(folder=str(folder) if folder else None, port=0, **settings)
    with listen(made) as sock:
        server = make_server(made)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        headers = {"Authorization": f"Bearer {made.token}"} if made.token else {}
        try:
            with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE) as client:
                wait_until(lambda: client.get("/readyz").status_code == 200)
                yield Served(url, folder or Path(), made.token, client)
        finally:
            server.should_exit = True
            thread.join()


def wait_until(is_so: Any) -> None:
    """Ask again and again, for as long as patience lasts."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def scanned_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example photos with a catalog beside them; nobody changes it."""
    folder = tmp_path_factory.mktemp("scanned") / "photos"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("*.md"))
    scan(Catalog(str(folder / ".photoloupe"), make=True), [str(folder)], crops=True)
    return folder


@pytest.fixture(scope="session")
def served(scanned_folder: Path) -> Iterator[Served]:
    """The example photos, served. Whoever rates one takes it back."""
    with serving(scanned_folder) as found:
        yield found

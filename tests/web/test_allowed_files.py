"""No file outside the served folder is opened, wherever names and links lead."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from photoloupe.catalog.scan.scan import scan
from photoloupe.catalog.store import Catalog
from photoloupe.web import settings
from tests.conftest import EXAMPLES
from tests.web.conftest import Served, serving


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A folder with a photo, a link to one inside and links to one outside; scanned by a link."""
    top = tmp_path_factory.mktemp("linked")
    folder, secret = top / "photos", top / "photos-secret"
    folder.mkdir()
    secret.mkdir()
    shutil.copy(EXAMPLES / "boats.jpg", folder / "boats.jpg")
    shutil.copy(EXAMPLES / "coffee.jpg", secret / "coffee.jpg")
    (folder / "inside.jpg").symlink_to("boats.jpg")
    (folder / "outside.jpg").symlink_to(secret / "coffee.jpg")
    (folder / "folder").symlink_to(secret)
    os.mkfifo(folder / "pipe.jpg")
    (top / "link").symlink_to(folder)
    scan(Catalog(str(folder / ".photoloupe"), make=True), [str(top / "link")], crops=True)
    with serving(top / "link") as served:
        yield served


def ask(served: Served, *names: str) -> tuple[int, str]:
    response = served.client.post("/v1/inspect", json={"paths": names})
    return response.status_code, response.json().get("error", {}).get("code", "")


@pytest.mark.parametrize("name", ["boats.jpg", "./boats.jpg", "../link/boats.jpg", "inside.jpg"])
def test_names_inside(linked: Served, name: str) -> None:
    response = linked.client.post("/v1/inspect", json={"paths": [name]})
    assert response.status_code == 200
    assert response.json()["photos"][0]["path"] == name


@pytest.mark.parametrize(
    "name",
    ["../photos-secret/coffee.jpg", "outside.jpg", "folder/coffee.jpg", "/etc/passwd", "..", "",
     "/proc/self/environ", "boats.jpg/../../photos-secret/coffee.jpg", "a\0b",
     "http://127.0.0.1/a.jpg", "file:///etc/passwd", "~/a.jpg"],
)  # fmt: skip
def test_names_outside(linked: Served, name: str) -> None:
    assert ask(linked, name) in ((403, "outside"), (404, "not_found"))


def test_one_name_outside_refuses_them_all(linked: Served) -> None:
    assert ask(linked, "boats.jpg", "/etc/passwd") == (403, "outside")


def test_what_is_no_file_hangs_nobody(linked: Served) -> None:
    assert ask(linked, "pipe.jpg") == (404, "not_a_file")
    assert ask(linked, "a" * 4000) == (422, "unreadable")


def test_a_row_that_leads_outside_shows_nothing(linked: Served) -> None:
    photo = linked.photo("outside.jpg")
    for path in (f"/v1/photos/{photo['id']}/thumbnail", f"/v1/photos/{photo['id']}/picture"):
        response = linked.client.get(path)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "outside")
    fixed = linked.client.post("/v1/fix", json={"id": photo["id"]})
    assert fixed.status_code == 403
    inside = linked.photo("inside.jpg")
    assert linked.client.get(f"/v1/photos/{inside['id']}/thumbnail").status_code == 200


@pytest.mark.parametrize("path", ["../app.py", "%2e%2e/app.py", "..%2fapp.py", "/etc/passwd"])
def test_static_files_are_those_of_the_page(linked: Served, path: str) -> None:
    assert linked.client.get(f"/static/{path}").status_code == 404


def test_errors_name_no_whole_path(linked: Served) -> None:
    photo = linked.photo("boats.jpg")
    here = linked.folder / "boats.jpg"
    kept = here.read_bytes()
    here.write_bytes(b"no photo any more")
    try:
        response = linked.client.get(f"/v1/photos/{photo['id']}/thumbnail")
    finally:
        here.write_bytes(kept)
    assert response.status_code == 415
    assert str(linked.folder.parent) not in response.text


def test_part_of_what_was_scanned_can_be_served(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shutil.copy(EXAMPLES / "boats.jpg", tmp_path / name / "boats.jpg")
    scan(Catalog(str(tmp_path / ".photoloupe"), make=True), [str(tmp_path)])
    with serving(tmp_path / "two") as served:
        assert [p["path"] for p in served.client.get("/v1/photos").json()["photos"]] == [
            "boats.jpg"
        ]
        assert ask(served, "../one/boats.jpg") == (403, "outside")
    with serving(catalog=str(tmp_path / ".photoloupe")) as served:
        photos = served.client.get("/v1/photos").json()["photos"]
        assert [p["path"] for p in photos] == ["one/boats.jpg", "two/boats.jpg"]
        assert ask(served, "one/boats.jpg") == (200, "")
        assert ask(served, ".photoloupe/scan.lock") == (403, "outside")
        assert served.client.get(f"/v1/photos/{photos[0]['id']}/thumbnail").status_code == 200


def test_without_lancedb_the_fix_is_named(linked: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "find_spec", lambda name: None)
    with serving(linked.folder) as served:
        about = served.client.get("/v1/about").json()
        assert (about["library"], about["folder"]) == (False, "link")
        assert "photoloupe[catalog]" in about["message"]
        assert "photoloupe[catalog]" in served.client.get("/v1/photos").json()["error"]["message"]
        assert ask(served, "boats.jpg") == (200, "")


def test_without_a_folder_there_is_no_library() -> None:
    with serving() as served:
        assert served.client.get("/v1/about").json()["library"] is False
        for path in ("/v1/photos", "/v1/counts", "/v1/crops", "/v1/photos/x/thumbnail"):
            response = served.client.get(path)
            assert (response.status_code, response.json()["error"]["code"]) == (404, "no_library")
        assert ask(served, "/etc/passwd") == (404, "no_library")
        files = {"files": (EXAMPLES / "boats.jpg").read_bytes()}
        assert served.client.post("/v1/inspect", files=files).status_code == 200

"""The served folder: which paths are inside, wherever links lead."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from photoloupe.web.errors import RequestError
from photoloupe.web.security.allowed_files import AllowedFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """photos and photos-secret, with links between them."""
    for name in ("photos", "photos-secret"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").write_bytes(b"")
    (tmp_path / "photos" / "inside.jpg").symlink_to("a.jpg")
    (tmp_path / "photos" / "outside.jpg").symlink_to(tmp_path / "photos-secret" / "a.jpg")
    (tmp_path / "photos" / "folder").symlink_to(tmp_path / "photos-secret")
    (tmp_path / "link").symlink_to("photos")
    return tmp_path / "photos"


@pytest.mark.parametrize("name", ["a.jpg", "./a.jpg", "inside.jpg", "../photos/a.jpg"])
def test_inside(folder: Path, name: str) -> None:
    for served in (folder, folder.parent / "link"):
        assert AllowedFolder(str(served)).resolve(name) == str(folder / "a.jpg")


@pytest.mark.parametrize(
    "name",
    ["outside.jpg", "folder/a.jpg", "../photos-secret/a.jpg", "..", "", "/etc/passwd", "a\0b"],
)
def test_outside(folder: Path, name: str) -> None:
    with pytest.raises(RequestError) as error:
        AllowedFolder(str(folder)).resolve(name)
    assert (error.value.status, error.value.code) == (403, "outside")


def test_paths_of_rows(folder: Path) -> None:
    allowed = AllowedFolder(str(folder.parent / "link"))
    assert allowed.name == "link"
    for row in (folder / "a.jpg", folder.parent / "link" / "a.jpg"):
        assert allowed.relative_path(str(row)) == "a.jpg"
        assert str(row).startswith(allowed.row_prefixes())
    assert not str(folder.parent / "photos-secret" / "a.jpg").startswith(allowed.row_prefixes())


def test_without_a_folder_it_is_the_common_one_of_the_rows(folder: Path) -> None:
    allowed = AllowedFolder(None)
    assert (allowed.row_prefixes(), allowed.name) == (("",), None)
    assert not allowed.contains(str(folder / "a.jpg"))
    rows = [str(folder / "a.jpg"), str(folder / "more" / "b.jpg")]
    allowed.set_from_paths(rows)
    assert allowed.relative_path(rows[1]) == os.path.join("more", "b.jpg")  # noqa: PTH118
    assert not allowed.contains(str(folder.parent / "photos-secret" / "a.jpg"))

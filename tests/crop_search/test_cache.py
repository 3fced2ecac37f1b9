from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from photoloupe.crop_search import cache as cache_room
from photoloupe.crop_search.cache import CropCache, default_path
from photoloupe.crop_search.photo_code import ROW, PhotoCode
from photoloupe.crop_search.read_codes import CodedPhoto, read_code
from photoloupe.errors import CatalogError
from tests.conftest import encode, scene

CODE = PhotoCode((40, 30), np.zeros(3, ROW))


def test_codes_are_remembered_by_content_and_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new" / "crops.sqlite"
    with CropCache(path) as cache:
        assert cache.code("aa") is None
        cache.keep("aa", CODE)
    with CropCache(path) as cache:
        kept = cache.code("aa")
        assert kept is not None
        assert kept.to_bytes() == CODE.to_bytes()
        monkeypatch.setattr(cache_room, "code_version", lambda: "another")
        assert cache.code("aa") is None


def test_a_remembered_photo_is_not_decoded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = tmp_path / "a.png"
    photo.write_bytes(encode(scene(200, 150)))
    with CropCache(tmp_path / "crops.sqlite") as cache:
        first = read_code(str(photo), cache)
        monkeypatch.setattr("photoloupe.crop_search.read_codes.open_photo", None)
        moved = photo.rename(tmp_path / "b.png")
        again = read_code(str(moved), cache)
    assert isinstance(first, CodedPhoto)
    assert isinstance(again, CodedPhoto)
    assert again.path == str(moved)
    assert again.code.to_bytes() == first.code.to_bytes()


def test_a_damaged_code_is_worked_out_again(tmp_path: Path) -> None:
    path = tmp_path / "crops.sqlite"
    with CropCache(path) as cache:
        cache.keep("aa", CODE)
    with sqlite3.connect(path) as base:
        base.execute("UPDATE code SET code = x'010203'")
    base.close()
    with CropCache(path) as cache:
        assert cache.code("aa") is None


@pytest.mark.parametrize("what", ["damaged", "foreign", "newer", "folder"])
def test_a_file_that_is_no_cache_is_told_by_name_and_left_alone(tmp_path: Path, what: str) -> None:
    path = tmp_path / "crops.sqlite"
    if what == "damaged":
        path.write_bytes(b"SQLite format 3\0" + b"rubbish" * 1000)
    elif what == "folder":
        path.mkdir()
    else:
        with CropCache(path) if what == "newer" else sqlite3.connect(path) as _:
            pass
        base = sqlite3.connect(path)
        base.execute("PRAGMA user_version = 9" if what == "newer" else "CREATE TABLE theirs (x)")
        base.commit()
        base.close()
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(CatalogError, match=r"crops\.sqlite"):
        CropCache(path)
    if what != "foreign":  # there, only the journal's mode may have been written
        assert (path.read_bytes() if path.is_file() else None) == before


def test_two_may_use_one_file(tmp_path: Path) -> None:
    path = tmp_path / "crops.sqlite"
    with CropCache(path) as one:
        one.keep("aa", CODE)
    with CropCache(path) as one, CropCache(path) as other:
        assert one.code("aa") is not None
        other.keep("bb", CODE)
        assert one.code("aa") is not None


def test_the_default_lies_in_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert default_path() == Path("/somewhere/photoloupe/crops.sqlite")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_path().parts[-3:] == (".cache", "photoloupe", "crops.sqlite")

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from photoloupe.crop_search.cache import CropCache
from photoloupe.crop_search.dismissals import NAME, Dismissals, user_file
from photoloupe.errors import CatalogError

AB, CD = ("aa", "bb"), ("cc", "dd")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def old_cache(path: Path, *pairs: tuple[str, str]) -> None:
    """A cache of crop codes as earlier versions filled it, with dismissals."""
    with CropCache(path):
        pass
    with closing(sqlite3.connect(path)) as base, base:
        base.executemany("INSERT INTO dismissed VALUES (?, ?)", pairs)


def test_they_are_with_the_catalog_and_outlive_the_cache(tmp_path: Path) -> None:
    catalog = tmp_path / "photos" / ".photoloupe"
    Dismissals(catalog).add("bb", "aa")
    assert (catalog / NAME).is_file()
    assert not (tmp_path / "cache").exists()
    assert Dismissals(catalog).pairs() == {AB}
    assert Dismissals(None).pairs() == set()
    Dismissals(catalog).remove("aa", "bb")
    assert Dismissals(catalog).pairs() == set()


def test_without_a_catalog_they_are_in_the_data_folder(tmp_path: Path) -> None:
    Dismissals().add(*AB)
    assert user_file() == tmp_path / "data" / "photoloupe" / NAME
    assert user_file().is_file()
    assert Dismissals(tmp_path / "catalog").pairs() == {AB}  # by content, so in any folder
    Dismissals(tmp_path / "catalog").remove(*AB)
    assert Dismissals().pairs() == set()


def test_those_of_an_earlier_version_are_taken_over_once(tmp_path: Path) -> None:
    default, named = tmp_path / "cache" / "photoloupe" / "crops.sqlite", tmp_path / "mine.sqlite"
    old_cache(default, AB)
    old_cache(named, CD)
    assert Dismissals(tmp_path / "catalog").pairs() == {AB}
    assert Dismissals(cache=named).pairs() == {AB, CD}
    default.unlink()  # as a cleaner does
    Dismissals().remove(*CD)
    assert Dismissals(cache=named).pairs() == {AB}


def test_a_foreign_file_is_left_alone(tmp_path: Path) -> None:
    user_file().parent.mkdir(parents=True)
    with closing(sqlite3.connect(user_file())) as base, base:
        base.execute("CREATE TABLE theirs (x)")
    before = user_file().read_bytes()
    with pytest.raises(CatalogError, match=r"dismissed\.sqlite: was not made by photoloupe"):
        Dismissals().add(*AB)
    assert user_file().read_bytes() == before
    (tmp_path / "cache.sqlite").write_bytes(b"no database")
    with pytest.raises(CatalogError):
        Dismissals(cache=tmp_path / "cache.sqlite").pairs()

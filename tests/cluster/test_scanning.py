from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from photoloupe.cluster import scan
from photoloupe.cluster.engine import Cluster
from photoloupe.collection import scan as one_machine
from photoloupe.collection.catalog import Catalog
from tests.cluster.conftest import upload
from tests.collection.conftest import counts, rows
from tests.conftest import encode, scene

EVERY = {"new": 10, "copied": 1, "failed": 2}
STAYS = {"same": 11, "failed": 2}
TWO = Cluster(actors=2)


@pytest.fixture
def there(tmp_path: Path, engine: Any) -> Catalog:
    return Catalog(str(tmp_path / "there"), make=True)


def test_rows_are_those_of_one_machine(
    there: Catalog, catalog: Catalog, photos: Path, tmp_path: Path
) -> None:
    """With crop codes; then after a change of everything that can change."""
    for change in (lambda: None, lambda: changed(photos), lambda: None):
        change()
        here = counts(one_machine.scan(catalog, [str(photos)], crops=True))
        assert counts(scan([str(photos)], there, crops=True, cluster=TWO)) == here
        assert rows(there) == rows(catalog)
        if not catalog.count("rating IS NOT NULL"):
            for base in (catalog, there):  # a word that a copy must bring along
                sha256 = base.rows("path LIKE '%/5.png'", ["sha256"])[0]["sha256"]
                assert base.decide(sha256, rating=4, decision="keep") == 1
    assert there.count("rating = 4") == 2
    assert there.count("added_at IS NULL OR answered_at IS NULL") == 0


def changed(photos: Path) -> None:
    (photos / "new.png").write_bytes(encode(scene(seed=70)))
    (photos / "of5.png").write_bytes((photos / "5.png").read_bytes())
    (photos / "0.png").write_bytes(encode(scene(50, 40, seed=71)))
    (photos / "1.png").rename(photos / "moved.png")
    (photos / "2.png").unlink()
    (photos / "words.jpg").write_bytes(encode(scene(seed=72)))
    (photos / "6.png").write_text("spoilt")
    os.utime(photos / "7.png", ns=(1, 1))


def test_storage_to_a_catalogue_in_storage(
    s3: Any, engine: Any, catalog: Catalog, photos: Path
) -> None:
    (photos / "sub #1").mkdir()
    (photos / "sub #1" / "a 100%?.png").write_bytes(encode(scene(seed=73)))
    (photos / ".hidden.png").write_bytes(encode(scene(seed=74)))
    (photos / "notes.txt").write_text("no photo")
    upload(s3, photos, "photos")
    base = Catalog("s3://bucket/catalog", make=True)
    found = {**EVERY, "new": 11}
    assert counts(scan(["s3://bucket/photos"], base, cluster=TWO)) == found
    assert counts(one_machine.scan(catalog, [str(photos)])) == found
    stored = rows(base)
    for name, row in rows(catalog).items():
        relative = Path(row["path"]).relative_to(photos)
        place = {"path": f"s3://bucket/photos/{relative}", "mtime_ns": stored[name]["mtime_ns"]}
        assert stored[name] == row | place
    assert len(stored) == 14
    s3.delete_object(Bucket="bucket", Key="photos/0.png")
    s3.put_object(Bucket="bucket", Key="photos/1.png", Body=encode(scene(seed=75)))
    again = {"same": 10, "changed": 1, "gone": 1, "failed": 2}
    assert counts(scan(["s3://bucket/photos/"], base, cluster=TWO)) == again


def test_what_storage_refuses_is_told_and_tried_again(
    s3: Any, there: Catalog, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A photo that is gone between listing and reading is a row; no row says 'network down'."""
    from photoloupe.cluster import storage, worker
    from photoloupe.collection.known import Contents, Wanted
    from photoloupe.collection.looking import Models
    from photoloupe.collection.spool import File

    upload(s3, photos, "refused")
    work = object.__new__(worker.Worker)
    work.known, work.room = Contents(there_is_none()), storage.Room(1)
    work.models = Models(Wanted([]))
    work.order = worker.Order(there.table_uri, (), None)
    files = [File(f"s3://bucket/refused/{n}.png", 1, 1, False, 0, 1, False) for n in (1, 99)]
    failing: list[str] = ["s3://bucket/refused/1.png"]

    real = storage.find

    def find(uri: str) -> Any:
        if uri in failing:
            raise OSError("When reading: AWS Error SLOW_DOWN\nplease")
        return real(uri)

    monkeypatch.setattr(storage, "find", find)
    done = work(files)
    assert [(e.path, e.message) for e in done.refused] == [
        (failing[0], "storage fails: When reading: AWS Error SLOW_DOWN")
    ]
    assert [(new.file.path, new.error and new.error.code) for new in done.new] == [
        ("s3://bucket/refused/99.png", "not_found")
    ]
    there.add_fragments([str(done.fragment)])
    assert [row["path"] for row in there.rows("true")] == ["s3://bucket/refused/99.png"]


def there_is_none() -> Any:
    import numpy as np

    return np.empty(0, np.uint64)

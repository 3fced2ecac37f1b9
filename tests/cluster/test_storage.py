from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from photoloupe.cluster import storage
from photoloupe.cluster.scan import make_file_source
from photoloupe.cluster.storage import ByteBudget, StorageUnavailable, StoredFiles, read_stored
from photoloupe.errors import PhotoError
from photoloupe.media.photo import Limits, open_photo
from tests.conftest import encode, scene


@pytest.fixture
def memory() -> Any:
    """A storage that Arrow does not know: fsspec's own, in this process's memory."""
    import fsspec

    system = fsspec.filesystem("memory")
    system.store.clear()
    for name in ("a.png", "b.JPG", ".hidden.png", "notes.txt", "sub/c.png", "sub/.git/d.png"):
        system.pipe(f"/box/{name}", encode(scene(seed=1)))
    return system


def test_a_folder_is_walked_as_on_disk(memory: Any) -> None:
    place = StoredFiles(["memory://box"])
    found = list(place.files())
    names = ["memory://box/a.png", "memory://box/b.JPG", "memory://box/sub/c.png"]
    assert [path for path, _, _ in found] == names
    assert {size for _, size, _ in found} == {len(encode(scene(seed=1)))}
    assert place.roots == ["memory://box/"]
    assert read_stored(names[2]).data == encode(scene(seed=1))


def test_a_photo_that_is_named_is_listed_whatever_it_is(memory: Any) -> None:
    place = StoredFiles(
        ["memory://box/notes.txt", "memory://box/none.png", "memory://box/notes.txt"]
    )
    assert [path for path, _, _ in place.files()] == ["memory://box/notes.txt"]
    assert [(error.code, error.path) for error in place.failures] == [
        ("not_found", "memory://box/none.png")
    ]
    assert place.missing == ["memory://box/none.png"]


def test_names_and_uris_are_scanned_apart(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="scan URIs and file names separately"):
        make_file_source(["memory://box", str(tmp_path)])
    with pytest.raises(ValueError, match="nowhere"):
        list(StoredFiles(["nowhere://box"]).files())


def test_limits_hold_before_a_byte_is_read(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put_object(Bucket="bucket", Key="limits/big.png", Body=bytes(1000))
    s3.put_object(Bucket="bucket", Key="limits/empty.png", Body=b"")
    uri = "s3://bucket/limits/big.png"
    assert len(read_stored(uri, Limits(file_bytes=1000)).data) == 1000
    monkeypatch.setattr(storage._Pieces, "read", None)
    with pytest.raises(PhotoError, match="over the limit of 999 file bytes"):
        read_stored(uri, Limits(file_bytes=999))


def test_what_is_wrong_with_a_photo_is_no_trouble_of_the_storage(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="limits/empty.png", Body=b"")
    for name, code in (("none.png", "not_found"), ("empty.png", "empty")):
        with pytest.raises(PhotoError) as told:
            open_photo(read_stored(f"s3://bucket/limits/{name}"))
        assert (told.value.code, type(told.value)) == (code, PhotoError)


def test_trouble_of_the_storage_is_told_apart(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    place = StoredFiles(["s3://no-such-bucket/photos"])
    assert list(place.files()) == []
    assert [error.code for error in place.failures] == ["not_found"]
    s3.put_object(Bucket="bucket", Key="limits/a.png", Body=encode(scene()))

    def broken(*_: object) -> None:
        raise OSError("connection reset\nby peer")

    monkeypatch.setattr(storage, "min", broken, raising=False)  # as a piece is read
    with pytest.raises(StorageUnavailable, match=r"storage fails: connection reset$"):
        read_stored("s3://bucket/limits/a.png")


def test_a_room_holds_no_more_than_it_has() -> None:
    room, most, alone = ByteBudget(10), list[int](), threading.Barrier(4)

    def hold(size: int) -> None:
        alone.wait()
        for _ in range(200):
            with room.hold(size):
                most.append(room.held)

    threads = [threading.Thread(target=hold, args=(size,)) for size in (3, 4, 6, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert room.held == 0
    assert len(most) == 800
    assert {held for held in most if held > 10} <= {25}  # the large one, only ever alone

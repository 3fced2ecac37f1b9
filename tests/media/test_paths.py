from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from photoloupe.media.paths import PassedOver, list_photos
from tests.conftest import encode, scene


def walked(folder: Path, *more: str) -> tuple[list[str], PassedOver]:
    """Names of the files that a walk lists, relative to the folder, and what it passed over."""
    passed = PassedOver(can_read_raw=False)
    names = list(list_photos([str(folder), *more], (), passed))
    return [Path(name).relative_to(folder).as_posix() for name in names], passed


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """make(*names, ignore=...) -> a folder with a photo of each name, and a list of patterns."""

    def write(*names: str, ignore: str | None = None) -> Path:
        data = encode(scene(70, 70))
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
        if ignore is not None:
            (tmp_path / ".photoloupeignore").write_text(ignore)
        return tmp_path

    return write


def test_a_walk_counts_what_it_passes_over(make: Callable[..., Path]) -> None:
    folder = make("a.png", "b.jpg", ".hidden.png")
    for name in ("notes.txt", "film.mp4", "a.xmp", "b.jpg.XMP", "IMG_1.AAE", "x.NEF", "y.cr3"):
        (folder / name).write_bytes(b"no photo")
    names, passed = walked(folder)
    assert names == ["a.png", "b.jpg", "x.NEF", "y.cr3"]
    assert passed == PassedOver(2, 3, 0, 2, can_read_raw=False)
    assert passed.in_words() == (
        "passed over: 2 files that are no photos, 3 sidecars, "
        "2 RAW photos, which need photoloupe[raw]"
    )
    able = PassedOver(can_read_raw=True)
    assert len(list(list_photos([str(folder)], (), able))) == 4
    assert able.raws == 0
    assert PassedOver().in_words() == ""


def test_a_folder_without_media_is_left_out_with_all_below(make: Callable[..., Path]) -> None:
    folder = make("a.png", "thumbs/b.png", "thumbs/deep/c.png", "z.png")
    (folder / "thumbs" / ".nomedia").touch()
    names, passed = walked(folder)
    assert (names, passed.ignored) == (["a.png", "z.png"], 1)
    assert walked(folder / "thumbs")[0] == []
    named = str(folder / "thumbs" / "b.png")
    assert list(list_photos([named])) == [named]  # what is named is listed


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ("b.png", ["a.png", "deep/sub/c.png"]),
        ("*.png", []),
        ("deep/", ["a.png", "b.png"]),
        ("a.png/\n", ["a.png", "b.png", "deep/b.png", "deep/sub/c.png"]),
        ("/b.png", ["a.png", "deep/b.png", "deep/sub/c.png"]),
        ("deep/*.png", ["a.png", "b.png", "deep/sub/c.png"]),
        ("deep/**", ["a.png", "b.png"]),
        ("**/sub", ["a.png", "b.png", "deep/b.png"]),
        ("*.png\n!a.png", ["a.png"]),
        ("# *.png\n\n?.png\n!b.png\n", ["b.png", "deep/b.png"]),
        ("(a.png\na+png", ["a.png", "b.png", "deep/b.png", "deep/sub/c.png"]),
    ],
)
def test_patterns_leave_files_out(make: Callable[..., Path], ignore: str, left: list[str]) -> None:
    folder = make("a.png", "b.png", "deep/b.png", "deep/sub/c.png", ignore=ignore)
    names, passed = walked(folder)
    assert sorted(names) == left
    assert (passed.ignored > 0) == (len(left) < 4)


def test_a_list_holds_in_its_folder_alone_and_the_deepest_decides(
    make: Callable[..., Path],
) -> None:
    folder = make("a.png", "one/a.png", "one/two/a.png", "other/a.png", ignore="a.png")
    (folder / "one" / ".photoloupeignore").write_text("!a.png")
    assert walked(folder)[0] == ["one/a.png", "one/two/a.png"]
    (folder / ".photoloupeignore").unlink()
    (folder / "one" / ".photoloupeignore").write_text("/a.png")
    assert walked(folder)[0] == ["a.png", "one/two/a.png", "other/a.png"]


def test_a_list_that_cannot_be_read_leaves_nothing_out(make: Callable[..., Path]) -> None:
    folder = make("a.png")
    (folder / ".photoloupeignore").mkdir()
    assert walked(folder)[0] == ["a.png"]
    (folder / ".photoloupeignore").rmdir()
    (folder / ".photoloupeignore").write_bytes(b"\xff\xfe[[[" * 1000)
    assert walked(folder)[0] == ["a.png"]

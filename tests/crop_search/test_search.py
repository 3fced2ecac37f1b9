from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photoloupe.arrays import Pixels
from photoloupe.crop_search.cache import CropCache
from photoloupe.crop_search.search import find_crops, find_source
from photoloupe.crops.crop import Crop
from photoloupe.errors import PhotoError
from photoloupe.media.photo import open_photo
from tests.conftest import EXAMPLES, encode, scene

ALPS, BOATS = EXAMPLES / "alps.jpg", EXAMPLES / "boats.jpg"
Save = Callable[..., Path]


def half(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    return np.asarray(Image.fromarray(pixels).resize((width // 2, height // 2)))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photos, a crop of each, a smaller copy, a copy of equal bytes, and two bad files.

    Not to be changed: `folder` is a copy of it.
    """
    tmp_path = tmp_path_factory.mktemp("photos")
    alps, boats = open_photo(ALPS).pixels, open_photo(BOATS).pixels
    (tmp_path / "alps.jpg").write_bytes(ALPS.read_bytes())
    (tmp_path / "alps-again.jpg").write_bytes(ALPS.read_bytes())
    (tmp_path / "boats.png").write_bytes(encode(boats))
    (tmp_path / "boats-small.jpg").write_bytes(encode(half(boats), "JPEG", quality=80))
    (tmp_path / "crop-a.jpg").write_bytes(encode(alps[80:380, 300:760], "JPEG", quality=60))
    (tmp_path / "crop-b.jpg").write_bytes(encode(half(boats[200:600, 100:700]), "JPEG", quality=70))
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "words.jpg").write_text("no photo")
    return tmp_path


@pytest.fixture(scope="session")
def relations(shared: Path) -> list[Crop | PhotoError]:
    """All relations in the shared folder, without a cache."""
    return list(find_crops(listed(shared), jobs=2))


@pytest.fixture
def folder(shared: Path, tmp_path: Path) -> Path:
    """A copy of the shared folder."""
    return Path(shutil.copytree(shared, tmp_path / "photos"))


def listed(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.iterdir() if path.suffix in (".jpg", ".png"))


def named(row: Crop | PhotoError) -> tuple[str, ...]:
    if isinstance(row, PhotoError):
        return row.code, Path(row.path).name
    return row.verdict, Path(row.crop).name, Path(row.source).name


def test_every_relation_is_found_and_nothing_else(relations: list[Crop | PhotoError]) -> None:
    assert [named(row) for row in relations] == [
        ("empty", "empty.jpg"),
        ("unsupported", "words.jpg"),
        ("exact", "alps.jpg", "alps-again.jpg"),
        ("crop", "crop-a.jpg", "alps-again.jpg"),
        ("rescaled", "boats-small.jpg", "boats.png"),
        ("crop", "crop-b.jpg", "boats-small.jpg"),
        ("crop", "crop-b.jpg", "boats.png"),
    ]
    crop = relations[3]
    assert isinstance(crop, Crop)
    assert crop.box is not None
    assert np.abs(np.subtract(crop.box.xyxy, (300, 80, 760, 380))).max() < 0.5


def test_the_rows_depend_on_neither_threads_nor_cache(
    shared: Path, relations: list[Crop | PhotoError], tmp_path: Path
) -> None:
    with CropCache(tmp_path / "cache" / "crops.sqlite") as cache:
        runs = [list(find_crops(listed(shared), cache=cache, jobs=jobs)) for jobs in (1, 3)]
    first, *others = [[named(row) for row in run] for run in (relations, *runs)]
    assert len(first) == 7
    assert others == [first, first]


def test_the_source_of_one_photo_and_its_box(shared: Path) -> None:
    places = [str(shared / name) for name in ("alps.jpg", "boats.png", "words.jpg")]
    rows = list(find_source(str(shared / "crop-b.jpg"), places))
    assert [named(row) for row in rows] == [
        ("unsupported", "words.jpg"),
        ("crop", "crop-b.jpg", "boats.png"),
    ]
    found = rows[1]
    assert isinstance(found, Crop)
    assert found.box is not None
    assert np.abs(np.subtract(found.box.xyxy, (100, 200, 700, 600))).max() < 1


def test_a_source_is_no_crop_of_its_crop(shared: Path) -> None:
    assert list(find_source(str(shared / "alps.jpg"), [str(shared / "crop-a.jpg")])) == []
    with pytest.raises(PhotoError, match=r"none\.jpg"):
        list(find_source("none.jpg", [str(ALPS)]))


def test_a_photo_asked_about_where_it_lies_is_not_its_own_source(shared: Path) -> None:
    photo = str(shared / "alps.jpg")
    rows = list(find_source(photo, [photo, str(shared / "." / "alps-again.jpg")]))
    assert [named(row) for row in rows] == [("exact", "alps.jpg", "alps-again.jpg")]


def test_listed_twice_is_there_once(save: Save) -> None:
    path = save("a.png", scene(200, 150))
    link = path.with_name("link.png")
    link.symlink_to(path)
    other = f"{path.parent}/./a.png"
    assert list(find_crops([str(path), str(path), other, str(link)])) == []


@pytest.mark.parametrize("count", [0, 1])
def test_none_or_one_photo_has_no_relations(save: Save, count: int) -> None:
    assert list(find_crops([str(save("a.png", scene()))][:count])) == []


def test_strips_specks_and_skies_are_no_crops_of_anything(save: Save) -> None:
    shapes = [(1, 1), (1, 500), (500, 1), (20, 20), (31, 400), (300, 300)]
    flat = [
        save(f"flat{n}.png", np.full((*shape, 3), 120 + n, np.uint8))
        for n, shape in enumerate(shapes)
    ]
    sky = np.broadcast_to(np.linspace(90, 200, 300)[:, None, None], (300, 400, 3)).astype(np.uint8)
    pixels = open_photo(ALPS).pixels
    strips = [save("row.png", pixels[100:101]), save("column.png", pixels[:, 300:301])]
    paths = [*flat, *strips, save("sky.png", sky), save("sky2.png", sky[:200]), ALPS]
    rows = list(find_crops([str(path) for path in paths]))
    assert [row for row in rows if isinstance(row, PhotoError) or "png" not in row.crop] == []
    assert not any(ALPS.name in str(row) for row in rows)


def test_what_was_dismissed_is_left_out_even_renamed(folder: Path, tmp_path: Path) -> None:
    crop, alps = folder / "crop-a.jpg", folder / "alps.jpg"
    sha256s = [open_photo(path).facts.sha256 for path in (crop, alps)]
    paths = [str(alps), str(crop)]
    with CropCache(tmp_path / "crops.sqlite") as cache:
        assert len(list(find_crops(paths, cache=cache))) == 1
        dismissed = {(min(sha256s), max(sha256s))}
        moved = crop.rename(crop.with_name("moved.jpg"))
        paths[1] = str(moved)
        assert list(find_crops(paths, cache=cache, dismissed=dismissed)) == []
        assert list(find_source(paths[1], paths[:1], cache=cache, dismissed=dismissed)) == []
        assert len(list(find_crops(paths, cache=cache))) == 1


def test_a_photo_that_vanishes_before_it_is_confirmed_is_an_error(folder: Path) -> None:
    crop = folder / "crop-a.jpg"

    def remove(stage: str) -> None:
        if stage == "searched":
            crop.unlink(missing_ok=True)

    paths = [str(folder / "alps.jpg"), str(crop), str(folder / "crop-c.jpg")]
    Image.open(crop).save(paths[2], quality=50)  # two pairs miss it, one row says so
    rows = [row for row in find_crops(paths, progress=remove) if isinstance(row, PhotoError)]
    assert [named(row) for row in rows] == [("not_found", "crop-a.jpg")]

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image

from photoloupe.errors import PHOTO_ERROR_CODES, PhotoError
from photoloupe.media.inputs import list_inputs
from photoloupe.media.photo import Limits, Photo, open_photo
from tests.conftest import encode, scene

Save = Callable[..., Path]


def opened(inputs: Any, image_key: str | None = None) -> list[Photo | PhotoError]:
    """Each input, opened: a photo, or the error that it gives."""

    def one(item: Any) -> Photo | PhotoError:
        try:
            return item if isinstance(item, (Photo, PhotoError)) else open_photo(item)
        except PhotoError as error:
            return error

    return [one(item) for item in list_inputs(inputs, image_key)]


def errors(inputs: Any, image_key: str | None = None) -> list[str | None]:
    """The error's code of each input; None where there is a photo."""
    found = [p.code if isinstance(p, PhotoError) else None for p in opened(inputs, image_key)]
    assert {code for code in found if code} <= PHOTO_ERROR_CODES.keys()
    return found


def is_scene(photo: Photo | PhotoError, seed: int = 0) -> bool:
    return isinstance(photo, Photo) and np.array_equal(photo.pixels, scene(seed=seed))


def test_a_string_is_one_path(save: Save) -> None:
    path = save("photo.png", scene())
    for name in (str(path), path):
        (photo,) = opened(name)
        assert is_scene(photo)
    assert errors("no such file.jpg") == ["not_found"]
    assert [str(item) for item in list_inputs("-")] == ["-"]


def test_folders_and_globs_give_their_photos(save: Save, tmp_path: Path) -> None:
    for k in range(3):
        save(f"{k}.png", scene(seed=k))
    (tmp_path / "notes.txt").write_text("no photo")
    assert errors(tmp_path) == errors(str(tmp_path)) == [None] * 3
    assert errors(str(tmp_path / "[01].png")) == [None] * 2
    assert errors([tmp_path, str(tmp_path / "2.png")]) == [None] * 4


def test_what_is_in_memory_is_one_photo(save: Save) -> None:
    data, pixels = encode(scene()), scene()
    with save("a.png", pixels).open("rb") as file:
        sources = [
            data, bytearray(data), memoryview(data), io.BytesIO(data), file, pixels,
            Image.fromarray(pixels), Image.open(io.BytesIO(data)), open_photo(data),
        ]  # fmt: skip
        assert all(map(is_scene, opened(sources)))
    for source in (data, pixels, Image.fromarray(pixels), open_photo(data), io.BytesIO(data)):
        (photo,) = opened(source)
        assert is_scene(photo)


def test_a_grey_array_and_views_of_arrays(save: Save) -> None:
    grey = scene()[..., 0]
    (photo,) = opened(grey)
    assert isinstance(photo, Photo)
    assert np.array_equal(photo.pixels, np.stack([grey] * 3, axis=2))
    (flipped,) = opened(scene()[:, ::-1])
    assert isinstance(flipped, Photo)
    assert np.array_equal(flipped.pixels, scene()[:, ::-1])
    assert (photo.facts.path, photo.facts.format) == ("<array>", "array")


def test_equal_pixels_have_equal_hashes_and_another_shape_another() -> None:
    def sha256(source: Any) -> str:
        return open_photo(source).facts.sha256

    flat = np.zeros((40, 60, 3), np.uint8)
    assert sha256(scene()) == sha256(scene()) == sha256(Image.fromarray(scene()))
    assert sha256(flat) != sha256(flat.reshape(60, 40, 3))


def test_a_pillow_image_is_turned_upright_and_keeps_its_name(save: Save) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save("a.jpg", scene(96, 64), "JPEG", exif=exif)
    with Image.open(path) as image:
        photo = open_photo(image)
    assert photo.pixels.shape == (96, 64, 3)
    assert (photo.facts.path, photo.facts.format) == (str(path), "JPEG")
    assert (photo.facts.width, photo.facts.height) == (64, 96)
    assert np.array_equal(photo.pixels, open_photo(path).pixels)


@pytest.mark.parametrize(
    "value",
    [
        None, 7, 1.5, object(), np.zeros((4, 4)), np.zeros((4, 4, 2), np.uint8), np.uint8(3),
        np.zeros((0, 4, 3), np.uint8), np.zeros(9, np.uint8), np.zeros((2, 4, 4, 3), np.uint8),
        {"label": 3}, {}, {"image": None}, {"image": 4}, {1: 2}, io.StringIO("text"), [[["deep"]]],
    ],
)  # fmt: skip
def test_what_is_no_photo_is_one_typed_error_and_the_rest_goes_on(value: Any) -> None:
    assert errors([encode(scene()), value, scene()]) == [None, "wrong_type", None]
    if not isinstance(value, (list, io.StringIO)):
        assert errors(value) == ["wrong_type"]


def test_errors_name_the_type_and_the_columns() -> None:
    (none,), (row,), (key,) = opened(None), opened({"label": 1}), opened({"image": b""}, "photo")
    assert str(none).startswith("<NoneType>: None is no path, bytes")
    assert "name one with image_key, of the columns label" in str(row)
    assert "not 'photo', of the columns image" in str(key)
    assert "float64 (4, 4)" in str(opened(np.zeros((4, 4)))[0])
    assert "open it as binary" in str(opened(io.StringIO("a"))[0])


def test_limits_hold_for_pictures_in_memory() -> None:
    for source in (scene(), Image.fromarray(scene())):
        with pytest.raises(PhotoError, match="over the limit of 100 pixels") as caught:
            open_photo(source, limits=Limits(pixels=100))
        assert caught.value.code == "too_large"


def test_a_closed_image_is_an_error(save: Save) -> None:
    image = Image.open(save("a.png", scene()))
    image.close()
    assert errors([image]) == ["unreadable"]


def test_rows_are_mappings_with_a_picture(save: Save) -> None:
    path, data = str(save("a.png", scene())), encode(scene())
    rows: list[dict[str, Any]] = [
        {"label": 1, "image": path}, {"image": scene()}, {"img": Image.fromarray(scene())},
        {"path": path}, {"image": {"bytes": data, "path": None}}, {"photo": data},
        {"image": {"bytes": data, "path": "named.png"}}, {"image": {"bytes": None, "path": path}},
    ]  # fmt: skip
    photos = opened(rows)
    assert all(map(is_scene, photos))
    assert photos[6].facts.path == "named.png"  # type: ignore[union-attr]
    assert is_scene(opened({"scan": data, "image": b"no"}, "scan")[0])
    assert is_scene(opened(rows[0])[0])


def test_a_folder_in_a_row_is_one_error_row(tmp_path: Path, save: Save) -> None:
    save("a.png", scene())
    assert errors([{"path": str(tmp_path)}, {"path": str(tmp_path / "*.png")}]) == [
        "not_a_file", "not_found",
    ]  # fmt: skip


def frames(save: Save) -> list[Any]:
    """Tables of every library: two photos, by path and as bytes."""
    names = [str(save(f"{k}.png", scene(seed=k))) for k in range(2)]
    datas = [encode(scene(seed=k)) for k in range(2)]
    columns: list[dict[str, list[Any]]] = [
        {"label": [0, 1], "path": names}, {"label": [0, 1], "image": datas},
        {"image": [{"bytes": data, "path": None} for data in datas]},
    ]  # fmt: skip
    return [
        make(column)
        for column in columns
        for make in (pd.DataFrame, pl.DataFrame, pa.table, datasets.Dataset.from_dict)
    ]


def test_tables_give_a_photo_a_row(save: Save) -> None:
    for table in frames(save):
        first, second = opened(table)
        assert is_scene(first), type(table)
        assert is_scene(second, 1), type(table)
    assert errors(pd.DataFrame({"label": [1, 2]})) == ["wrong_type"]
    assert errors(pd.Series([encode(scene()), None])) == [None, "wrong_type"]
    assert errors(pl.Series([encode(scene())])) == [None]
    assert errors(np.array(["no.jpg", "none.jpg"])) == ["not_found"] * 2


def test_a_dataset_with_an_image_column(save: Save) -> None:
    path = str(save("a.jpg", scene(), "JPEG"))
    data, broken = Path(path).read_bytes(), b"\xff\xd8\xff\xe0 no more"
    cells = [path, {"bytes": data, "path": None}, {"bytes": broken, "path": "broken.jpg"}]
    table = datasets.Dataset.from_dict(
        {"id": [1, 2, 3], "frame": cells}, datasets.Features(
            {"id": datasets.Value("int64"), "frame": datasets.Image()}
        ),
    )  # fmt: skip
    streamed = table.to_iterable_dataset()
    for inputs in (table, streamed, [table]):
        first, second, third = opened(inputs)
        assert isinstance(first, Photo)
        assert isinstance(second, Photo)
        assert first.facts.sha256 == second.facts.sha256  # of the file, for it is not decoded twice
        assert isinstance(third, PhotoError)
        assert (third.code, third.path) == ("truncated", "broken.jpg")
    assert len(opened(table, "frame")) == 3
    assert errors(table, "id") == ["wrong_type"] * 3


def test_generators_are_read_one_at_a_time() -> None:
    taken = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1)
            yield encode(scene())

    stream = list_inputs(endless())
    next(stream)
    assert len(taken) == 1

"""JPEGs for browsers: their sides, and what browsers may keep."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from photoloupe.web.library.thumbnails import PictureCache, make_jpeg
from tests.conftest import encode, scene
from tests.web.asking import ask, file_app


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """wide.jpg of 4500 x 1500, tall.png of 300 x 900."""
    made = tmp_path_factory.mktemp("pictures")
    (made / "wide.jpg").write_bytes(encode(np.zeros((1500, 4500, 3), np.uint8), "JPEG"))
    (made / "tall.png").write_bytes(encode(scene(300, 900)))
    return made


SIZES = {
    "thumbnail": {"": 320, "?size=160": 160, "?size=320": 320, "?size=640": 640},
    "picture": {"": 2048, "?size=1024": 1024, "?size=2048": 2048, "?size=4096": 4096},
}


@pytest.mark.parametrize("kind", ["thumbnail", "picture"])
def test_the_longer_side(folder: Path, kind: str) -> None:
    app = file_app(folder)
    for query, side in SIZES[kind].items():
        response = ask(app, f"/v1/photos/wide.jpg/{kind}{query}")
        image = opened(response.content)
        assert (image.format, image.size) == ("JPEG", (side, round(side / 3)))
        assert response.headers["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize("size", ["159", "640", "0", "large", "8192"])
def test_no_other_side(folder: Path, size: str) -> None:
    response = ask(file_app(folder), f"/v1/photos/wide.jpg/picture?size={size}")
    assert response.status_code == 422


def test_a_picture_is_never_enlarged(folder: Path) -> None:
    assert opened(make_jpeg(str(folder / "tall.png"), 1024)).size == (300, 900)
    assert opened(make_jpeg(str(folder / "tall.png"), 320)).size == (107, 320)


def test_a_browser_asks_again_each_time_and_is_answered_briefly(folder: Path) -> None:
    app, path = file_app(folder), "/v1/photos/tall.png/thumbnail"
    first = ask(app, path)
    etag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = ask(app, path, {"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert (again.headers["ETag"], again.headers["Cache-Control"]) == (etag, "private, no-cache")
    assert ask(app, path, {"If-None-Match": '"other"'}).status_code == 200


def test_the_etag_follows_file_and_size(tmp_path: Path) -> None:
    (tmp_path / "tall.png").write_bytes(encode(scene(30, 90)))
    app, path = file_app(tmp_path), "/v1/photos/tall.png/thumbnail"
    etags = [ask(app, path + query).headers["ETag"] for query in ("", "?size=160")]
    os.utime(tmp_path / "tall.png", ns=(1, 1))
    etags.append(ask(app, path).headers["ETag"])
    with (tmp_path / "tall.png").open("ab") as file:
        file.write(b"x")
    os.utime(tmp_path / "tall.png", ns=(1, 1))
    etags.append(ask(app, path).headers["ETag"])
    assert len(set(etags)) == 4


def test_the_page_s_files_are_checked_each_time(folder: Path) -> None:
    app = file_app(folder)
    for path in ("/", "/static/js/main.js", "/static/style/base.css"):
        response = ask(app, path)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-cache"
        etag = {"If-None-Match": response.headers["ETag"]}
        if path != "/":
            assert ask(app, path, etag).status_code == 304


def test_the_cache_drops_what_was_not_used_last(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(path: str, size: int) -> Any:
        made.append(path)
        return bytes(40)

    monkeypatch.setattr("photoloupe.web.library.thumbnails.make_jpeg", make)
    cache = PictureCache(max_bytes=100)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert cache.picture(name, 320, name) == bytes(40)
    assert made == ["a", "b", "c", "b"]

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from photoloupe import compare, open_photo
from photoloupe.crops.crop import NO_RELATION, VERDICTS, Crop
from photoloupe.crops.draw import HEIGHT, draw_crop, heat_map
from tests.conftest import EXAMPLES, encode

ALPS, CROP = EXAMPLES / "alps.jpg", EXAMPLES / "alps-crop.jpg"


@pytest.fixture(scope="session")
def found() -> Crop:
    """The relation of the two example photos."""
    crop = compare(CROP, ALPS)
    assert crop is not None
    return crop


def test_words_and_json(found: Crop) -> None:
    assert found.in_words().splitlines()[0] == (
        "alps-crop.jpg is a cropped version of alps.jpg; its top left corner is at (612, 96)"
    )
    values = found.to_dict()
    assert values["box_xyxy"] == pytest.approx([612, 96, 912, 316], abs=0.5)
    assert values["sensor_box_xyxy"] == values["box_xyxy"]
    assert (values["verdict"], values["is_crop"]) == ("crop", True)
    assert list(NO_RELATION) == list(values)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_words(verdict: str) -> None:
    said = Crop("a.jpg", "b.jpg", verdict, reason="too small").in_words()
    assert "a.jpg" in said


def test_the_picture_shows_the_box_the_crop_and_the_difference(tmp_path: Path, found: Crop) -> None:
    out = tmp_path / "out.png"
    draw_crop(found, out)
    drawn = open_photo(out).pixels
    factor = HEIGHT / open_photo(ALPS).pixels.shape[0]
    assert drawn.shape[0] == HEIGHT
    box = (int(612 * factor), int(200 * factor))
    assert (np.abs(drawn[box[1], box[0]].astype(int) - (255, 214, 10)) < 40).all()
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]
    assert found._repr_png_() == out.read_bytes()


def test_the_heat_map_is_hot_where_something_was_painted_over() -> None:
    pixels = open_photo(ALPS).pixels
    painted = pixels[100:400, 300:700].copy()
    painted[50:80, 60:120] = 255
    found = compare(encode(painted), ALPS)
    assert found is not None
    heat = heat_map(found, painted, pixels).mean(2)
    assert heat[55:75, 65:115].mean() > 10 * heat[150:].mean() + 20


def test_a_photo_without_a_file_has_no_picture() -> None:
    found = compare(CROP.read_bytes(), ALPS)
    assert found is not None
    assert found._repr_png_() is None

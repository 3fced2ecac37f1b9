from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from math import cos, radians, sin
from pathlib import Path

import cv2
import numpy as np
import pytest

from photoloupe import open_photo
from photoloupe.boxes import Box
from photoloupe.errors import ModelError
from photoloupe.models.faces import MODEL, Face, FaceFinder
from photoloupe.questions.selfie_faces import in_words, measure
from tests.conftest import EXAMPLES, scene


def face(x0: float, y0: float, x1: float, y1: float, *, nose: float = 0.5) -> Face:
    """A face in a box, level and full unless its nose is elsewhere, in shares of the box."""
    w, h = x1 - x0, y1 - y0

    def at(x: float, y: float) -> tuple[float, float]:
        return x0 + w * x, y0 + h * y

    eyes, mouth = (at(0.3, 0.4), at(0.7, 0.4)), (at(0.35, 0.8), at(0.65, 0.8))
    return Face(Box(x0, y0, x1, y1), eyes, at(nose, 0.6), mouth, 0.9)


def test_a_face_is_found_where_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    photo = open_photo(EXAMPLES / "astronaut.jpg").pixels
    found = FaceFinder().find(photo)
    assert len(found) == 1
    assert found[0].box.iou(Box(0.34, 0.12, 0.54, 0.36)) > 0.5
    assert found[0].box.x0 < found[0].eyes[0][0] < found[0].eyes[1][0] < found[0].box.x1
    assert found[0].eyes[0][1] < found[0].nose[1] < found[0].mouth[0][1]
    assert FaceFinder().find(open_photo(EXAMPLES / "alps.jpg").pixels) == ()
    assert capfd.readouterr() == ("", "")


def test_half_a_face_is_cut_by_the_edge() -> None:
    photo = open_photo(EXAMPLES / "astronaut.jpg").pixels
    cut = FaceFinder().find(photo[:160, 215:330])
    assert cut
    assert in_words(cut).endswith("of the frame, close to its edge") or "cut" in in_words(cut)


def test_threads_find_the_same_faces() -> None:
    finder = FaceFinder()
    photo = open_photo(EXAMPLES / "astronaut.jpg").pixels
    pictures = [photo[: 512 - 7 * k, : 400 + 9 * k] for k in range(8)]
    alone = [FaceFinder().find(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(finder.find, pictures)) == alone


@pytest.mark.parametrize("hw", [(1, 1), (1, 4000), (4000, 3), (17, 17)])
def test_any_shape_is_looked_at(hw: tuple[int, int]) -> None:
    assert FaceFinder().find(np.zeros((*hw, 3), np.uint8)) == ()
    assert isinstance(FaceFinder().find(scene(300, 40)), tuple)


def test_an_altered_face_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "faces.onnx").write_bytes(MODEL.read_bytes() + b"x")
    with pytest.raises(ModelError, match="sha256"):
        FaceFinder(tmp_path / "faces.onnx")
    with pytest.raises(ModelError, match="cannot be read"):
        FaceFinder(tmp_path / "none.onnx")


def test_measures_of_a_face() -> None:
    found = measure([face(0.2, 0.2, 0.7, 0.8)])
    assert found["none"] == 0
    assert found["any"] == 1
    assert found["size"] == pytest.approx(0.3**0.5)
    assert found["roll"] == pytest.approx(0)
    assert found["turn"] == pytest.approx(0, abs=1e-9)
    assert measure([face(0.2, 0.2, 0.7, 0.8, nose=0.9)])["turn"] == pytest.approx(1)
    assert measure([face(-0.25, 0.2, 0.25, 0.6)])["cut"] == pytest.approx(0.5)
    assert set(measure([]).values()) == {0.0, 1.0}
    assert measure([])["none"] == 1


def test_faces_in_words() -> None:
    assert in_words([]) == "no face found"
    assert in_words([face(0.2, 0.2, 0.7, 0.88)]) == "one face fills 34 % of the frame"
    assert in_words([face(0.5, 0.3, 1.1, 0.9)]) == (
        "one face fills 30 % of the frame, cut by its edge"
    )
    assert in_words([face(0.01, 0.2, 0.41, 0.7), face(0.5, 0.2, 0.6, 0.4)]) == (
        "2 faces, the largest fills 20 % of the frame, close to its edge"
    )
    assert in_words([face(0.5, 0.5, 0.52, 0.53)]) == "no face found"


# --- near misses of the thresholds ---------------------------------------------------------------


def test_what_scores_low_is_no_face() -> None:
    """Blurred by 10 px, the astronaut's face scores .8 and something else .23."""
    photo = open_photo(EXAMPLES / "astronaut.jpg").pixels
    blurred = np.asarray(cv2.GaussianBlur(photo, (0, 0), 10), np.uint8)
    found = FaceFinder().find(blurred)
    assert [round(face.score, 1) for face in found] == [0.8]


def test_one_face_is_found_once() -> None:
    assert len(FaceFinder().find(open_photo(EXAMPLES / "astronaut.jpg").pixels)) == 1


def test_a_small_face_is_found() -> None:
    """16 px wide in the net's view of 192 x 192."""
    photo = open_photo(EXAMPLES / "astronaut.jpg").pixels
    frame = np.full((1280, 1280, 3), 127, np.uint8)
    frame[:512, :512] = photo
    assert len(FaceFinder().find(frame)) == 1


def turned(degrees: float) -> Face:
    """A face whose eyes lie on a line that is turned by so much."""
    across, down = 0.1 * cos(radians(degrees)), 0.1 * sin(radians(degrees))
    eyes = (0.5 - across, 0.4 - down), (0.5 + across, 0.4 + down)
    return Face(Box(0.3, 0.2, 0.7, 0.8), eyes, (0.5, 0.5), ((0.45, 0.6), (0.55, 0.6)), 0.9)


def test_the_roll_of_a_face_is_at_most_one_and_a_half() -> None:
    """Radians; upside down would be 3.1, which no weight was fitted on."""
    assert measure([turned(30)])["roll"] == pytest.approx(radians(30))
    assert measure([turned(-80)])["roll"] == pytest.approx(radians(80))
    assert measure([turned(90)])["roll"] == 1.5
    assert measure([turned(180)])["roll"] == 1.5


def test_the_turn_and_the_cut_of_a_face_are_bounded() -> None:
    assert measure([face(0.2, 0.2, 0.7, 0.8, nose=1.0)])["turn"] == pytest.approx(1.25)
    assert measure([face(0.2, 0.2, 0.7, 0.8, nose=1.8)])["turn"] == 1.5
    assert measure([face(-0.9, 0.2, -0.1, 0.8)])["cut"] == 1


@pytest.mark.parametrize(
    ("x0", "ending"),
    [
        (0.045, "of the frame"),
        (0.035, ", close to its edge"),
        (-0.02, ", close to its edge"),  # .05 of the box lies outside: it may be wrong by that
        (-0.03, ", cut by its edge"),
    ],
)
def test_faces_near_an_edge(x0: float, ending: str) -> None:
    assert in_words([face(x0, 0.3, x0 + 0.4, 0.7)]).endswith(ending)


@pytest.mark.parametrize(("width", "words"), [(0.05, "one face fills 1 %"), (0.035, "no face")])
def test_a_speck_is_no_face_to_speak_of(width: float, words: str) -> None:
    """.0025 and .00175 of the frame."""
    assert in_words([face(0.5, 0.5, 0.5 + width, 0.55)]).startswith(words)

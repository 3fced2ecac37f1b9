from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from photoloupe import PhotoError, compare, open_photo
from photoloupe.boxes import Box
from photoloupe.crops.align import align
from photoloupe.crops.draw import draw_crop
from photoloupe.crops.match import Placement
from photoloupe.crops.verify import agreement
from photoloupe.views import Pixels
from tests.conftest import EXAMPLES, encode, scene

ALPS, BOATS, CAT = (EXAMPLES / f"{name}.jpg" for name in ("alps", "boats", "chelsea"))


def resized(pixels: Pixels, scale: float) -> Pixels:
    image = Image.fromarray(pixels)
    size = [round(side * scale) for side in image.size]
    return np.asarray(image.resize((size[0], size[1]), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("quality", [30, 90])
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.6])
@pytest.mark.parametrize("swap", [False, True])
def test_a_crop_is_found_either_way_round(quality: int, scale: float, swap: bool) -> None:
    x0, y0, x1, y1 = 301, 153, 701, 403
    pixels = resized(open_photo(ALPS).pixels[y0:y1, x0:x1], scale)
    crop = encode(pixels, "JPEG", quality=quality)
    found = compare(ALPS, crop) if swap else compare(crop, ALPS)
    assert found is not None
    assert (found.crop, found.source) == ("<second>" if swap else "<first>", str(ALPS))
    assert np.abs(np.subtract(found.box.xyxy, (x0, y0, x1, y1))).max() < 0.5
    assert not found.whole_frame
    assert found.scale == pytest.approx(1 / scale, rel=0.003)
    assert 0.8 <= found.confidence <= 1


def test_what_looks_alike_but_is_no_crop() -> None:
    alps = open_photo(ALPS).pixels
    assert compare(BOATS, ALPS) is None
    mirrored = np.ascontiguousarray(alps[100:400, 300:700][:, ::-1])
    assert compare(encode(mirrored), ALPS) is None
    left, right = encode(alps[:, :500]), encode(alps[:, 520:])
    assert compare(left, right) is None
    overlapping = encode(alps[:, :600]), encode(alps[:, 400:])
    assert compare(*overlapping) is None


def test_one_changed_half_is_no_crop() -> None:
    """Local features agree on the left half; the pixels of the right one do not."""
    crop = open_photo(ALPS).pixels[100:400, 300:700].copy()
    crop[:, 200:] = open_photo(BOATS).pixels[300:600, 300:500]
    assert compare(encode(crop), ALPS) is None


def test_brighter_and_with_less_contrast_is_still_a_crop() -> None:
    crop = open_photo(CAT).pixels[40:240, 100:400]
    toned = (crop * 0.7 + 60).astype(np.uint8)
    found = compare(encode(toned, "JPEG", quality=80), CAT)
    assert found is not None
    assert np.abs(np.subtract(found.box.xyxy, (100, 40, 400, 240))).max() < 0.5


def test_the_same_picture_twice_has_the_whole_frame_for_box() -> None:
    small = encode(resized(open_photo(CAT).pixels, 0.5), "JPEG", quality=85)
    found = compare(CAT, small)
    assert found is not None
    assert (found.crop, found.source) == ("<second>", str(CAT))
    assert found.in_words().startswith("<second> is the same picture as chelsea.jpg")
    assert found.box.iou(Box(0, 0, 451, 300)) > 0.99
    same = compare(CAT, CAT)
    assert same is not None
    assert same.box.iou(Box(0, 0, 451, 300)) > 0.999


def test_a_trimmed_and_enlarged_copy_is_the_crop() -> None:
    trimmed = resized(open_photo(ALPS).pixels[4:-4, 6:-6], 1.03)
    found = compare(ALPS, encode(trimmed, "JPEG", quality=90))
    assert found is not None
    assert found.source == str(ALPS)
    assert np.abs(np.subtract(found.box.xyxy, (6, 4, 1018, 480))).max() < 0.5


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_a_crop_too_small_for_features_is_found(scale: float) -> None:
    x0, y0, x1, y1 = 200, 110, 248, 158
    crop = resized(open_photo(CAT).pixels[y0:y1, x0:x1], scale)
    found = compare(encode(crop, "JPEG", quality=80), CAT)
    assert found is not None
    assert np.abs(np.subtract(found.box.xyxy, (x0, y0, x1, y1))).max() < 1


def test_a_turned_source_is_measured_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = Image.open(CAT).transpose(Image.Transpose.ROTATE_90)
    source = encode(np.asarray(stored), "JPEG", quality=95, exif=exif)
    found = compare(encode(open_photo(CAT).pixels[40:240, 100:400]), source)
    assert found is not None
    assert np.abs(np.subtract(found.box.xyxy, (100, 40, 400, 240))).max() < 0.5


def test_a_large_source_is_measured_in_its_own_pixels() -> None:
    large = resized(open_photo(ALPS).pixels, 4.0)
    crop = encode(large[800:1500, 1000:2200], "JPEG", quality=90)
    found = compare(crop, encode(large, "JPEG", quality=90))
    assert found is not None
    assert np.abs(np.subtract(found.box.xyxy, (1000, 800, 2200, 1500))).max() < 2
    assert found.scale == pytest.approx(1, rel=0.003)


@pytest.mark.parametrize("hw", [(1, 1), (15, 400), (400, 1), (64, 64)])
def test_flat_and_tiny_photos_are_no_crops(hw: tuple[int, int]) -> None:
    assert compare(encode(np.full((*hw, 3), 90, np.uint8)), ALPS) is None


def test_a_bad_file_is_a_photo_error() -> None:
    with pytest.raises(PhotoError, match=r"none\.jpg"):
        compare(ALPS, "none.jpg")


def test_align_settles_to_a_tenth_of_a_pixel() -> None:
    source = scene(400, 300)[..., 0].copy()
    crop = source[100:220, 50:250].copy()
    settled = align(crop, source, Placement(1.01, 0.99, 48.7, 101.5))
    assert settled.x == pytest.approx(50, abs=0.1)
    assert settled.y == pytest.approx(100, abs=0.1)
    assert settled.scale == pytest.approx(1, abs=1e-3)
    assert agreement(crop, source, settled).score > 0.99
    off = agreement(crop, source, Placement(1.0, 1.0, 58.0, 100.0))
    assert off.score < 0.5


def test_words_and_json_and_drawing(tmp_path_factory: pytest.TempPathFactory) -> None:
    found = compare(EXAMPLES / "alps-crop.jpg", ALPS)
    assert found is not None
    assert found.in_words().splitlines()[0] == (
        "alps-crop.jpg is a cropped version of alps.jpg; its top left corner is at (612, 96)"
    )
    values = found.to_dict()
    assert list(values) == ["is_crop", "crop", "source", "box_xyxy", "scale", "confidence"]
    assert values["box_xyxy"] == pytest.approx([612, 96, 912, 316], abs=0.5)
    out = tmp_path_factory.mktemp("draw") / "out.png"
    draw_crop(found, out)
    drawn, source = open_photo(out).pixels, open_photo(ALPS).pixels
    assert np.array_equal(drawn[150:250, 650:850], source[150:250, 650:850])
    assert np.array_equal(drawn[:50, :500], source[:50, :500] // 2)
    assert (drawn[200, 612] == (255, 214, 10)).all()
    assert [path.name for path in out.parent.iterdir()] == ["out.png"]

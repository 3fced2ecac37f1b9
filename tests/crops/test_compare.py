from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from photoloupe import Crop, Limits, PhotoError, compare, open_photo
from photoloupe.arrays import Pixels
from photoloupe.boxes import Box
from tests.conftest import encode, scene
from tests.crops.pairs import ALPS, BOATS, BOX, CAT, alps, resized


def related(a: object, b: object) -> Crop:
    found = compare(a, b)  # type: ignore[arg-type]
    assert found is not None
    return found


def off_by(found: Crop, box_xyxy: tuple[float, ...] = BOX) -> float:
    assert found.box is not None
    return float(np.abs(np.subtract(found.box.xyxy, box_xyxy)).max())


# --- crops ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("quality", [30, 90])
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.6])
@pytest.mark.parametrize("swap", [False, True])
def test_a_crop_is_found_either_way_round(quality: int, scale: float, swap: bool) -> None:
    crop = encode(resized(alps(), scale), "JPEG", quality=quality)
    found = related(ALPS, crop) if swap else related(crop, ALPS)
    assert (found.crop, found.source) == ("<second>" if swap else "<first>", str(ALPS))
    assert (found.verdict, found.is_crop, bool(found)) == ("crop", True, True)
    assert off_by(found) < 0.5
    assert found.scale == pytest.approx(1 / scale, rel=0.003)
    assert found.confidence > 0.95
    assert (found.whole_frame, found.edits, found.turn) == (False, (), 0.0)


@pytest.mark.parametrize("scale", [0.25, 0.5, 1.0, 3.0])
def test_a_crop_too_small_for_features_is_found(scale: float) -> None:
    size = 200 if scale < 0.5 else 64
    box = (140, 60, 140 + size, 60 + size)
    crop = resized(open_photo(CAT).pixels[box[1] : box[3], box[0] : box[2]], scale)
    assert off_by(related(encode(crop, "JPEG", quality=80), CAT), box) < 1


def test_two_generations_of_compression_and_a_resize() -> None:
    first = open_photo(encode(alps(), "JPEG", quality=80)).pixels
    second = encode(resized(first, 0.7), "JPEG", quality=65)
    found = related(second, ALPS)
    assert found.verdict == "crop"
    assert off_by(found) < 0.5


def test_a_trimmed_and_enlarged_copy_is_the_crop() -> None:
    trimmed = resized(alps(6, 4, 1018, 480), 1.03)
    found = related(ALPS, encode(trimmed, "JPEG", quality=90))
    assert found.source == str(ALPS)
    assert off_by(found, (6, 4, 1018, 480)) < 0.5


def test_formats_may_differ() -> None:
    assert related(encode(alps(), "WEBP", quality=70), ALPS).verdict == "crop"


# --- the same picture ----------------------------------------------------------------------------


def test_identical_files_and_identical_pixels_are_exact() -> None:
    assert related(CAT, CAT).verdict == "exact"
    found = related(CAT, encode(open_photo(CAT).pixels, "PNG"))
    assert (found.verdict, found.confidence, found.whole_frame) == ("exact", 1.0, True)
    assert off_by(found, (0, 0, 451, 300)) == 0


def test_the_same_picture_smaller_is_rescaled() -> None:
    small = encode(resized(open_photo(CAT).pixels, 0.5), "JPEG", quality=85)
    found = related(CAT, small)
    assert (found.crop, found.source, found.verdict) == ("<second>", str(CAT), "rescaled")
    assert found.box is not None
    assert found.box.iou(Box(0, 0, 451, 300)) > 0.99


# --- edited crops --------------------------------------------------------------------------------


def test_tones_may_change() -> None:
    curve = (255 * (np.arange(256) / 255) ** 0.6 * 0.8 + 30).astype(np.uint8)
    found = related(encode(curve[alps()], "JPEG", quality=80), ALPS)
    assert (found.verdict, found.edits) == ("edited", ("tone",))
    assert off_by(found) < 0.5


def test_colours_may_be_gone() -> None:
    grey = np.asarray(Image.fromarray(open_photo(CAT).pixels[20:260, 90:390]).convert("L"))
    found = related(encode(np.dstack([grey] * 3), "JPEG", quality=80), CAT)
    assert found.edits == ("tone",)
    assert off_by(found, (90, 20, 390, 260)) < 0.5


@pytest.mark.parametrize("colour", [0, 255])
def test_a_border_is_told_from_the_picture(colour: int) -> None:
    framed = np.pad(alps(), ((20, 20), (20, 20), (0, 0)), constant_values=colour)
    found = related(encode(framed, "JPEG", quality=80), ALPS)
    assert (found.verdict, found.edits) == ("edited", ("border",))
    assert off_by(found) < 2
    assert found.crop_box is not None
    assert np.abs(np.subtract(found.crop_box.xyxy, (20, 20, 420, 270))).max() < 2


def test_a_framed_copy_was_made_from_its_original() -> None:
    framed = np.pad(open_photo(CAT).pixels, ((30, 30), (30, 30), (0, 0)), constant_values=255)
    found = related(CAT, encode(framed, "JPEG", quality=90))
    assert (found.crop, found.verdict, found.edits) == ("<second>", "edited", ("border",))
    assert found.whole_frame


def test_text_laid_over_it() -> None:
    image = Image.fromarray(alps())
    ImageDraw.Draw(image).text((20, 60), "Sample text", fill="white", font_size=40)
    found = related(encode(np.asarray(image), "JPEG", quality=85), ALPS)
    assert (found.verdict, found.edits) == ("edited", ("overlay",))
    assert off_by(found) < 1


@pytest.mark.parametrize(("x", "y"), [(0.9, 1.0), (1.0, 0.8)])
def test_a_squeezed_crop_is_squished(x: float, y: float) -> None:
    found = related(encode(resized(alps(), x, y), "JPEG", quality=85), ALPS)
    assert (found.edits, found.squished) == (("squeeze",), True)
    assert found.scale_xy == pytest.approx((1 / x, 1 / y), rel=0.003)
    assert off_by(found) < 0.5


@pytest.mark.parametrize("degrees", [-2.0, 3.0])
def test_a_slightly_turned_crop(degrees: float) -> None:
    image = Image.open(ALPS).convert("RGB")
    middle = ((BOX[0] + BOX[2]) / 2, (BOX[1] + BOX[3]) / 2)
    spun = image.rotate(degrees, Image.Resampling.BICUBIC, center=middle).crop(BOX)
    found = related(encode(np.asarray(spun), "JPEG", quality=90), ALPS)
    assert (found.verdict, found.edits) == ("edited", ("turn",))
    assert found.turn == pytest.approx(degrees, abs=0.05)
    assert off_by(found) < 0.7


# --- relations that are no crop ------------------------------------------------------------------


def test_two_crops_of_one_unseen_photo_overlap() -> None:
    found = related(encode(alps(0, 0, 600, 484)), encode(alps(400, 0, 1024, 484)))
    assert (found.verdict, found.is_crop, bool(found)) == ("overlap", False, False)
    boxes = {found.crop: found.crop_box, found.source: found.box}
    first, second = boxes["<first>"], boxes["<second>"]
    assert first is not None
    assert second is not None
    assert first.xyxy == pytest.approx((400, 0, 600, 484), abs=0.5)
    assert second.xyxy == pytest.approx((0, 0, 200, 484), abs=0.5)


@pytest.mark.parametrize("swap", [False, True])
def test_a_mirrored_crop_is_called_so(swap: bool) -> None:
    mirrored = encode(np.ascontiguousarray(alps()[:, ::-1]), "JPEG", quality=85)
    found = related(ALPS, mirrored) if swap else related(mirrored, ALPS)
    assert (found.verdict, found.is_crop, found.source) == ("mirrored", False, str(ALPS))
    assert off_by(found) < 0.5


def test_other_photos_are_not_related() -> None:
    assert compare(BOATS, ALPS) is None
    assert compare(encode(alps(0, 0, 500, 484)), encode(alps(520, 0, 1024, 484))) is None


def test_one_changed_half_is_no_crop() -> None:
    """Local features agree on the left half; the pixels of the right one do not."""
    crop = alps(300, 100, 700, 400).copy()
    crop[:, 200:] = open_photo(BOATS).pixels[300:600, 300:500]
    assert not compare(encode(crop), ALPS)


# --- what cannot be told -------------------------------------------------------------------------


def striped() -> Pixels:
    """A scene with upright stripes across its middle."""
    source = scene(500, 400).copy()
    stripes = np.repeat(np.random.default_rng(0).integers(20, 236, 20), 7)
    source[:, 180:320] = stripes[None, :, None].astype(np.uint8)
    return source


def test_a_crop_of_nothing_but_upright_edges_is_ambiguous_along_them() -> None:
    found = related(encode(striped()[120:260, 190:310], "JPEG", quality=95), encode(striped()))
    assert (found.verdict, found.is_crop, found.doubt_axis) == ("ambiguous", True, "y")
    assert found.doubt_px > 10
    assert "fits as well" in found.in_words()
    assert found.box is not None
    assert (found.box.x0, found.box.x1) == pytest.approx((190, 310), abs=0.5)


def test_what_fits_in_many_places_and_only_turned_cannot_be_told() -> None:
    turned = np.asarray(Image.fromarray(striped()).rotate(2, Image.Resampling.BICUBIC))
    found = related(encode(turned[130:250, 200:300], "JPEG", quality=95), encode(striped()))
    assert (found.verdict, found.is_crop) == ("unknown", None)
    assert "more places than one" in str(found.reason)


@pytest.mark.parametrize("hw", [(1, 1), (15, 400), (400, 1), (31, 31)])
def test_tiny_photos_cannot_be_told(hw: tuple[int, int]) -> None:
    found = related(encode(np.full((*hw, 3), 90, np.uint8)), ALPS)
    assert (found.verdict, found.is_crop, bool(found)) == ("unknown", None, False)
    assert "under 32 pixels" in str(found.reason)
    assert found.to_dict()["is_crop"] is None


def test_sky_cannot_be_told() -> None:
    sky = np.broadcast_to(np.linspace(120, 150, 200)[:, None, None], (200, 300, 3))
    found = related(encode(sky.astype(np.uint8), "JPEG", quality=90), CAT)
    assert (found.verdict, found.is_crop) == ("unknown", None)
    blue = related(encode(np.full((200, 300, 3), 120, np.uint8)), CAT)
    assert blue.reason == "<first> has hardly any texture to go by"


# --- pixels of which picture ---------------------------------------------------------------------


def test_a_turned_source_is_measured_upright_and_as_stored() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = Image.open(CAT).transpose(Image.Transpose.ROTATE_90)
    source = encode(np.asarray(stored), "JPEG", quality=95, exif=exif)
    found = related(encode(open_photo(CAT).pixels[40:240, 100:400]), source)
    assert off_by(found, (100, 40, 400, 240)) < 0.5
    assert found.sensor_box is not None
    assert found.sensor_box.xyxy == pytest.approx((40, 51, 240, 351), abs=0.5)


def test_a_source_of_100_megapixels_is_measured_in_its_own_pixels() -> None:
    large = Image.open(ALPS).convert("L").resize((14_000, 7_200))
    source = encode(np.asarray(large), "JPEG", quality=75)
    crop = encode(np.asarray(large.crop((5000, 2000, 8000, 4000))), "JPEG", quality=90)
    found = related(crop, source)
    assert off_by(found, (5000, 2000, 8000, 4000)) < 5
    assert found.scale == pytest.approx(1, rel=0.003)
    with pytest.raises(PhotoError, match="limit of 1,000,000 pixels"):
        compare(crop, source, limits=Limits(pixels=1_000_000))


def test_a_bad_file_is_a_photo_error() -> None:
    with pytest.raises(PhotoError, match=r"none\.jpg"):
        compare(ALPS, "none.jpg")


@pytest.mark.parametrize("swap", [False, True])
def test_bytes_that_are_bad_are_called_by_their_position(swap: bool) -> None:
    pair = (b"no photo", ALPS.read_bytes())
    with pytest.raises(PhotoError, match="^<second>: " if swap else "^<first>: ") as caught:
        compare(*(pair[::-1] if swap else pair))
    assert caught.value.path == ("<second>" if swap else "<first>")
    assert caught.value.code == "unsupported"

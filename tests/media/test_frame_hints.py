from __future__ import annotations

import io

import pytest
from PIL import Image

from photoloupe.media.frame_hints import Declared
from photoloupe.media.photo import open_photo
from tests.conftest import encode, scene
from tests.exif import boxed_jpeg, exif_block, jpeg


def declared(data: bytes) -> Declared:
    return open_photo(data).facts.declared


def test_a_size_in_exif_is_what_was_declared() -> None:
    assert declared(jpeg(96, 64)) == Declared()
    said = declared(jpeg(96, 64, exif=exif_block(size_wh=(4000, 3000))))
    assert said == Declared(size_wh=(4000, 3000))


def test_a_size_is_upright_as_the_photo_is() -> None:
    """Stored 96 x 64 and declared so, shown 64 x 96: no editor that turns pixels is accused."""
    turned = declared(jpeg(96, 64, exif=exif_block(size_wh=(960, 640), orientation=6)))
    assert turned.size_wh == (640, 960)
    squeezed = declared(
        jpeg(64, 64, exif=exif_block(size_wh=(960, 640), thumbnail=jpeg(160, 107), orientation=6))
    )
    assert squeezed == Declared(size_wh=(640, 960), thumbnail_wh=(107, 160))
    forgotten = declared(jpeg(64, 96, exif=exif_block(size_wh=(960, 640))))
    assert forgotten.size_wh == (640, 960)


@pytest.mark.parametrize(
    ("frame_wh", "thumbnail", "found"),
    [
        ((96, 64), jpeg(160, 107), (160, 107)),
        ((96, 64), boxed_jpeg((160, 120), (160, 106)), (160, 106)),  # 3:2 in a 4:3 thumbnail
        ((64, 96), jpeg(160, 107), (107, 160)),  # turned by an editor that forgot it
        ((64, 64), jpeg(160, 107), (160, 107)),  # 3:2 as 1:1
        ((64, 64), boxed_jpeg((160, 120), (160, 106)), (160, 106)),
        ((64, 96), boxed_jpeg((160, 120), (80, 120)), (80, 120)),
        ((96, 54), jpeg(160, 120, level=0), (160, 120)),  # black all over: no bars
    ],
)
def test_a_thumbnail_counts_without_its_bars(
    frame_wh: tuple[int, int], thumbnail: bytes, found: tuple[int, int]
) -> None:
    said = declared(jpeg(*frame_wh, exif=exif_block(thumbnail=thumbnail)))
    assert said.thumbnail_wh == pytest.approx(found, abs=2)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_is_no_evidence_and_no_error() -> None:
    good = exif_block(size_wh=(400, 300), thumbnail=jpeg(160, 120), orientation=6)
    for end in range(6, len(good), 7):
        data = jpeg(96, 64, exif=good[:end])
        assert open_photo(data).pixels.size
    for length in (0, 5, 2**31):
        block = exif_block(thumbnail=jpeg(160, 120), thumbnail_length=length)
        assert declared(jpeg(96, 64, exif=block)).thumbnail_wh is None
    zero = exif_block(size_wh=(0, 3000), thumbnail=b"no jpeg at all")
    assert declared(jpeg(96, 64, exif=zero)) == Declared()


def test_a_vast_thumbnail_is_believed_by_its_header_and_never_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vast = jpeg(6000, 4000, quality=1)
    data = bytearray(vast)[:60_000]
    asked: list[tuple[int, int]] = []
    convert = Image.Image.convert

    def counted(self: Image.Image, *rest: object) -> Image.Image:
        asked.append(self.size)
        return convert(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Image.Image, "convert", counted)
    block = exif_block(thumbnail=bytes(data))
    assert declared(jpeg(64, 64, exif=block)).thumbnail_wh == (6000, 4000)
    assert (6000, 4000) not in asked


def test_pixels_that_are_not_square() -> None:
    def saved(kind: str, **options: object) -> bytes:
        file = io.BytesIO()
        Image.fromarray(scene()).save(file, kind, **options)
        return file.getvalue()

    assert declared(saved("JPEG", dpi=(72, 72))).pixel_aspect is None
    assert declared(saved("JPEG", dpi=(72, 96))).pixel_aspect == pytest.approx(96 / 72)
    assert declared(saved("PNG", dpi=(100, 50))).pixel_aspect == pytest.approx(0.5, abs=0.01)
    assert declared(saved("TIFF", dpi=(50, 100))).pixel_aspect == pytest.approx(2)
    assert declared(saved("JPEG", dpi=(1, 300))).pixel_aspect is None  # a slip of the pen
    turned = saved("JPEG", dpi=(72, 96), exif=exif_block(orientation=6))
    assert declared(turned).pixel_aspect == pytest.approx(72 / 96)
    plain = bytearray(saved("JPEG"))
    plain[14:18] = bytes(4)  # JFIF's two densities
    assert declared(bytes(plain)).pixel_aspect is None


def test_other_formats_have_exif_too() -> None:
    for kind in ("PNG", "WEBP"):
        data = encode(scene(), kind, exif=exif_block(size_wh=(4000, 3000), thumbnail=jpeg(80, 60)))
        said = declared(data)
        assert said.size_wh == (4000, 3000)
        assert said.thumbnail_wh == (80, 60)

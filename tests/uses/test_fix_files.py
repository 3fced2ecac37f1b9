"""Copies are written whole, new, and of the photo's own kind; photos stay as they are."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from photoloupe import PhotoError, PhotoReport, Squish, open_photo
from photoloupe.arrays import Pixels
from photoloupe.inspector import Inspector
from photoloupe.media.facts import Facts
from photoloupe.media.photo import Limits
from photoloupe.uses.fix_files import Fix, fix_photos, write_new
from tests.conftest import encode, scene
from tests.exif import exif_block, jpeg

Save = Callable[..., Path]
HALF = Squish(0.5, 1.0, True, 0.99)
NOT = Squish(0.9, 1.0, False, 0.9)
UNSURE = Squish(0.6, 1.0, False, 0.05, unsure=True)


class Told(Inspector):
    """Says of each photo what the test wants said, by its name; else that its width is halved."""

    def __init__(self, limits: Limits | None = None, **answers: Squish) -> None:
        self.answers, self.limits = answers, limits or Limits()

    def stream(self, photos: Any, *, image_key: str | None = None) -> Iterator[PhotoReport]:
        for path in photos:
            try:
                facts: Facts = open_photo(path, limits=self.limits).facts
            except PhotoError as error:
                yield PhotoReport(path, error=error)
                continue
            answer = self.answers.get(Path(path).stem, HALF)
            yield PhotoReport(
                path, width=facts.width, height=facts.height, answers={"squish": answer}
            )


def fix(*paths: Path, out: Path, inspector: Inspector | None = None, **options: bool) -> list[Fix]:
    names = [str(path) for path in paths]
    return list(fix_photos(names, out, inspector=inspector or Told(), **options))


def only(rows: list[Fix]) -> Image.Image:
    assert [row.error for row in rows] == [None]
    assert rows[0].copy is not None
    return opened(Path(rows[0].copy))


def opened(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def code(row: Fix) -> str | None:
    return row.error.code if row.error else None


# --- what is written -----------------------------------------------------------------------------


def test_only_what_is_surely_squished_is_copied_and_photos_stay(save: Save, tmp_path: Path) -> None:
    paths = [save(f"{name}.png", scene(60, 90)) for name in ("squished", "fine", "doubtful")]
    before = [path.read_bytes() for path in paths]
    rows = fix(*paths, out=tmp_path / "out", inspector=Told(fine=NOT, doubtful=UNSURE))
    assert [path.read_bytes() for path in paths] == before
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["squished.png"]
    assert (
        rows[0]
        .in_words()
        .endswith(f"width to 50%, 60 x 90 becomes 120 x 90: {tmp_path}/out/squished.png")
    )
    assert rows[1].in_words() == f"left   {paths[1]}: not squished"
    assert rows[2].in_words() == f"left   {paths[2]}: unsure"


def test_the_copy_shows_the_photo_in_its_old_shape(tmp_path: Path, save: Save) -> None:
    whole = scene(120, 90)
    small = Image.fromarray(whole).resize((60, 90), Image.Resampling.BOX)
    copy = only(fix(save("a.png", np.asarray(small)), out=tmp_path / "out"))
    assert copy.size == (120, 90)
    assert np.abs(np.asarray(copy, int) - whole).mean() < 8
    shrunk = only(fix(tmp_path / "a.png", out=tmp_path / "small", shrink=True))
    assert shrunk.size == (60, 45)


def test_a_jpeg_keeps_its_tables_sampling_and_profile(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kinds: list[dict[str, Any]] = [
        {"quality": 37, "subsampling": 2},
        {"quality": 91, "subsampling": 0, "progressive": True},
        {"quality": 80, "subsampling": 1, "comment": b"by hand"},
    ]
    for number, options in enumerate(kinds):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(encode(scene(60, 90), "JPEG", icc_profile=profile, **options))
        copy, original = only(fix(path, out=tmp_path / "out")), opened(path)
        assert copy.format == "JPEG"
        assert copy.quantization == original.quantization  # type: ignore[attr-defined]
        assert copy.layer == original.layer  # type: ignore[attr-defined]
        for key in ("icc_profile", "progressive", "comment"):
            assert copy.info.get(key) == original.info.get(key)


@pytest.mark.parametrize(
    ("mode", "kind", "kept"),
    [
        ("L", "JPEG", "L"), ("CMYK", "JPEG", "CMYK"), ("RGBA", "PNG", "RGBA"), ("P", "PNG", "RGB"),
        ("1", "PNG", "L"), ("L", "TIFF", "L"), ("RGB", "WEBP", "RGB"), ("RGB", "AVIF", "RGB"),
        ("P", "GIF", "P"), ("RGB", "BMP", "RGB"), ("RGB", "JPEG2000", "RGB"),
    ],
)  # fmt: skip
def test_each_format_stays_what_it_was(tmp_path: Path, mode: str, kind: str, kept: str) -> None:
    path = tmp_path / "a"
    Image.fromarray(scene(60, 90)).convert(mode).save(path, kind)
    copy = only(fix(path, out=tmp_path / "out"))
    assert (copy.format, copy.mode, copy.size) == (kind, kept, (120, 90))
    before, after = (open_photo(name).pixels for name in (path, tmp_path / "out" / "a"))
    gap = before.mean((0, 1)) - after.mean((0, 1))
    assert np.abs(gap).max() < 4


def test_lossless_webp_and_16_bits_stay_so(tmp_path: Path) -> None:
    flat: Pixels = np.full((90, 60, 3), 77, np.uint8)
    Image.fromarray(flat).save(tmp_path / "a.webp", lossless=True)
    copy = only(fix(tmp_path / "a.webp", out=tmp_path / "out"))
    assert b"VP8L" in (tmp_path / "out" / "a.webp").read_bytes()[:64]
    assert np.asarray(copy.convert("RGB")).tolist() == [[[77] * 3] * 120] * 90
    deep = np.arange(5400, dtype=np.uint16).reshape(90, 60) * 12
    Image.fromarray(deep).save(tmp_path / "b.png")
    assert only(fix(tmp_path / "b.png", out=tmp_path / "out")).mode == "I;16"


def test_clear_parts_stay_clear(tmp_path: Path) -> None:
    image = Image.fromarray(scene(60, 90)).quantize(8)
    image.save(tmp_path / "a.png", transparency=3)
    copy = only(fix(tmp_path / "a.png", out=tmp_path / "out"))
    assert copy.mode == "RGBA"
    assert copy.getchannel("A").getextrema() == (0, 255)


# --- metadata ------------------------------------------------------------------------------------


def test_exif_stays_without_what_the_new_size_makes_untrue(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110], exif[0x0100], exif[0x011A], exif[0x011B] = "camera", 60, 72.0, 144.0
    exif.get_ifd(0x8769).update({0xA434: "a lens", 0xA002: 60, 0xA003: 90})
    exif.get_ifd(0x8825)[1] = "N"
    path = tmp_path / "a.jpg"
    path.write_bytes(encode(scene(60, 90), "JPEG", exif=exif, dpi=(72, 144)))
    copy = only(fix(path, out=tmp_path / "out"))
    kept = copy.getexif()
    assert kept[0x0110] == "camera"
    assert kept.get_ifd(0x8769) == {0xA434: "a lens"}
    assert kept.get_ifd(0x8825) == {1: "N"}
    assert not {0x0100, 0x011A, 0x011B} & set(kept)
    assert open_photo(tmp_path / "out" / "a.jpg").facts.declared.pixel_aspect is None


def test_the_stale_thumbnail_goes(tmp_path: Path) -> None:
    block = exif_block(size_wh=(120, 90), thumbnail=jpeg(160, 120, level=201))
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(60, 90, exif=block))
    assert open_photo(path).facts.declared.thumbnail_wh == (160, 120)
    only(fix(path, out=tmp_path / "out"))
    declared = open_photo(tmp_path / "out" / "a.jpg").facts.declared
    assert (declared.thumbnail_wh, declared.size_wh) == (None, None)
    assert (tmp_path / "out" / "a.jpg").read_bytes().count(b"\xff\xd8\xff") == 1


def test_a_photo_stored_turned_stays_turned(tmp_path: Path) -> None:
    """Its upright width was halved: what is stored is enlarged in height."""
    path = tmp_path / "a.jpg"
    path.write_bytes(encode(scene(90, 60), "JPEG", exif=exif_block(orientation=6)))
    copy = only(fix(path, out=tmp_path / "out"))
    assert copy.size == (90, 120)
    assert copy.getexif()[0x0112] == 6
    assert open_photo(tmp_path / "out" / "a.jpg").pixels.shape == (90, 120, 3)


def test_a_tiff_keeps_its_compression_and_who_made_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110], exif[0x8298] = "camera", "by me"
    path = tmp_path / "a.tif"
    options: dict[str, Any] = {"compression": "tiff_lzw", "dpi": (300, 300)}
    Image.fromarray(scene(60, 90)).save(path, exif=exif, **options)
    copy = only(fix(path, out=tmp_path / "out"))
    assert (copy.size, copy.info["compression"]) == ((120, 90), "tiff_lzw")
    assert copy.info["dpi"] == (300, 300)
    kept = copy.getexif()
    assert (kept[0x0110], kept[0x8298]) == ("camera", "by me")
    gap = np.asarray(copy, float).mean((0, 1)) - scene(60, 90).mean((0, 1))
    assert np.abs(gap).max() < 1


def test_xmp_stays_without_sizes(tmp_path: Path) -> None:
    xmp = (
        b'<x:xmpmeta><rdf:Description xmp:Rating="4" exif:PixelXDimension="60" '
        b'tiff:ImageLength="90"><tiff:ImageWidth>60</tiff:ImageWidth></rdf:Description>'
    )
    path = tmp_path / "a.jpg"
    path.write_bytes(encode(scene(60, 90), "JPEG", xmp=xmp))
    kept = only(fix(path, out=tmp_path / "out")).info["xmp"]
    assert kept == b'<x:xmpmeta><rdf:Description xmp:Rating="4"></rdf:Description>'


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_broken_exif_block_stops_no_repair(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(60, 90, exif=exif_block(size_wh=(1, 2))[:30]))
    assert only(fix(path, out=tmp_path / "out")).size == (120, 90)


# --- names, errors -------------------------------------------------------------------------------


def test_names_of_several_folders_do_not_meet(save: Save, tmp_path: Path) -> None:
    paths = [tmp_path / "in" / folder / "a.png" for folder in ("x", "y/z", ".")]
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(scene(60, 90, seed=number)))
    rows = fix(*paths, paths[0], out=tmp_path / "out")
    copies = [str(Path(row.copy or "").relative_to(tmp_path / "out")) for row in rows]
    assert copies == ["x/a.png", "y/z/a.png", "a.png"]


def test_nothing_is_overwritten(save: Save, tmp_path: Path) -> None:
    first, second = save("a.png", scene(60, 90)), save("b.png", scene(60, 90))
    before = first.read_bytes()
    rows = fix(first, second, out=tmp_path)
    assert [code(row) for row in rows] == ["exists", "exists"]
    assert first.read_bytes() == before
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").symlink_to(tmp_path / "nowhere")
    rows = fix(first, second, out=tmp_path / "out")
    assert [code(row) for row in rows] == ["exists", None]
    assert not (tmp_path / "nowhere").exists()


def test_a_name_taken_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With links and without; and neither leaves a part behind."""
    (tmp_path / "a.png").write_bytes(b"first")
    for linked in (True, False):
        if not linked:
            monkeypatch.setattr(Path, "hardlink_to", _no_links)
        with pytest.raises(PhotoError, match="is there already") as caught:
            write_new(tmp_path / "a.png", b"second", "photo.png")
        assert caught.value.code == "exists"
        assert (tmp_path / "a.png").read_bytes() == b"first"
        write_new(tmp_path / f"{linked}.png", b"second", "photo.png")
        assert (tmp_path / f"{linked}.png").read_bytes() == b"second"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["False.png", "True.png", "a.png"]


def _no_links(*_: object) -> None:
    raise PermissionError("no links here")


def test_errors_are_rows_and_the_run_goes_on(save: Save, tmp_path: Path) -> None:
    good, large = save("good.png", scene(60, 90)), save("large.png", scene(110, 90))
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    (tmp_path / "text.jpg").write_text("no photo")
    paths = [tmp_path / "none.jpg", tmp_path / "text.jpg", large, tmp_path / "moving.gif", good]
    rows = fix(*paths, out=tmp_path / "out", inspector=Told(Limits(pixels=15_000)))
    assert [code(row) for row in rows] == [
        "not_found",
        "unsupported",
        "too_large",
        "unwritable",
        None,
    ]
    assert rows[2].in_words().startswith(f"error  {large}: would be 220 x 90, over the limit")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.png"]


def test_a_folder_that_cannot_be_written_to_is_the_photos_error(save: Save, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    rows = fix(save("a.png", scene(60, 90)), out=tmp_path / "out")
    assert code(rows[0]) == "unwritable"


def test_a_side_that_the_format_cannot_hold(tmp_path: Path) -> None:
    Image.new("RGB", (9000, 4), (9, 9, 9)).save(tmp_path / "a.webp")
    rows = fix(tmp_path / "a.webp", out=tmp_path / "out")
    assert code(rows[0]) == "unwritable"
    assert not (tmp_path / "out").exists()


def test_a_dry_run_writes_nothing_and_knows_what_would_fail(save: Save, tmp_path: Path) -> None:
    paths = save("a.png", scene(60, 90)), save("b.png", scene(60, 90))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b.png").write_bytes(b"")
    rows = fix(*paths, out=tmp_path / "out", dry_run=True)
    assert rows[0].copy == str(tmp_path / "out" / "a.png")
    assert (rows[0].size_wh, rows[0].copy_wh) == ((60, 90), (120, 90))
    assert code(rows[1]) == "exists"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.png"]


def test_no_photo_no_row(tmp_path: Path) -> None:
    assert fix(out=tmp_path / "out") == []


def test_copies_are_not_taken_for_photos_to_fix(tmp_path: Path) -> None:
    """`--out` inside the folder that is walked: the list is complete before the first copy."""
    for name in ("a.png", "c.png"):
        (tmp_path / name).write_bytes(encode(scene(60, 90)))

    def lazily() -> Iterator[str]:
        yield str(tmp_path / "a.png")
        yield from (str(path) for path in (tmp_path / "b").glob("*"))
        yield str(tmp_path / "c.png")

    rows = list(fix_photos(lazily(), tmp_path / "b", inspector=Told()))
    assert [Path(row.path).name for row in rows] == ["a.png", "c.png"]
    assert io.BytesIO((tmp_path / "b" / "a.png").read_bytes()).read(4) == b"\x89PNG"

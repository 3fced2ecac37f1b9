from __future__ import annotations

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from photoloupe.boxes import Box
from photoloupe.catalog.ask.families import Family
from photoloupe.catalog.report import sheet_families as families_room
from photoloupe.catalog.report.contact_sheet import make_sheet
from photoloupe.catalog.report.sheet_families import SheetFamilies, ShownPhoto
from photoloupe.catalog.report.sheet_html import may_replace, policy, value
from photoloupe.catalog.report.thumbnail import SIDE, make_thumbnail, thumbnail_size
from photoloupe.catalog.scan.scan import scan
from photoloupe.catalog.store import Catalog
from photoloupe.cli.main import app
from photoloupe.crops.crop import Crop
from photoloupe.errors import CatalogError
from tests.conftest import EXAMPLES, encode, scene

NASTY = "<script>alert(1)<!--.png"


class Page(HTMLParser):
    """What a browser would make of the page: elements, and the text inside scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "script" and not self.scripts[-1][1]:
            self.scripts[-1] = self.scripts[-1][0], data

    def values(self, kind: str) -> list[Any]:
        return [json.loads(text) for at, text in self.scripts if at.get("class") == kind]

    def photos(self) -> dict[str, dict[str, Any]]:
        return {photo["path"]: photo for photo in self.values("photo")}

    def pictures(self) -> list[bytes]:
        return [base64.b64decode(t) for at, t in self.scripts if at["type"] == "text/plain"]


@pytest.fixture
def no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PHOTOLOUPE_CATALOG", raising=False)


def page_of(catalog: Catalog, tmp_path: Path, expression: str = "true") -> Page:
    make_sheet(catalog, tmp_path / "r.html", expression, crops=False)
    return Page((tmp_path / "r.html").read_text(encoding="utf-8"))


def test_every_photo_is_there_with_its_answers(scanned: Catalog, tmp_path: Path) -> None:
    page = page_of(scanned, tmp_path)
    photos = page.photos()
    assert len(photos) == 13
    assert photos["words.jpg"]["state"] == "failed"
    assert photos["words.jpg"]["error"]["code"] == "unsupported"
    (row,) = scanned.rows("path LIKE '%/3.png'")
    assert photos["3.png"]["aesthetics"] == row["aesthetics"]
    sizes = [list(Image.open(io.BytesIO(webp)).size) for webp in page.pictures() if webp]
    assert len(sizes) == 11
    assert sizes == [photo["thumbnail_wh"] for photo in photos.values() if photo["thumbnail_wh"]]


def test_the_pictures_are_those_of_their_photos(scanned: Catalog, tmp_path: Path) -> None:
    page = page_of(scanned, tmp_path, "error IS NULL")
    for photo, webp in zip(page.values("photo"), page.pictures(), strict=True):
        with Image.open(tmp_path / "photos" / photo["path"]) as original:
            wanted = np.asarray(original.resize(photo["thumbnail_wh"]), np.float64)
        seen = np.asarray(Image.open(io.BytesIO(webp)), np.float64)
        assert np.abs(seen - wanted).mean() < 12
        assert np.abs(seen[::-1, ::-1] - wanted).mean() > 20


def test_the_page_asks_for_nothing_from_anywhere(scanned: Catalog, tmp_path: Path) -> None:
    page = page_of(scanned, tmp_path)
    for tag, given in page.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base", "img")
        for name in ("src", "href", "action", "data", "srcset", "poster"):
            assert (given.get(name) or "#").startswith("#"), f"{tag} {name}={given[name]}"
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|@import|url\(|fetch\(|import\(|innerHTML|eval\(", text)


def test_the_policy_allows_this_script_and_no_other(scanned: Catalog, tmp_path: Path) -> None:
    page = page_of(scanned, tmp_path)
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    css = text.partition("<style>")[2].partition("</style>")[0]
    (script,) = (inside for at, inside in page.scripts if at["type"] == "module")
    rule = next(g["content"] for _, g in page.elements if "content-security" in str(g).lower())
    assert rule == policy(css, script)
    assert "default-src 'none'" in str(rule)
    assert "unsafe" not in str(rule)
    assert "http" not in str(rule)


def test_a_file_name_never_becomes_markup(catalog: Catalog, photos: Path, tmp_path: Path) -> None:
    plain = page_of(catalog, tmp_path)
    folder = tmp_path / "<img src=x onerror=alert(1)>" / "&<b>"
    folder.mkdir(parents=True)
    names = (NASTY, "]]>'\".png", "\udcff.png", "/* script */ <!-- data -->".replace("/", ""))
    for name in names:
        (folder / name).write_bytes(encode(scene(seed=len(name))))
    scan(catalog, [str(folder / name) for name in names])
    page = page_of(catalog, tmp_path)
    assert set(page.photos()) == set(names)
    extra = [tag for tag, _ in page.elements if tag != "script"]
    assert extra == [tag for tag, _ in plain.elements if tag != "script"]
    assert [at["type"] for at, _ in page.scripts].count("module") == 1
    assert b"</" not in value("photo", "</script>")[:-10].removeprefix(b"<script")


def test_photos_that_vanished_or_changed_are_told(
    scanned: Catalog, photos: Path, tmp_path: Path
) -> None:
    (photos / "0.png").unlink()
    (photos / "1.png").write_bytes(encode(scene(seed=77)))
    (photos / "2.png").write_bytes(b"broken")
    sheet = make_sheet(scanned, tmp_path / "r.html", crops=False)
    wanted = {"there": 8, "changed": 1, "vanished": 1, "unreadable": 1, "failed": 2}
    assert sheet.states == wanted
    assert "13 photos, 1 changed, 1 vanished, 1 unreadable, 2 failed; " in sheet.in_words()
    shown = Page((tmp_path / "r.html").read_text(encoding="utf-8")).photos()
    assert shown["0.png"]["state"] == "vanished"
    assert shown["0.png"]["thumbnail_wh"] is None


def test_an_expression_chooses_and_none_is_a_page_too(scanned: Catalog, tmp_path: Path) -> None:
    assert set(page_of(scanned, tmp_path, "path LIKE '%/3.png'").photos()) == {"3.png"}
    assert page_of(scanned, tmp_path, "width > 9000").photos() == {}
    with pytest.raises(CatalogError, match="Columns: path"):
        page_of(scanned, tmp_path, "widht > 3")
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_thumbnail_of_a_squished_photo_has_its_repaired_shape() -> None:
    squish = {"squished": True, "width_ratio": 0.5, "height_ratio": 1.0}
    assert thumbnail_size((256, 512), squish) == (SIDE, SIDE)
    assert thumbnail_size((256, 512), squish | {"squished": False}) == (160, 320)
    assert thumbnail_size((10, 20), None) == (10, 20)
    assert thumbnail_size((9000, 2), None) == (SIDE, 1)


def test_the_worst_photo_stays_below_100_kb(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (640, 640, 3), np.uint8)
    (tmp_path / "noise.png").write_bytes(encode(noise))
    row = {"path": str(tmp_path / "noise.png"), "sha256": "", "squish": None, "error": None}
    thumbnail = make_thumbnail(row)
    assert thumbnail.webp is not None
    assert 4 * len(thumbnail.webp) / 3 < 95_000


def test_only_its_own_page_is_replaced(scanned: Catalog, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    out.write_text("my diary")
    with pytest.raises(FileExistsError, match="no contact sheet"):
        make_sheet(scanned, out, crops=False)
    assert out.read_text() == "my diary"
    make_sheet(scanned, out, crops=False, force=True)
    assert may_replace(out)
    assert make_sheet(scanned, out, crops=False).photos == 13


def test_a_failure_leaves_the_old_page(
    scanned: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "r.html"
    make_sheet(scanned, out, crops=False)
    before = out.read_bytes()

    def fails(*_: object) -> SheetFamilies:
        raise CatalogError("the disk is gone")

    monkeypatch.setattr("photoloupe.catalog.report.contact_sheet.sheet_families", fails)
    with pytest.raises(CatalogError, match="disk"):
        make_sheet(scanned, out)
    assert out.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_boxes_are_shares_of_their_source() -> None:
    crop = Crop("/b", "/a", "crop", 0.99, Box(20, 10, 60, 40))
    shown = {"/a": ShownPhoto(4, (200, 100)), "/b": ShownPhoto(7, (40, 30))}
    plain = families_room._plain(Family("/a", ("/a", "/b"), (crop,)), shown)
    assert plain["photos"] == [4, 7]
    assert plain["relations"][0]["box"] == [0.1, 0.1, 0.3, 0.4]
    assert (plain["relations"][0]["crop"], plain["relations"][0]["source"]) == (7, 4)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.usefixtures("no_cache")
def test_crop_families_from_the_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faiss")
    folder = tmp_path / "album"
    folder.mkdir()
    for name in ("alps.jpg", "alps-crop.jpg", "boats.jpg"):
        (folder / name).write_bytes((EXAMPLES / name).read_bytes())
    monkeypatch.chdir(folder)
    out = tmp_path / "r.html"

    def families() -> dict[str, Any]:
        assert run("report", "-o", out).exit_code == 0
        page = Page(out.read_text(encoding="utf-8"))
        (about,) = page.values("about")
        names = [photo["path"] for photo in page.values("photo")]
        for group in about["families"]["groups"]:
            group["names"] = [names[number] for number in group["photos"]]
        return dict(about["families"])

    assert run("scan", ".").exit_code == 0
    assert families()["state"] == "not_scanned"
    assert run("scan", ".", "--crops").exit_code == 0
    (group,) = families()["groups"]
    assert group["names"] == ["alps.jpg", "alps-crop.jpg"]
    wanted = [612 / 1024, 96 / 484, 912 / 1024, 316 / 484]
    assert group["relations"][0]["box"] == pytest.approx(wanted, abs=0.002)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-o", "r.html", "widht > 3"), "Columns: path, sha256"),
        (("-o", "0.png"), "0.png: no contact sheet, so it is left alone"),
        (("-o", "none/r.html"), "none"),
        (("-o", "."), "."),
        (("-o", "r.html", "--catalog", "none"), "none: no catalog"),
    ],
)
@pytest.mark.usefixtures("no_cache")
def test_mistakes_are_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "0.png").write_bytes(encode(scene()))
    monkeypatch.chdir(tmp_path)
    run("scan", ".")
    result = run("report", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "r.html").exists()

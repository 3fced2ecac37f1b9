from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from photoloupe.catalog.journal.undo import Undone, drop_latest, undo_latest, undo_logs
from photoloupe.catalog.scan.scan import scan
from photoloupe.catalog.sidecars.stars import Stars
from photoloupe.catalog.sidecars.write import KEPT, MARK, SidecarResult, write_sidecars
from photoloupe.catalog.sidecars.xmp import RATING, read_packet
from photoloupe.catalog.sidecars.xmp_edit import EMPTY, OURS, merge_properties
from photoloupe.catalog.store import Catalog
from photoloupe.errors import CatalogError
from tests.conftest import scene

Rows = dict[str, SidecarResult]
Run = Callable[..., Rows]


@pytest.fixture
def run(scanned: Catalog) -> Run:
    def go(bands: tuple[float, ...] = (10, 35, 65, 90), *, dry_run: bool = False) -> Rows:
        found: list[SidecarResult] = []
        write_sidecars(scanned, Stars(scanned, bands), found.append, dry_run=dry_run)
        return {Path(row.path).name: row for row in found}

    return go


def undone(catalog: Catalog) -> list[Undone]:
    found: list[Undone] = []
    undo_latest(catalog, found.append)
    return found


def rating(sidecar: Path) -> tuple[str | None, str | None]:
    packet = read_packet(sidecar.read_bytes())
    return packet.value(RATING), packet.value(MARK)


def set_values(sidecar: Path, values: dict[str, str | None]) -> None:
    sidecar.write_bytes(merge_properties(read_packet(sidecar.read_bytes()), values))


def with_rating(said: str) -> bytes:
    return merge_properties(read_packet(EMPTY), {RATING: said})


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_scores_become_stars_by_their_place(scanned: Catalog, run: Run, photos: Path) -> None:
    found = run((20, 40, 60, 80))
    assert set(found) == {*(f"{number}.png" for number in range(10)), "copy.png"}
    rows = {Path(row["path"]).name: row for row in scanned.rows("error IS NULL")}
    order = sorted(range(10), key=lambda k: rows[f"{k}.png"]["aesthetics"]["score"])
    assert [found[f"{k}.png"].rating for k in order] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert found["copy.png"].rating == found["3.png"].rating
    packet = read_packet((photos / "0.png.xmp").read_bytes())
    row = rows["0.png"]
    assert float(packet.value(f"{OURS} SquishWidthRatio") or 0) == pytest.approx(
        row["squish"]["width_ratio"], rel=1e-5
    )
    assert packet.value(f"{OURS} AestheticsModel") == row["model"]["aesthetics"]
    assert packet.value(f"{OURS} Sha256") == row["sha256"]
    assert packet.value(f"{OURS} IsSelfie") == str(row["selfie"]["is_selfie"])


@pytest.mark.parametrize(
    "bands", [(), (10, 20, 30), (0, 1, 2, 3), (10, 10, 20, 30), (1, 2, 3, 100)]
)
def test_bands_rise(scanned: Catalog, bands: tuple[float, ...]) -> None:
    with pytest.raises(CatalogError, match="four percentages"):
        Stars(scanned, bands)


def test_a_dry_run_and_a_second_run_write_nothing(run: Run, photos: Path) -> None:
    before = snapshot(photos)
    planned = run(dry_run=True)
    assert snapshot(photos) == before
    assert run() == planned
    after = snapshot(photos)
    assert len(after) == len(before) + 11
    assert {name: after[name] for name in before} == before
    assert {row.does for row in run().values()} == {"same"}
    assert snapshot(photos) == after


def test_the_persons_word_goes_first(scanned: Catalog, run: Run, photos: Path) -> None:
    sha256 = {Path(r["path"]).name: r["sha256"] for r in scanned.rows("true")}
    scanned.decide(sha256["0.png"], rating=2, decision="reject")
    scanned.decide(sha256["1.png"], rating=2)
    found = run((1, 2, 3, 4))
    assert [(found[n].rating, found[n].rating_by) for n in ("0.png", "1.png")] == [
        (-1, "person"), (2, "person")
    ]  # fmt: skip
    assert rating(photos / "0.png.xmp") == ("-1", "-1")
    scanned.decide(sha256["1.png"])
    assert run((1, 2, 3, 4))["1.png"].rating == 5


@pytest.mark.parametrize("said", ["1", "5", "0", "-1", "five"])
def test_a_rating_that_we_did_not_write_stays(run: Run, photos: Path, said: str) -> None:
    (photos / "0.png.xmp").write_bytes(with_rating(said))
    assert (run()["0.png"].rating, run()["0.png"].rating_by) == (None, "kept")
    assert rating(photos / "0.png.xmp") == (said, KEPT)


def test_ours_is_renewed_until_a_person_changes_it(run: Run, photos: Path) -> None:
    sidecar = photos / "0.png.xmp"
    assert run((1, 2, 3, 4))["0.png"].rating == 5
    assert run((96, 97, 98, 99))["0.png"].rating == 1
    assert rating(sidecar) == ("1", "1")
    sidecar.write_bytes(
        merge_properties(read_packet(sidecar.read_bytes()), {RATING: "3", MARK: "1"})
    )
    run((1, 2, 3, 4))
    assert rating(sidecar) == ("3", KEPT)
    # Even if the person's next word is the one that we once wrote:
    sidecar.write_bytes(
        merge_properties(read_packet(sidecar.read_bytes()), {RATING: "1", MARK: KEPT})
    )
    run((1, 2, 3, 4))
    assert rating(sidecar) == ("1", KEPT)


def test_a_rating_that_a_person_took_away_does_not_come_back(run: Run, photos: Path) -> None:
    run()
    sidecar = photos / "0.png.xmp"
    mark = rating(sidecar)[1]
    sidecar.write_bytes(
        merge_properties(read_packet(sidecar.read_bytes()), {RATING: None, MARK: mark})
    )
    for _ in range(2):
        assert run()["0.png"].rating_by == "kept"
        assert rating(sidecar) == (None, KEPT)


def test_a_rating_in_the_photo_is_not_hidden(scanned: Catalog, run: Run, photos: Path) -> None:
    written = run()["0.png"].rating
    assert written is not None
    for name, said in (("0.png", str(written % 5 + 1)), ("camera.jpg", "0")):  # another than ours
        image, file = Image.fromarray(scene(seed=40)), io.BytesIO()
        if name.endswith("png"):
            from PIL.PngImagePlugin import PngInfo

            info = PngInfo()
            info.add_itxt("XML:com.adobe.xmp", with_rating(said).decode())
            image.save(file, "PNG", pnginfo=info)
        else:
            image.save(file, "JPEG", xmp=with_rating(said))
        (photos / name).write_bytes(file.getvalue())
    scan(scanned, [str(photos)])
    found = run()
    assert (found["0.png"].rating, found["0.png"].rating_by) == (None, "kept")
    assert rating(photos / "0.png.xmp") == (None, None)
    assert found["camera.jpg"].rating_by == "score"


def test_either_naming_is_found(run: Run, photos: Path) -> None:
    for name in ("0.xmp", "1.XMP", "2.xmp", "3.png.xmp", "3.xmp"):
        (photos / name).write_bytes(EMPTY)
    (photos / "2.cr2").write_bytes(b"raw")  # so 2.xmp may be its sidecar
    found = run()
    names = {photo: Path(str(row.sidecar)).name for photo, row in found.items()}
    assert [names[f"{k}.png"] for k in range(5)] == [
        "0.xmp", "1.XMP", "2.png.xmp", "3.png.xmp", "4.png.xmp"
    ]  # fmt: skip
    assert (photos / "2.xmp").read_bytes() == (photos / "3.xmp").read_bytes() == EMPTY


def test_what_cannot_be_written_is_a_row_and_the_rest_goes_on(run: Run, photos: Path) -> None:
    (photos / "0.png.xmp").write_bytes(b"<a><b>")
    (photos / "1.png.xmp").symlink_to("elsewhere.xmp")
    (photos / "2.png.xmp").mkdir()
    os.utime(photos / "4.png", ns=(1, 1))
    (photos / "5.png").unlink()
    found = run()
    said = {
        name: (row.error.code, Path(row.error.path).name)
        for name, row in found.items()
        if row.error
    }
    assert said == {
        "0.png": ("unreadable", "0.png.xmp"), "1.png": ("not_a_file", "1.png.xmp"),
        "2.png": ("not_a_file", "2.png.xmp"), "4.png": ("changed", "4.png"),
        "5.png": ("not_found", "5.png"),
    }  # fmt: skip
    assert (photos / "0.png.xmp").read_bytes() == b"<a><b>"
    assert sum(row.does == "make" for row in found.values()) == 6


def test_undo_is_byte_for_byte(scanned: Catalog, run: Run, photos: Path) -> None:
    (photos / "0.png.xmp").write_bytes(b"\xef\xbb\xbf" + with_rating("3").replace(b"\n", b"\r\n"))
    first = snapshot(photos)
    run((1, 2, 3, 4))
    second = snapshot(photos)
    run((96, 97, 98, 99))
    assert snapshot(photos) != second
    for wanted in (second, first):
        assert not [row for row in undone(scanned) if row.error]
        assert snapshot(photos) == wanted
    with pytest.raises(CatalogError, match="nothing to undo"):
        undone(scanned)


def test_undo_refuses_what_changed_since_and_can_be_given_up(
    scanned: Catalog, run: Run, photos: Path
) -> None:
    run()
    (photos / "0.png.xmp").write_bytes(with_rating("3"))
    refused = [(Path(row.path).name, row.error.code) for row in undone(scanned) if row.error]
    assert refused == [("0.png.xmp", "changed")]
    assert sorted(path.name for path in photos.glob("*.xmp")) == ["0.png.xmp"]
    assert rating(photos / "0.png.xmp") == ("3", None)
    assert [Path(row.path).name for row in undone(scanned)] == ["0.png.xmp"]
    drop_latest(scanned)
    assert undo_logs(scanned) == []


def test_a_stop_before_the_rename_leaves_the_old_sidecar(
    scanned: Catalog, run: Run, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(photos)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert snapshot(photos) == before
    assert not [row for row in undone(scanned) if row.error]
    assert snapshot(photos) == before

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from photoloupe.boxes import Box
from photoloupe.catalog.ask import relations as room
from photoloupe.catalog.ask.families import make_families
from photoloupe.catalog.ask.relations import catalog_codes
from photoloupe.catalog.scan.scan import scan
from photoloupe.catalog.store import Catalog
from photoloupe.cli.main import app
from photoloupe.crops.crop import Crop
from photoloupe.errors import CatalogError, PhotoError
from tests.conftest import EXAMPLES


@pytest.fixture
def album(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A photo, a copy of its bytes, a smaller one, a crop of it; another photo; and words."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PHOTOLOUPE_CATALOG", raising=False)
    folder = tmp_path / "album"
    folder.mkdir()
    alps, boats = Image.open(EXAMPLES / "alps.jpg"), EXAMPLES / "boats.jpg"
    for name in ("alps.jpg", "twin.jpg"):
        (folder / name).write_bytes((EXAMPLES / "alps.jpg").read_bytes())
    alps.resize((512, 242)).save(folder / "half.jpg", quality=80)
    alps.crop((612, 96, 912, 316)).save(folder / "crop.jpg", quality=80)
    (folder / "boats.jpg").write_bytes(boats.read_bytes())
    (folder / "words.jpg").write_text("no photo")
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_catalog_gives_the_relations_that_its_folder_gives(album: Path) -> None:
    place = album / ".photoloupe"
    assert run("scan", album, "--crops").exit_code == 1
    kept = run("crops", "--catalog", place, "--no-cache", "--format", "jsonl")
    folder = run("crops", album, "--no-cache", "--format", "jsonl")
    assert kept.exit_code == folder.exit_code == 1  # for the words

    def relations(result: Result) -> list[str]:
        return sorted(json.dumps(row) for row in lines(result) if row["error"] is None)

    assert len(relations(folder)) >= 4
    assert relations(kept) == relations(folder)
    found = lines(run("source", album / "crop.jpg", "--no-cache", "--format", "jsonl"))
    assert {Path(str(row["source"])).name for row in found if row["error"] is None} >= {"alps.jpg"}


def test_groups_say_who_is_first(album: Path) -> None:
    run("scan", album, "--crops")
    result = run("crops", "--catalog", album / ".photoloupe", "--groups", "--no-cache")
    (group,) = lines(result)
    assert Path(str(group["original"])).name in ("alps.jpg", "twin.jpg")
    photos, relations = group["photos"], group["relations"]
    assert isinstance(photos, list)
    assert isinstance(relations, list)
    assert photos[0] == group["original"]
    assert {Path(path).name for path in photos} == {"alps.jpg", "twin.jpg", "half.jpg", "crop.jpg"}
    boxes = {
        (Path(row["crop"]).name, row["verdict"]): row["box_xyxy"]
        for row in relations
        if row["source"] == group["original"] or row["verdict"] == "exact"
    }
    assert boxes["crop.jpg", "crop"] == pytest.approx([612, 96, 912, 316], abs=1)
    assert run("crops", album, "--groups").exit_code == 2


def test_a_dismissed_pair_stays_dismissed(album: Path) -> None:
    run("scan", album, "--crops")
    for name in ("alps.jpg", "half.jpg"):
        assert run("dismiss", album / name, album / "crop.jpg").exit_code == 0
    rows = lines(run("crops", "--catalog", album / ".photoloupe", "--format", "jsonl"))
    assert rows
    assert not [row for row in rows if "crop.jpg" in str(row["crop"])]


def test_without_codes_the_fix_is_named(album: Path) -> None:
    run("scan", album)
    result = run("crops", "--catalog", album / ".photoloupe")
    assert result.exit_code == 2
    assert "5 photos without crop features; photoloupe scan --crops" in result.stderr


def test_codes_of_another_version_are_not_used(
    album: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan(catalog, [str(album)], crops=True)
    found = list(catalog_codes(catalog))
    assert [isinstance(row, PhotoError) for row in found].count(True) == 1
    assert len(found) == 6
    monkeypatch.setattr(room, "code_version", lambda: "newer")
    with pytest.raises(CatalogError, match="5 photos"):
        list(catalog_codes(catalog))


def test_groups_of_a_made_up_graph(catalog: Catalog) -> None:
    """b was cut out of a, which is smaller than its copy c; e and d are copies of equal size."""
    sizes = {"/a": (90, 60), "/b": (200, 200), "/c": (100, 60), "/d": (50, 50), "/e": (50, 50)}
    catalog.add(
        [
            {"path": path, "width": w, "height": h, "file_bytes": 1, "mtime_ns": -ord(path[1])}
            for path, (w, h) in sizes.items()
        ]
    )
    box = Box(0, 0, 1, 1)
    found = [
        Crop("/d", "/e", "exact", box=box, whole_frame=True),
        Crop("/b", "/a", "crop", box=box),
        Crop("/a", "/c", "rescaled", box=box, whole_frame=True),
    ]
    groups = make_families(catalog, found)
    assert [group.photos for group in groups] == [("/c", "/a", "/b"), ("/e", "/d")]
    assert [group.original for group in groups] == ["/c", "/e"]
    assert groups[0].relations == (found[1], found[2])
    assert make_families(catalog, []) == []

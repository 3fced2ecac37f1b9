from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from typer.testing import CliRunner

import photoloupe
from photoloupe.cli.main import app
from photoloupe.inspector import Inspection
from photoloupe.media.facts import Facts
from photoloupe.media.photo import open_photo
from photoloupe.report import PhotoReport
from photoloupe.uses.ranking import find_bursts, group_alike
from tests.conftest import EXAMPLES, encode, scene, shipped

NOON = datetime(2026, 7, 14, 12)


def answer(angle: float, seconds: float | None = None) -> Inspection:
    """Embeddings lie on a circle: the cosine of two is that of the angle, in degrees, between."""
    at = np.radians(angle)
    vector = 3 * np.array([np.cos(at), np.sin(at)], np.float32)
    taken = None if seconds is None else NOON + timedelta(seconds=seconds)
    facts = Facts("a", "0", 1, "JPEG", 8, 8, taken=taken)
    return Inspection(PhotoReport("a"), vector, facts)


@pytest.mark.parametrize(
    ("answers", "bursts"),
    [
        ([answer(0), answer(20), answer(90)], [1, 1, None]),  # cosine .94
        ([answer(0), answer(35)], [None, None]),  # .82, and nobody knows when
        ([answer(0, 0), answer(35, 10)], [1, 1]),
        ([answer(0, 0), answer(35, 11)], [None, None]),
        ([answer(0, 0), answer(50, 1)], [None, None]),  # .64: another thing, a second later
        ([answer(90), answer(0), answer(20), answer(40)], [None, 1, 1, 1]),  # by way of the middle
        ([answer(0), answer(90), answer(1), answer(91)], [1, 2, 1, 2]),
        ([Inspection(PhotoReport("a")), answer(0)], [None, None]),  # no model that gives embeddings
        ([], []),
    ],
)
def test_bursts(answers: list[Inspection], bursts: list[int | None]) -> None:
    assert find_bursts(answers, replace(shipped("selfie"), alike=0.9, related=0.7)) == bursts


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two of a kind, another, and a file that is no photo."""
    picture = open_photo(EXAMPLES / "coffee.jpg").pixels
    (tmp_path / "a.png").write_bytes(encode(picture))
    (tmp_path / "b.png").write_bytes(encode(picture[4:, 4:]))
    (tmp_path / "c.jpg").write_bytes((EXAMPLES / "rocket.jpg").read_bytes())
    (tmp_path / "d.jpg").write_bytes(b"no photo")
    return tmp_path


def test_rank_is_by_score_and_marks_the_best_of_a_burst(photos: Path) -> None:
    rows = photoloupe.rank(sorted(map(str, photos.iterdir())))
    assert [row.rank for row in rows] == [1, 2, 3, None]
    scores = [row.score for row in rows[:3]]
    assert scores == sorted(scores, reverse=True)
    assert [row.percentile for row in rows] == [100.0, 66.7, 33.3, None]
    names = {Path(row.report.path).stem: row for row in rows}
    assert names["a"].burst == names["b"].burst == 1
    assert sorted([names["a"].best, names["b"].best]) == [False, True]
    assert names["c"].best
    assert names["d"].report.error is not None


def test_photos_of_one_sequence_are_a_burst_whatever_they_show() -> None:
    vectors = list(np.eye(5, dtype=np.float32))
    nothing = [float("nan")] * 5
    assert group_alike(vectors, nothing, None, [None, "a", "b", "a", "a"]) == [
        None, 1, None, 1, 1,
    ]  # fmt: skip
    assert group_alike(vectors, nothing, None) == [None] * 5


def test_no_photograph_comes_last_without_a_rank(photos: Path) -> None:
    (photos / "0.png").write_bytes(encode(np.zeros((90, 120, 3), np.uint8)))
    rows = photoloupe.rank(sorted(map(str, photos.iterdir())))
    assert [row.rank for row in rows] == [1, 2, 3, None, None]
    assert [row.report.note for row in rows] == [None, None, None, "blank", None]
    run = CliRunner().invoke(app, ["rank", str(photos), "--format", "table"])
    assert "0.png" in run.stdout


def test_the_verb(photos: Path) -> None:
    run = CliRunner().invoke(app, ["rank", str(photos), "--format", "jsonl"])
    assert run.exit_code == 1  # one failed
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert [row["rank"] for row in rows] == [1, 2, 3, None]
    run = CliRunner().invoke(app, ["rank", str(photos), "--top", "3", "--format", "paths"])
    assert len(run.stdout.split()) == 2  # one of the burst, and the other
    run = CliRunner().invoke(app, ["rank", str(photos), "--threshold", "10", "--format", "paths"])
    assert run.stdout == ""
    run = CliRunner().invoke(app, ["rank", str(photos), "--format", "table"])
    assert " best" in run.stdout
    assert "[unsupported]" in run.stdout
    assert CliRunner().invoke(app, ["rank", str(photos), "--format", "xml"]).exit_code == 2


@pytest.mark.parametrize(
    ("said", "taken"),
    [("2026:07:14 12:00:00", NOON), ("0000:00:00 00:00:00", None), ("yesterday", None)],
)
def test_when_a_photo_was_taken(tmp_path: Path, said: str, taken: datetime | None) -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = said
    Image.fromarray(scene(64, 48)).save(tmp_path / "a.jpg", exif=exif)
    assert open_photo(tmp_path / "a.jpg").facts.taken == taken

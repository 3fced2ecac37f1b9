from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from photoloupe import Inspector, Photo, aesthetics, inspect, open_photo
from photoloupe.errors import ModelError, PhotoError
from photoloupe.report import PhotoReport
from tests.conftest import EXAMPLES, encode, scene, shipped


@pytest.fixture(scope="module")
def inspector() -> Inspector:
    return Inspector()


def numbers(report: PhotoReport) -> list[float]:
    assert report.squish
    assert report.selfie
    assert report.aesthetics
    return [
        report.squish.width_ratio, report.squish.height_ratio, report.squish.confidence,
        report.selfie.probability, *report.aesthetics.distribution,
    ]  # fmt: skip


def test_a_report_has_the_agreed_shape(inspector: Inspector) -> None:
    report = inspector.inspect([EXAMPLES / "chelsea.jpg"])[0]
    values = json.loads(json.dumps(report.to_dict()))
    assert list(values) == [
        "path", "sha256", "width", "height", "format",
        "squish", "selfie", "aesthetics", "model", "note", "error",
    ]  # fmt: skip
    assert (values["width"], values["height"], values["format"]) == (451, 300, "JPEG")
    assert list(values["squish"]) == [
        "width_ratio", "height_ratio", "squished", "confidence", "unsure", "evidence",
    ]  # fmt: skip
    assert list(values["selfie"]) == ["probability", "is_selfie", "unsure", "evidence"]
    assert list(values["aesthetics"]) == ["score", "std", "distribution"]
    assert max(values["squish"]["width_ratio"], values["squish"]["height_ratio"]) == 1
    ratings = values["aesthetics"]["distribution"]
    assert sum(ratings) == pytest.approx(1, abs=1e-4)
    mean = sum(k * p for k, p in enumerate(ratings, 1))
    assert values["aesthetics"]["score"] == pytest.approx(mean, abs=1e-4)
    assert set(values["model"]) == {"squish", "selfie", "aesthetics"}
    assert values["error"] is None


def test_the_answer_does_not_depend_on_the_batch(inspector: Inspector) -> None:
    photos = [encode(scene(90 + 9 * k, 120 - 5 * k, seed=k)) for k in range(12)] * 4
    together = inspector.inspect(photos)
    alone = [inspector.inspect([photo])[0] for photo in photos[:12]]
    for index, report in enumerate(together):
        assert numbers(report) == pytest.approx(numbers(alone[index % 12]), abs=1e-5)


def test_order_is_kept_and_bad_files_are_rows(
    inspector: Inspector, save: Callable[..., Path], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"\xff\xd8\xff\xe0 no more")
    names: list[Any] = [save(f"{k}.png", scene(seed=k)) for k in range(70)]
    names[3], names[40] = bad, tmp_path / "absent.jpg"
    reports = inspector.inspect(names)
    assert [report.path for report in reports] == [str(name) for name in names]
    errors = {i: r.error.code for i, r in enumerate(reports) if r.error}
    assert errors == {3: "truncated", 40: "not_found"}
    row = reports[40].to_dict()
    assert row["error"] == {"code": "not_found", "message": "no such file"}
    assert row["squish"] is row["selfie"] is row["aesthetics"] is row["sha256"] is None


def test_one_decode_a_photo(inspector: Inspector, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def counted(source: Any, **options: Any) -> Photo:
        opened.append(source)
        return open_photo(source, **options)

    monkeypatch.setattr("photoloupe.inspector.open_photo", counted)
    inspector.inspect([encode(scene())] * 5)
    assert len(opened) == 5


def test_an_opened_photo_is_welcome(inspector: Inspector) -> None:
    data = encode(scene(200, 150))
    photo, file = inspector.inspect([open_photo(data), data])
    assert numbers(photo) == pytest.approx(numbers(file), abs=1e-5)


def test_a_stream_reads_no_further_than_it_must(inspector: Inspector) -> None:
    asked = 0

    def endless() -> Any:
        nonlocal asked
        while True:
            asked += 1
            yield encode(scene())

    stream = inspector.stream(endless())
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert asked <= 3 * 32


def test_no_photo_no_report() -> None:
    assert inspect([]) == []


def test_extreme_shapes_are_answered(inspector: Inspector) -> None:
    shapes = [(64, 64), (64, 3000), (3000, 64), (70, 500)]
    for report in inspector.inspect(encode(scene(*hw)) for hw in shapes):
        assert np.isfinite(numbers(report)).all()


def test_no_photograph_has_a_note_and_no_answers(inspector: Inspector) -> None:
    clear = Image.new("RGBA", (200, 100), (200, 40, 40, 0))
    empty = np.zeros((90, 120, 3), np.uint8)
    small = [scene(8, 8), scene(63, 500), scene(500, 63), empty[:1, :1]]
    reports = inspector.inspect([*small, empty, clear, scene(), None])
    assert [report.note for report in reports] == [
        "too small: 8 x 8", "too small: 63 x 500", "too small: 500 x 63", "too small: 1 x 1",
        "blank", "transparent", None, None,
    ]  # fmt: skip
    for report in reports[:6]:
        row = report.to_dict()
        assert row["squish"] is row["selfie"] is row["aesthetics"] is row["error"] is None
        assert (row["note"], row["width"]) == (report.note, report.width)
    assert reports[6].aesthetics
    embeddings = [i.embedding is None for i in inspector.stream_inspections([empty, scene()])]
    assert embeddings == [True, False]
    with pytest.raises(PhotoError, match="blank") as caught:
        aesthetics(empty)
    assert caught.value.code == "no_photograph"


def test_a_model_that_does_not_match_its_card_is_refused(tmp_path: Path) -> None:
    card = shipped("squish")
    (tmp_path / card.file).write_bytes(card.model_bytes + b"x")
    with pytest.raises(ModelError, match="sha256"):
        Inspector([replace(card, folder=tmp_path)])
    with pytest.raises(ModelError, match="cannot be read"):
        Inspector([replace(card, folder=tmp_path / "none")])
    with pytest.raises(ModelError, match="no model is installed"):
        Inspector([])


def test_models_that_are_not_asked_are_not_loaded(tmp_path: Path) -> None:
    card, absent = shipped("squish"), replace(shipped("selfie"), folder=tmp_path)
    assert Inspector([absent, card], only=["squish"]).cards == [card]
    with pytest.raises(ModelError, match=f"{absent.name}: answers no squish"):
        Inspector([absent], only=["squish"])

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import photoloupe
from photoloupe import Inspector, PhotoError
from photoloupe.cli.main import app
from photoloupe.models.faces import Face
from photoloupe.questions import selfie
from tests.conftest import EXAMPLES, encode, scene, shipped
from tests.models.test_faces import face

LENS, EXIF = 0xA434, 0x8769
PLAIN = {"threshold": 0.5}
WEIGHED = {"threshold": 0.5, "faces.none": -1.0, "faces.size": 4.0}


def test_faces_move_the_answer_by_their_weights() -> None:
    big: list[Face] = [face(0.1, 0.1, 0.9, 0.9)]
    assert selfie.decode(0.0, WEIGHED, big).probability == pytest.approx(
        selfie.probability(4 * 0.8)
    )
    assert selfie.decode(0.0, WEIGHED, []).probability == pytest.approx(selfie.probability(-1))
    assert selfie.decode(0.0, PLAIN, big).probability == 0.5
    said = selfie.decode(-0.1, WEIGHED, big)
    assert said.is_selfie
    assert said.evidence == (
        "picture: says little",
        "one face fills 64 % of the frame: strongly for a selfie",
    )


def test_the_lens_is_a_strong_word_and_never_needed() -> None:
    plain = selfie.decode(0.0, PLAIN)
    front = selfie.decode(0.0, PLAIN, lens="iPhone 12 front camera 2.71mm f/2.2")
    back = selfie.decode(0.0, PLAIN, lens="iPhone 12 back dual wide camera")
    other = selfie.decode(0.0, PLAIN, lens="EF50mm f/1.8 STM")
    assert front.probability > 0.9 > plain.probability > 0.2 > back.probability
    assert other == plain
    assert front.evidence[-1] == (
        "EXIF lens: iPhone 12 front camera 2.71mm f/2.2: strongly for a selfie"
    )
    assert back.evidence[-1].endswith("camera: against")
    assert selfie.decode(5.0, PLAIN, lens="iPhone 12 back camera").is_selfie  # as in a mirror
    assert selfie.lens_side("Feedback lens") is None


def test_a_change_of_the_head_changes_the_version() -> None:
    card = shipped("selfie")
    plain = replace(card, tasks={"selfie": PLAIN})
    assert plain.version_of("selfie") == plain.version == card.version
    versions = {
        replace(card, tasks={"selfie": settings}).version_of("selfie")
        for settings in (PLAIN, WEIGHED, {**WEIGHED, "faces.size": 4.1})
    }
    assert len(versions) == 3
    report = Inspector([card]).inspect([encode(scene())])[0]
    assert report.model["selfie"] == card.version_of("selfie") != card.version


def test_the_shipped_model_tells_of_faces() -> None:
    told = photoloupe.selfie(EXAMPLES / "astronaut.jpg")
    assert any("one face fills" in sentence for sentence in told.evidence)
    assert not told.is_selfie
    assert any("no face found" in s for s in photoloupe.selfie(EXAMPLES / "alps.jpg").evidence)
    assert Inspector().inspect([EXAMPLES / "astronaut.jpg"])[0].selfie == told


def test_the_answer_does_not_depend_on_the_batch() -> None:
    names = [EXAMPLES / name for name in ("astronaut.jpg", "alps.jpg", "coffee.jpg")] * 12
    inspector = Inspector()
    together = [report.selfie for report in inspector.inspect(names)]
    for name, answer in zip(names[:3], together[:3], strict=True):
        alone = inspector.inspect([name])[0].selfie
        assert answer
        assert alone
        assert answer.probability == pytest.approx(alone.probability, abs=1e-5)
        assert answer.evidence == alone.evidence


def test_faces_are_looked_for_once_and_only_if_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    card = shipped("squish")
    card = replace(card, tasks={**card.tasks, "selfie": WEIGHED})
    asked = []

    def find(self: object, pixels: object) -> tuple[()]:
        asked.append(pixels)
        return ()

    monkeypatch.setattr("photoloupe.inspector.FaceFinder.find", find)
    photos = [encode(scene(seed=k)) for k in range(5)]
    Inspector([card]).inspect(photos)
    assert len(asked) == 5
    reports = Inspector([card], only=["squish"]).inspect(photos)
    assert len(asked) == 5
    assert [(r.squish is None, r.selfie, r.aesthetics) for r in reports] == [
        (False, None, None)
    ] * 5
    assert set(reports[0].model) == {"squish"}


def test_a_photo_that_cannot_be_read_raises(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="no such file"):
        photoloupe.selfie(tmp_path / "none.jpg")


def test_the_lens_comes_out_of_the_file(save: Callable[..., Path]) -> None:
    pixels = scene(120, 90)
    plain = save("plain.jpg", pixels, "JPEG")
    exif = Image.Exif()
    exif.get_ifd(EXIF)[LENS] = "iPhone 12 front camera"
    front = save("front.jpg", pixels, "JPEG", exif=exif)
    run = CliRunner().invoke(
        app, ["inspect", str(plain), str(front), "--only", "selfie", "--format", "jsonl"]
    )
    answers = [json.loads(line)["selfie"] for line in run.output.splitlines()]
    assert answers[1]["probability"] > answers[0]["probability"]
    assert "EXIF lens: iPhone 12 front camera: strongly for a selfie" in answers[1]["evidence"]
